//! What other settings change.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::objects::{DECLARATION, allow_all, deny_ingress, deployment, namespace};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;

/// `mode: audit`
pub(crate) const AUDIT: &[Scenario] = scenarios![audit_rejects_nothing_and_counts_what_it_would];
/// `mode: warn`
pub(crate) const WARN: &[Scenario] = scenarios![warn_turns_denials_into_warnings];
/// `undeclared: self`, `holdAt: pod`
pub(crate) const LENIENT: &[Scenario] = scenarios![
    an_undeclared_namespace_is_declared_for_its_team,
    every_workload_is_held_at_the_pod,
];
/// `undeclared: managed`, with a controller
pub(crate) const MANAGED: &[Scenario] =
    scenarios![an_undeclared_namespace_is_declared_managed, managed_is_admitted];

pub(crate) fn audit(settings: &mut Value) {
    settings["mode"] = json!("audit");
}

pub(crate) fn warn(settings: &mut Value) {
    settings["mode"] = json!("warn");
}

pub(crate) fn lenient(settings: &mut Value) {
    settings["namespaces"]["undeclared"] = json!("self");
    settings["workloads"]["holdAt"] = json!("pod");
}

pub(crate) fn managed(settings: &mut Value) {
    settings["namespaces"]["undeclared"] = json!("managed");
    settings["controller"]["enabled"] = json!(true);
}

async fn audit_rejects_nothing_and_counts_what_it_would(stage: &Stage) -> Result<()> {
    let (webhook, _) = stage.webhook()?;
    let shop = stage.name("shop");
    let arguments = ["create", "namespace", &shop, "-o", "jsonpath={.metadata.labels.name}"];
    let created = stage.kubectl(&arguments, "").await?.admitted()?.silent()?;
    ensure!(created.stdout.is_empty(), "{created}: a label was added");
    stage.apply(&shop, &deployment("web")).await?.admitted()?.silent()?;
    stage.apply(&shop, &deny_ingress()).await?.admitted()?.silent()?;
    stage.apply(&shop, &allow_all("open")).await?.admitted()?.silent()?;
    for rule in ["undeclared-namespace", "uncovered-workload", "neutralised-default-deny"] {
        let counted = webhook.metric("portcullis_would_deny", rule).await?;
        ensure!(counted >= 1.0, "{rule} was counted {counted} times");
    }
    stage.wait_for_pods(&shop, "web", 1).await?;
    Ok(())
}

async fn warn_turns_denials_into_warnings(stage: &Stage) -> Result<()> {
    let shop = stage.name("shop");
    stage
        .kubectl(&["create", "namespace", &shop], "")
        .await?
        .admitted()?
        .warned("undeclared-namespace")?;
    stage.apply(&shop, &deployment("web")).await?.admitted()?.warned("uncovered-workload")?;
    Ok(())
}

async fn an_undeclared_namespace_is_declared_for_its_team(stage: &Stage) -> Result<()> {
    let shop = stage.name("shop");
    stage.kubectl(&["create", "namespace", &shop], "").await?.admitted()?;
    expect_declaration(stage, &shop, "self").await
}

async fn every_workload_is_held_at_the_pod(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    stage.apply(&shop, &deployment("web")).await?.admitted()?.warned("uncovered-workload")?;
    stage.apply(&shop, &deny_ingress()).await?.admitted()?;
    stage.wait_for_pods(&shop, "web", 1).await?;
    Ok(())
}

async fn an_undeclared_namespace_is_declared_managed(stage: &Stage) -> Result<()> {
    let shop = stage.name("shop");
    stage.kubectl(&["create", "namespace", &shop], "").await?.admitted()?;
    expect_declaration(stage, &shop, "managed").await
}

async fn managed_is_admitted(stage: &Stage) -> Result<()> {
    let manifest = namespace(&stage.name("shop"), &[(DECLARATION, "managed")]).to_string();
    stage.kubectl(&["apply", "-f", "-"], &manifest).await?.admitted()?;
    Ok(())
}

async fn expect_declaration(stage: &Stage, namespace: &str, value: &str) -> Result<()> {
    let path = r"jsonpath={.metadata.labels.portcullis\.dev/default-deny}";
    let found =
        stage.kubectl(&["get", "namespace", namespace, "-o", path], "").await?.admitted()?;
    ensure!(found.stdout == value, "{found}: expected {value}");
    Ok(())
}
