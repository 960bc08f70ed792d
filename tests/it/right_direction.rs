//! A step in the right direction is never denied, however far it is from the goal.

use anyhow::Result;
use serde_json::json;

use crate::objects::{allow_all, deny_ingress, deployment, policy};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![
    a_default_deny_beside_an_old_allow_all,
    one_of_two_faults_is_mended,
    an_old_uncovered_deployment_is_scaled_and_edited,
    an_old_allow_all_goes,
];

async fn a_default_deny_beside_an_old_allow_all(stage: &Stage) -> Result<()> {
    let old = stage.old("old", &[allow_all("open"), deployment("web")]).await?;
    stage.apply(&old, &deny_ingress()).await?.admitted()?;
    Ok(())
}

async fn one_of_two_faults_is_mended(stage: &Stage) -> Result<()> {
    let faults = [allow_all("first"), allow_all("second"), deployment("web"), deny_ingress()];
    let old = stage.old("old", &faults).await?;
    let narrow = json!({"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"], "ingress": [{}]});
    stage.apply(&old, &policy("first", &narrow)).await?.admitted()?;
    stage.within(&old, &["delete", "networkpolicy", "second"]).await?.admitted()?;
    Ok(())
}

async fn an_old_uncovered_deployment_is_scaled_and_edited(stage: &Stage) -> Result<()> {
    let old = stage.old("old", &[deployment("web")]).await?;
    stage.within(&old, &["scale", "deployment", "web", "--replicas=2"]).await?.admitted()?;
    let image = ["set", "image", "deployment", "web", "web=registry.invalid/other"];
    stage.within(&old, &image).await?.admitted()?.warned("uncovered-workload")?;
    stage.wait_for_pods(&old, "web", 3).await?;
    Ok(())
}

async fn an_old_allow_all_goes(stage: &Stage) -> Result<()> {
    let old = stage.old("old", &[allow_all("open"), deployment("web")]).await?;
    stage
        .apply(&old, &policy("open", &json!({"podSelector": {}, "policyTypes": ["Ingress"]})))
        .await?
        .admitted()?;
    Ok(())
}
