//! Pods are the last gate: what passed as a workload, or came without one, is held there, and controllers retry.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::json;

use crate::objects::{allow_neighbours_to, deny_ingress, deployment, pod};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;
use crate::wait::until;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![
    a_deployment_held_at_the_pod_releases_itself,
    a_drained_pod_of_an_old_namespace_comes_back,
    a_pod_cannot_leave_its_cover,
    a_pod_cannot_leave_its_cover_through_status,
];

const RULE: &str = "uncovered-workload";

/// Flux sends Deployments before policies and stops at the first denial: its field manager is held at the Pod.
async fn a_deployment_held_at_the_pod_releases_itself(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    let flux = "--field-manager=kustomize-controller";
    let arguments = ["apply", "--server-side", flux, "--namespace", &shop, "-f", "-"];
    stage.kubectl(&arguments, &deployment("web").to_string()).await?.admitted()?.warned(RULE)?;
    until(Duration::from_mins(1), "the refusal of the Pods", || async {
        let events =
            ["get", "events", "--field-selector=reason=FailedCreate", "-o", "jsonpath={..message}"];
        let told = stage.within(&shop, &events).await?.admitted()?.stdout;
        Ok((told.contains(RULE) && told.contains("kubectl rollout restart")).then_some(()))
    })
    .await?;
    stage.wait_for_pods(&shop, "web", 0).await?;
    stage.apply(&shop, &deny_ingress()).await?.admitted()?;
    stage.wait_for_pods(&shop, "web", 1).await?;
    Ok(())
}

async fn a_drained_pod_of_an_old_namespace_comes_back(stage: &Stage) -> Result<()> {
    let old = stage.old("old", &[deployment("web")]).await?;
    let before = stage.wait_for_pods(&old, "web", 1).await?;
    stage.within(&old, &["delete", "pod", &before[0]]).await?.admitted()?;
    let after = stage.wait_for_pods(&old, "web", 1).await?;
    ensure!(before != after, "the Pod was never deleted: {before:?}");
    stage.within(&old, &["rollout", "restart", "deployment", "web"]).await?.admitted()?;
    Ok(())
}

async fn a_pod_cannot_leave_its_cover(stage: &Stage) -> Result<()> {
    let shop = covered_pod(stage).await?;
    stage
        .within(&shop, &["label", "--overwrite", "pod", "web", "app=other"])
        .await?
        .rejected(RULE)?;
    stage.within(&shop, &["label", "pod", "web", "more=labels"]).await?.admitted()?;
    Ok(())
}

async fn a_pod_cannot_leave_its_cover_through_status(stage: &Stage) -> Result<()> {
    let shop = covered_pod(stage).await?;
    let patch = json!({"metadata": {"labels": {"app": "other"}}}).to_string();
    stage
        .within(&shop, &["patch", "pod", "web", "--subresource=status", "--patch", &patch])
        .await?
        .rejected(RULE)?;
    Ok(())
}

async fn covered_pod(stage: &Stage) -> Result<String> {
    let shop = stage.declared("shop").await?;
    stage.wait_for_service_account(&shop).await?;
    stage.apply(&shop, &allow_neighbours_to("web", "web")).await?.admitted()?;
    stage.apply(&shop, &pod("web")).await?.admitted()?;
    Ok(shop)
}
