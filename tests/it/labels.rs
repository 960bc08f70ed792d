//! Labels that every namespace must have are added, and nothing else is touched. The settings of this act ask for a
//! literal, the name, the user, the value of another label, and one that only a human can set.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::control_plane::users::ADMIN;
use crate::objects::{DECLARATION, namespace};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![
    missing_labels_are_added,
    existing_labels_are_never_changed,
    labels_are_added_to_a_generated_name,
    server_side_apply_gets_them_and_is_stable,
    apply_is_stable,
    an_old_namespace_gets_them_when_it_is_edited,
    a_label_that_only_a_human_can_set_is_asked_for,
];

/// The labels of this act's settings.
pub(crate) fn settings(settings: &mut Value) {
    settings["labels"] = json!([
        {"key": "name", "value": "{name}"},
        {"key": "environment", "value": "test"},
        {"key": "created-by", "value": "{user}"},
        {"key": "team", "fromLabel": "squad"},
        {"key": "cost-center"},
    ]);
}

async fn missing_labels_are_added(stage: &Stage) -> Result<()> {
    let shop = create(stage, &[("squad", "red")]).await?;
    let expected = [
        ("name", shop.as_str()),
        ("environment", "test"),
        ("created-by", ADMIN.name),
        ("team", "red"),
        ("squad", "red"),
        (DECLARATION, "self"),
        ("kubernetes.io/metadata.name", &shop),
    ];
    expect_labels(stage, &shop, &expected).await
}

async fn existing_labels_are_never_changed(stage: &Stage) -> Result<()> {
    let given =
        [("name", "other"), ("environment", "production"), ("created-by", "me"), ("team", "blue")];
    let shop = create(stage, &given).await?;
    let expected =
        [&given[..], &[(DECLARATION, "self"), ("kubernetes.io/metadata.name", &shop)]].concat();
    expect_labels(stage, &shop, &expected).await
}

/// The name is not known when labels are added, so the label with the name comes with the next update.
async fn labels_are_added_to_a_generated_name(stage: &Stage) -> Result<()> {
    for labels in [json!({DECLARATION: "self"}), json!({DECLARATION: "self", "squad": "red"})] {
        let metadata = json!({"generateName": stage.name("x-"), "labels": labels});
        let manifest = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata});
        let arguments = ["create", "-f", "-", "-o", "jsonpath={.metadata.name}"];
        let name = stage.kubectl(&arguments, &manifest.to_string()).await?.admitted()?.stdout;
        let labels = labels_of(stage, &name).await?;
        ensure!(labels["environment"] == "test" && labels["created-by"] == ADMIN.name, "{labels}");
        ensure!(labels["name"].is_null(), "a label with a name that was not known: {labels}");
        stage.kubectl(&["annotate", "namespace", &name, "a=b"], "").await?.admitted()?;
        let labels = labels_of(stage, &name).await?;
        ensure!(labels["name"] == name.as_str(), "{labels}");
    }
    Ok(())
}

async fn server_side_apply_gets_them_and_is_stable(stage: &Stage) -> Result<()> {
    is_stable(stage, &["apply", "--server-side", "-f", "-"]).await
}

async fn apply_is_stable(stage: &Stage) -> Result<()> {
    is_stable(stage, &["apply", "-f", "-"]).await
}

async fn is_stable(stage: &Stage, verb: &[&str]) -> Result<()> {
    let shop = stage.name("shop");
    let manifest = namespace(&shop, &[(DECLARATION, "self")]).to_string();
    let mut versions = Vec::new();
    for _ in 0..3 {
        stage.kubectl(verb, &manifest).await?.admitted()?;
        ensure!(labels_of(stage, &shop).await?["name"] == shop.as_str(), "the label is gone");
        let version = ["get", "namespace", &shop, "-o", "jsonpath={.metadata.resourceVersion}"];
        versions.push(stage.kubectl(&version, "").await?.admitted()?.stdout);
    }
    versions.dedup();
    ensure!(versions.len() == 1, "applying the same again wrote something: {versions:?}");
    Ok(())
}

async fn an_old_namespace_gets_them_when_it_is_edited(stage: &Stage) -> Result<()> {
    let shop = create(stage, &[]).await?;
    stage.kubectl(&["label", "namespace", &shop, "environment-"], "").await?.admitted()?;
    let labels = labels_of(stage, &shop).await?;
    ensure!(
        labels["environment"] == "test",
        "a label that was taken away does not come back: {labels}"
    );
    Ok(())
}

async fn a_label_that_only_a_human_can_set_is_asked_for(stage: &Stage) -> Result<()> {
    let manifest =
        namespace(&stage.name("without"), &[(DECLARATION, "self"), ("squad", "red")]).to_string();
    let outcome = stage.kubectl(&["apply", "-f", "-"], &manifest).await?.admitted()?;
    outcome.warned("missing-namespace-label")?.warned("cost-center")?;
    let labels = [(DECLARATION, "self"), ("squad", "red"), ("cost-center", "4711")];
    let manifest = namespace(&stage.name("with"), &labels).to_string();
    stage.kubectl(&["apply", "-f", "-"], &manifest).await?.admitted()?.silent()?;
    Ok(())
}

async fn create(stage: &Stage, labels: &[(&str, &str)]) -> Result<String> {
    let shop = stage.name("shop");
    let manifest = namespace(&shop, &[labels, &[(DECLARATION, "self")]].concat()).to_string();
    stage.kubectl(&["create", "-f", "-"], &manifest).await?.admitted()?;
    Ok(shop)
}

async fn labels_of(stage: &Stage, namespace: &str) -> Result<Value> {
    let arguments = ["get", "namespace", namespace, "-o", "jsonpath={.metadata.labels}"];
    Ok(serde_json::from_str(&stage.kubectl(&arguments, "").await?.admitted()?.stdout)?)
}

async fn expect_labels(stage: &Stage, namespace: &str, expected: &[(&str, &str)]) -> Result<()> {
    let labels = labels_of(stage, namespace).await?;
    let expected: Value =
        expected.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
    ensure!(labels == expected, "expected {expected}, and there are {labels}");
    Ok(())
}
