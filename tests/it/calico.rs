//! Calico's own policies, by the definitions that the project publishes.
//!
//! Its module of that version has no definition of a tier; none is installed, and the tier `default` is always there.

use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

use crate::objects::{deny_ingress, deployment, list, namespace};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;
use crate::wait::until;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![policies_of_calico_cover_and_are_guarded];

pub(crate) fn settings(settings: &mut Value) {
    settings["coverage"] = json!({"level": "universal", "accept": ["calico"]});
}

/// Plural, and how metrics call the kind.
const KINDS: [(&str, &str); 2] =
    [("globalnetworkpolicies", "GlobalNetworkPolicy"), ("networkpolicies", "Calico NetworkPolicy")];

/// Installs the definitions, and waits until Portcullis watches their objects.
async fn install(stage: &Stage) -> Result<()> {
    for (plural, _) in KINDS {
        let file = stage.plane.definition(&format!("calico-{plural}"));
        let apply = ["apply", "--server-side", "--force-conflicts", "-f", &file.to_string_lossy()];
        stage.kubectl(&apply, "").await?.admitted()?;
        let name = format!("crd/{plural}.crd.projectcalico.org");
        let wait = ["wait", "--for=condition=Established", "--timeout=60s", &name];
        stage.kubectl(&wait, "").await?.admitted()?;
    }
    let (webhook, _) = stage.webhook()?;
    until(Duration::from_mins(1), "watches of Calico's policies", || async {
        let metrics = webhook.ask("/metrics").await?;
        let is_watched = |(_, kind): &(&str, &str)| {
            metrics.contains(&format!("portcullis_cache_age_seconds{{kind=\"{kind}\"}}"))
        };
        Ok(KINDS.iter().all(is_watched).then_some(()))
    })
    .await
}

async fn policies_of_calico_cover_and_are_guarded(stage: &Stage) -> Result<()> {
    install(stage).await?;
    let (name, shop) = (format!("default.{}", stage.name("base")), stage.name("shop"));
    let key = format!("tests-{}", stage.prefix);
    let global = |rules: Value| {
        json!({
            "apiVersion": "crd.projectcalico.org/v1", "kind": "GlobalNetworkPolicy", "metadata": {"name": name},
            "spec": {"namespaceSelector": format!("{key} == 'in'"), "types": ["Ingress"], "ingress": rules},
        })
    };
    let create = async |objects: &[Value]| {
        stage.kubectl(&["apply", "-f", "-"], &list(objects).to_string()).await
    };
    // In one go: the cache cannot know the policy yet when the namespace comes.
    create(&[global(json!([])), namespace(&shop, &[(&key, "in")])]).await?.admitted()?;
    let outside = namespace(&stage.name("outside"), &[(&key, "out")]);
    create(&[outside]).await?.rejected("undeclared-namespace")?;
    stage.apply(&shop, &deployment("web")).await?.admitted()?;

    let same = json!([{"action": "Allow", "source": {"selector": "all()"}}]);
    create(&[global(same)]).await?.admitted()?;
    create(&[global(json!([{"action": "Allow"}]))]).await?.rejected("missing-default-deny")?;
    let delete = ["delete", "globalnetworkpolicies.crd.projectcalico.org", &name];
    let refused = stage.kubectl(&delete, "").await?.rejected("missing-default-deny")?;
    refused.says(&format!("the deletion of GlobalNetworkPolicy {name} leaves namespace {shop}"))?;
    stage.apply(&shop, &deny_ingress()).await?.admitted()?;
    stage.kubectl(&delete, "").await?.admitted()?;

    let own = stage.declared("own").await?;
    stage.apply(&own, &deployment("early")).await?.rejected("uncovered-workload")?;
    let policy = json!({
        "apiVersion": "crd.projectcalico.org/v1", "kind": "NetworkPolicy",
        "metadata": {"name": "default.base"}, "spec": {"selector": "all()", "types": ["Ingress"]},
    });
    stage.apply(&own, &policy).await?.admitted()?;
    stage.apply(&own, &deployment("web")).await?.admitted()?;
    let delete = ["delete", "networkpolicies.crd.projectcalico.org", "default.base"];
    stage.within(&own, &delete).await?.rejected("missing-default-deny")?;
    Ok(())
}
