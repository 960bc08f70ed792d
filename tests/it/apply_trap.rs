//! Defaulting of policyTypes happens once, at creation, and `kubectl apply` never touches the result again.

use anyhow::Result;
use serde_json::{Value, json};

use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;

pub(crate) const SCENARIOS: &[Scenario] =
    scenarios![apply_keeps_the_types, server_side_apply_keeps_the_types, replace_renews_the_types];

async fn apply_keeps_the_types(stage: &Stage) -> Result<()> {
    let namespace = with_deny_all(stage, &["apply"]).await?;
    change(stage, &namespace, &["apply"]).await?;
    expect_types(stage, &namespace, &["Ingress"]).await
}

async fn server_side_apply_keeps_the_types(stage: &Stage) -> Result<()> {
    let namespace = with_deny_all(stage, &["apply", "--server-side"]).await?;
    change(stage, &namespace, &["apply", "--server-side"]).await?;
    expect_types(stage, &namespace, &["Ingress"]).await
}

async fn replace_renews_the_types(stage: &Stage) -> Result<()> {
    let namespace = with_deny_all(stage, &["apply"]).await?;
    change(stage, &namespace, &["replace"]).await?;
    expect_types(stage, &namespace, &["Ingress", "Egress"]).await
}

async fn with_deny_all(stage: &Stage, verb: &[&str]) -> Result<String> {
    let namespace = stage.name("shop");
    stage.kubectl(&["create", "namespace", &namespace], "").await?.admitted()?;
    send(stage, &namespace, verb, &json!({"podSelector": {}})).await?;
    Ok(namespace)
}

async fn change(stage: &Stage, namespace: &str, verb: &[&str]) -> Result<()> {
    let spec = json!({"podSelector": {}, "egress": [{"ports": [{"port": 443}]}]});
    send(stage, namespace, verb, &spec).await
}

async fn send(stage: &Stage, namespace: &str, verb: &[&str], spec: &Value) -> Result<()> {
    let policy = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "deny"}, "spec": spec,
    });
    let arguments = [verb, &["--namespace", namespace, "-f", "-"]].concat();
    stage.kubectl(&arguments, &policy.to_string()).await?.admitted()?;
    Ok(())
}

async fn expect_types(stage: &Stage, namespace: &str, types: &[&str]) -> Result<()> {
    let path = "jsonpath={.spec.policyTypes}";
    let arguments = ["get", "networkpolicy", "deny", "--namespace", namespace, "-o", path];
    stage.kubectl(&arguments, "").await?.admitted()?.says(&json!(types).to_string())?;
    Ok(())
}
