//! Two replicas of the webhook that share nothing: a policy goes by way of one while a workload comes by way of the other.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::installation;
use crate::objects::{deny_ingress, deployment};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;
use crate::stories::audited;
use crate::webhook::Webhook;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![a_race_is_lost_by_one_or_reported];

/// How often the two requests set off together.
const ROUNDS: usize = 12;

/// No webhook can keep both from passing: each is judged before the other is stored. But never are both refused, which
/// would be a denial for a reason that is not there; and when both passed, the audit tells.
async fn a_race_is_lost_by_one_or_reported(stage: &Stage) -> Result<()> {
    let plane = &stage.plane;
    let kubeconfig = installation::service_account_kubeconfig(plane, plane.port()).await?;
    let second = Webhook::start(plane, "second-replica", "{}", kubeconfig).await?;
    call(stage, "workloads.portcullis.dev", &second).await?;
    for round in 0..ROUNDS {
        let shop = stage.declared(&format!("shop{round}")).await?;
        stage.apply(&shop, &deny_ingress()).await?.admitted()?;
        let delete = ["delete", "networkpolicy", "default-deny"];
        let web = deployment("web");
        let (gone, came) = tokio::join!(stage.within(&shop, &delete), stage.apply(&shop, &web));
        let (gone, came) = (gone?, came?);
        match (gone.code == 0, came.code == 0) {
            (true, true) => {
                let expected = ["deny", "uncovered-workload", "Deployment", &shop, "web"];
                let rows = audited(stage, std::slice::from_ref(&shop)).await?;
                ensure!(
                    rows.contains(&expected.map(str::to_owned)),
                    "both passed, and the audit says {rows:?}"
                );
            }
            (true, false) => drop(came.rejected("uncovered-workload")?),
            (false, true) => drop(gone.rejected("missing-default-deny")?),
            (false, false) => anyhow::bail!("both were refused:\n{gone}\n{came}"),
        }
    }
    Ok(())
}

/// Lets an entry be answered by another replica.
async fn call(stage: &Stage, entry: &str, webhook: &Webhook) -> Result<()> {
    let get = ["get", "validatingwebhookconfiguration", "portcullis", "-o", "json"];
    let configuration = stage.kubectl(&get, "").await?.admitted()?;
    let mut configuration: Value = serde_json::from_str(&configuration.stdout)?;
    let entries = configuration["webhooks"].as_array_mut().context("entries")?;
    let entry = entries.iter_mut().find(|one| one["name"] == entry).context("the entry")?;
    entry["clientConfig"]["url"] = json!(format!("https://{}/validate", webhook.address));
    stage.kubectl(&["replace", "-f", "-"], &configuration.to_string()).await?.admitted()?;
    Ok(())
}
