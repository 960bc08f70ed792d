//! Calico's own policies, by the definitions that the project publishes.

use anyhow::Result;
use serde_json::{Value, json};

use crate::calico_definitions::{Api, STORED, apply};
use crate::objects::{deny_ingress, deployment, namespace};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;

pub(crate) const SCENARIOS: &[Scenario] =
    scenarios![policies_of_calico_cover_and_are_guarded, tiers_and_sets_keep_what_they_cover];

pub(crate) fn settings(settings: &mut Value) {
    settings["coverage"] = json!({"level": "universal", "accept": ["calico"]});
}

async fn policies_of_calico_cover_and_are_guarded(stage: &Stage) -> Result<()> {
    STORED.install(stage).await?;
    policies_cover(stage, STORED).await
}

async fn tiers_and_sets_keep_what_they_cover(stage: &Stage) -> Result<()> {
    STORED.install(stage).await?;
    tiers_and_sets_cover(stage, STORED).await
}

/// A policy of the cluster, and one of a namespace.
pub(crate) async fn policies_cover(stage: &Stage, api: Api) -> Result<()> {
    let (name, shop) = (format!("default.{}", stage.name("base")), stage.name("shop"));
    let key = format!("tests-{}", stage.prefix);
    let global = |rules: Value| {
        let about = format!("{key} == 'in'");
        let spec = json!({"namespaceSelector": about, "types": ["Ingress"], "ingress": rules});
        api.object("GlobalNetworkPolicy", &name, &spec)
    };
    // In one go: the cache cannot know the policy yet when the namespace comes.
    apply(stage, &[global(json!([])), namespace(&shop, &[(&key, "in")])]).await?.admitted()?;
    let outside = namespace(&stage.name("outside"), &[(&key, "out")]);
    apply(stage, &[outside]).await?.rejected("undeclared-namespace")?;
    stage.apply(&shop, &deployment("web")).await?.admitted()?;

    // all() would be every set of addresses too, that of another scenario included.
    let some = json!([{"action": "Allow", "source": {"selector": "has(app)"}}]);
    apply(stage, &[global(some)]).await?.admitted()?;
    let open = json!([{"action": "Allow"}]);
    apply(stage, &[global(open)]).await?.rejected("missing-default-deny")?;
    let delete = ["delete", &api.resource("globalnetworkpolicies"), &name];
    let refused = stage.kubectl(&delete, "").await?.rejected("missing-default-deny")?;
    refused.says(&format!("the deletion of GlobalNetworkPolicy {name} leaves namespace {shop}"))?;
    stage.apply(&shop, &deny_ingress()).await?.admitted()?;
    stage.kubectl(&delete, "").await?.admitted()?;

    let own = stage.declared("own").await?;
    stage.apply(&own, &deployment("early")).await?.rejected("uncovered-workload")?;
    let policy = json!({"selector": "all()", "types": ["Ingress"]});
    let policy = api.object("NetworkPolicy", "default.base", &policy);
    stage.apply(&own, &policy).await?.admitted()?;
    stage.apply(&own, &deployment("web")).await?.admitted()?;
    let delete = ["delete", &api.resource("networkpolicies"), "default.base"];
    stage.within(&own, &delete).await?.rejected("missing-default-deny")?;
    Ok(())
}

/// What a policy of the cluster closes in a tier of its own, but for the addresses of a set.
pub(crate) async fn tiers_and_sets_cover(stage: &Stage, api: Api) -> Result<()> {
    let (tier, shop, set) = (stage.name("first"), stage.name("desk"), stage.name("office"));
    let key = format!("tests-{}", stage.prefix);
    let policy = json!({
        "tier": tier, "namespaceSelector": format!("{key} == 'in'"), "types": ["Ingress"],
        "ingress": [{"action": "Allow", "source": {"selector": format!("{key} == 'office'")}}],
    });
    let policy = api.object("GlobalNetworkPolicy", &format!("{tier}.base"), &policy);
    let of_tier = |order: u32, action: &str| {
        api.object("Tier", &tier, &json!({"order": order, "defaultAction": action}))
    };
    let of_set = |kind: &str, role: &str, nets: &str| {
        let mut set = api.object(kind, &set, &json!({"nets": [nets]}));
        set["metadata"]["labels"] = json!({(&key): role});
        set
    };
    let global = |role: &str, nets: &str| of_set("GlobalNetworkSet", role, nets);
    let there = [
        of_tier(1, "Deny"),
        global("office", "10.0.0.0/8"),
        policy,
        namespace(&shop, &[(&key, "in")]),
    ];
    apply(stage, &there).await?.admitted()?;
    stage.apply(&shop, &deployment("web")).await?.admitted()?;

    let refused = apply(stage, &[of_tier(1, "Pass")]).await?.rejected("missing-default-deny")?;
    refused.says(&format!("this change of Tier {tier} leaves namespace {shop}"))?;
    apply(stage, &[of_tier(2, "Deny")]).await?.admitted()?;
    let delete = ["delete", &api.resource("tiers"), &tier];
    stage.kubectl(&delete, "").await?.rejected("missing-default-deny")?;

    let refused = apply(stage, &[global("office", "0.0.0.0/0")]).await?;
    let refused = refused.rejected("missing-default-deny")?;
    refused.says(&format!("this change of GlobalNetworkSet {set} leaves namespace {shop}"))?;
    apply(stage, &[global("guests", "0.0.0.0/0")]).await?.admitted()?;
    // The labels alone.
    let label = [
        "label",
        "--overwrite",
        &api.resource("globalnetworksets"),
        &set,
        &format!("{key}=office"),
    ];
    stage.kubectl(&label, "").await?.rejected("missing-default-deny")?;
    let own = of_set("NetworkSet", "office", "0.0.0.0/0");
    stage.apply(&shop, &own).await?.rejected("missing-default-deny")?;
    stage.apply(&shop, &of_set("NetworkSet", "office", "192.0.2.0/24")).await?.admitted()?;

    stage.apply(&shop, &deny_ingress()).await?.admitted()?;
    apply(stage, &[of_tier(1, "Pass")]).await?.admitted()?;
    stage.kubectl(&delete, "").await?.admitted()?;
    Ok(())
}
