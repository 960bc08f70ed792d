//! Workloads are held until a policy isolates their pods.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::objects::{
    TEMPLATED, allow_neighbours_to, deny_ingress, deployment, pod, policy, workload,
};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![
    every_kind_is_held_and_then_admitted,
    the_fix_in_the_message_works,
    a_policy_for_others_does_not_help,
    a_template_cannot_leave_its_cover,
    a_restricted_namespace_asks_for_egress_too,
    the_host_network_is_not_governed,
    a_dry_run_warns_only,
    policy_and_deployment_arrive_together,
    a_forged_owner_opens_nothing,
];

const RULE: &str = "uncovered-workload";

async fn every_kind_is_held_and_then_admitted(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    for kind in TEMPLATED {
        stage.apply(&shop, &workload(kind, &kind.to_lowercase())).await?.rejected(RULE)?;
    }
    stage.wait_for_service_account(&shop).await?;
    stage.apply(&shop, &pod("pod")).await?.rejected(RULE)?;
    stage.apply(&shop, &deny_ingress()).await?.admitted()?.silent()?;
    for kind in TEMPLATED {
        stage.apply(&shop, &workload(kind, &kind.to_lowercase())).await?.admitted()?.silent()?;
    }
    stage.apply(&shop, &pod("pod")).await?.admitted()?.silent()?;
    stage.wait_for_pods(&shop, "deployment", 1).await?;
    Ok(())
}

async fn the_fix_in_the_message_works(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    let denied = stage.apply(&shop, &deployment("web")).await?.rejected(RULE)?;
    let start = denied
        .denial()
        .find("apiVersion: networking.k8s.io/v1")
        .context("the message holds no fix")?;
    let fix: Vec<&str> = denied.denial()[start..]
        .lines()
        .take_while(|line| !line.contains("portcullis explain"))
        .collect();
    let arguments = ["apply", "--namespace", &shop, "-f", "-"];
    stage.kubectl(&arguments, &fix.join("\n")).await?.admitted()?.silent()?;
    stage.apply(&shop, &deployment("web")).await?.admitted()?.silent()?;
    Ok(())
}

async fn a_policy_for_others_does_not_help(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    stage.apply(&shop, &allow_neighbours_to("api", "api")).await?.admitted()?;
    stage.apply(&shop, &deployment("web")).await?.rejected(RULE)?;
    stage.apply(&shop, &deployment("api")).await?.admitted()?;
    Ok(())
}

async fn a_template_cannot_leave_its_cover(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    stage.apply(&shop, &allow_neighbours_to("web", "web")).await?.admitted()?;
    let mut web = deployment("web");
    web["spec"]["selector"]["matchLabels"] = json!({"part": "front"});
    web["spec"]["template"]["metadata"]["labels"] = json!({"part": "front", "app": "web"});
    stage.apply(&shop, &web).await?.admitted()?;
    web["spec"]["template"]["metadata"]["labels"] = json!({"part": "front", "app": "other"});
    stage.apply(&shop, &web).await?.rejected(RULE)?;
    Ok(())
}

async fn a_restricted_namespace_asks_for_egress_too(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    let raise = ["label", "namespace", &shop, "portcullis.dev/enforce=restricted"];
    stage.kubectl(&raise, "").await?.admitted()?;
    stage.apply(&shop, &deny_ingress()).await?.admitted()?;
    stage.apply(&shop, &deployment("web")).await?.rejected(RULE)?.says("egress")?;
    let both =
        policy("default-deny", &json!({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}));
    stage.apply(&shop, &both).await?.admitted()?;
    stage.apply(&shop, &deployment("web")).await?.admitted()?;
    Ok(())
}

async fn the_host_network_is_not_governed(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    let mut web = deployment("web");
    web["spec"]["template"]["spec"]["hostNetwork"] = json!(true);
    stage.apply(&shop, &web).await?.admitted()?;
    Ok(())
}

/// Flux dry-runs all of a bundle before it applies any of it: the policy may be in the same bundle.
async fn a_dry_run_warns_only(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    let arguments = ["apply", "--dry-run=server", "--server-side", "--namespace", &shop, "-f", "-"];
    stage.kubectl(&arguments, &deployment("web").to_string()).await?.admitted()?.warned(RULE)?;
    stage.apply(&shop, &deployment("web")).await?.rejected(RULE)?;
    Ok(())
}

async fn policy_and_deployment_arrive_together(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    let bundle =
        crate::objects::list(&[deny_ingress(), deployment("web"), workload("Job", "once")]);
    stage.apply(&shop, &bundle).await?.admitted()?.silent()?;
    Ok(())
}

async fn a_forged_owner_opens_nothing(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    stage.wait_for_service_account(&shop).await?;
    let uid = "00000000-0000-0000-0000-000000000000";
    let owner = |kind: &str| json!([{"apiVersion": "apps/v1", "kind": kind, "name": "web", "uid": uid, "controller": true}]);
    let mut forged = [pod("web"), workload("ReplicaSet", "web"), workload("StatefulSet", "web")];
    for object in &mut forged {
        object["metadata"]["ownerReferences"] = owner("Deployment");
    }
    for object in &forged {
        let outcome = stage.apply(&shop, object).await?;
        ensure!(outcome.code != 0, "{outcome}: a forged owner opened the gate");
        outcome.rejected(RULE)?;
    }
    Ok(())
}
