//! Modes and levels of some namespaces, and who may choose them by labels.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::control_plane::users::DEVELOPER;
use crate::loosening::{grant_exempt, make_editor};
use crate::objects::{DECLARATION, deployment, namespace};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![
    each_namespace_is_answered_in_its_own_mode,
    labels_that_choose_a_milder_mode_take_the_right,
];

const STAGE: &str = "stage";

/// Laboratories are let be, and betas are only warned about workloads.
pub(crate) fn settings(settings: &mut Value) {
    let stage = |stage: &str| json!({"matchLabels": {STAGE: stage}});
    settings["overrides"] = json!([
        {"namespaceSelector": stage("lab"), "mode": "audit"},
        {"namespaceSelector": stage("beta"), "rules": {"uncovered-workload": "warn"}},
    ]);
}

/// A declared namespace of that stage.
async fn of(stage: &Stage, name: &str) -> Result<String> {
    let namespace = namespace(&stage.name(name), &[(DECLARATION, "self"), (STAGE, name)]);
    stage.kubectl(&["create", "-f", "-"], &namespace.to_string()).await?.admitted()?;
    Ok(stage.name(name))
}

async fn each_namespace_is_answered_in_its_own_mode(stage: &Stage) -> Result<()> {
    let (lab, beta, prod) =
        (of(stage, "lab").await?, of(stage, "beta").await?, of(stage, "prod").await?);
    let (webhook, _) = stage.webhook()?;
    let would_deny = ("portcullis_would_deny", "uncovered-workload");
    let before = webhook.metric(would_deny.0, would_deny.1).await?;
    stage.apply(&lab, &deployment("web")).await?.admitted()?.silent()?;
    let after = webhook.metric(would_deny.0, would_deny.1).await?;
    ensure!(after > before, "counted {before} times before and {after} times after");
    stage.apply(&beta, &deployment("web")).await?.admitted()?.warned("uncovered-workload")?;
    stage.apply(&prod, &deployment("web")).await?.rejected("uncovered-workload")?;
    stage.wait_for_pods(&lab, "web", 1).await?;
    Ok(())
}

async fn labels_that_choose_a_milder_mode_take_the_right(stage: &Stage) -> Result<()> {
    let shop = of(stage, "prod").await?;
    make_editor(stage, &shop).await?;
    for to in ["lab", "beta"] {
        let relabel = ["label", "--overwrite", "namespace", &shop, &format!("{STAGE}={to}")];
        stage.kubectl_as(DEVELOPER, &relabel, "").await?.rejected("loosening")?;
    }
    let harmless = ["label", "--overwrite", "namespace", &shop, &format!("{STAGE}=dev")];
    stage.kubectl_as(DEVELOPER, &harmless, "").await?.admitted()?;
    grant_exempt(stage, &shop).await?;
    let relabel = ["label", "--overwrite", "namespace", &shop, &format!("{STAGE}=lab")];
    stage.kubectl_as(DEVELOPER, &relabel, "").await?.admitted()?;
    stage.apply(&shop, &deployment("web")).await?.admitted()?.silent()?;
    Ok(())
}
