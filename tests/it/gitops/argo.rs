//! Argo CD: server-side diff, sync in the order of kinds, prune, a hook before the sync, `CreateNamespace=true`.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::bundle::Bundle;
use super::pages::{page_shows, page_shows_head};
use crate::kubectl::Outcome;
use crate::objects::{namespace, workload};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![
    a_bundle_is_synced_without_drift,
    create_namespace_names_managed_namespace_metadata,
    prune_takes_workloads_and_policies_away,
    a_pre_sync_job_needs_its_policy_before_the_sync,
];

/// The field manager that Portcullis knows it by.
const MANAGER: &str = "--field-manager=argocd-controller";

/// The order in which a sync wave is applied; it goes on after an error.
const ORDER: [&str; 5] = ["Namespace", "NetworkPolicy", "Service", "Deployment", "Job"];

fn in_order(objects: &[Value]) -> Vec<&Value> {
    let mut sorted: Vec<&Value> = objects.iter().collect();
    sorted.sort_by_key(|object| ORDER.iter().position(|kind| object["kind"] == *kind));
    sorted
}

/// Applies an object as Argo CD does, which is what kubectl does.
async fn apply(stage: &Stage, object: &Value, more: &[&str]) -> Result<Outcome> {
    stage.kubectl(&[&["apply", MANAGER, "-f", "-"], more].concat(), &object.to_string()).await
}

async fn sync(stage: &Stage, objects: &[Value]) -> Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    for object in in_order(objects) {
        outcomes.push(apply(stage, object, &[]).await?);
    }
    Ok(outcomes)
}

async fn a_bundle_is_synced_without_drift(stage: &Stage) -> Result<()> {
    let bundle = Bundle::whole(stage.name("shop"));
    for outcome in sync(stage, &bundle.objects).await? {
        outcome.admitted()?.silent()?;
    }
    stage.wait_for_pods(&bundle.namespace, "web", 1).await?;
    for outcome in sync(stage, &bundle.objects).await? {
        let outcome = outcome.admitted()?.silent()?;
        ensure!(outcome.stdout.trim_end().ends_with(" unchanged"), "{outcome}: a second sync");
    }
    for object in in_order(&bundle.objects) {
        let live = live(stage, object).await?;
        let predicted = server_side_diff(stage, object).await?;
        ensure!(
            live == predicted,
            "drift in {}: {live:#} would become {predicted:#}",
            object["kind"]
        );
    }
    Ok(())
}

/// What the API server would make of the object: Argo CD compares that with what is there.
async fn server_side_diff(stage: &Stage, object: &Value) -> Result<Value> {
    let flags = ["--server-side", "--force-conflicts", "--dry-run=server", "-o", "json"];
    let outcome = apply(stage, object, &flags).await?.admitted()?.silent()?;
    comparable(&outcome.stdout)
}

async fn live(stage: &Stage, object: &Value) -> Result<Value> {
    let outcome =
        stage.kubectl(&["get", "-f", "-", "-o", "json"], &object.to_string()).await?.admitted()?;
    comparable(&outcome.stdout)
}

/// Without what no diff looks at.
fn comparable(text: &str) -> Result<Value> {
    let mut object: Value = serde_json::from_str(text).context("an object as JSON")?;
    // kubectl answers with a list when objects come from a file.
    if object["kind"] == "List" {
        object = object["items"][0].take();
    }
    object["status"] = Value::Null;
    for field in ["managedFields", "resourceVersion", "generation"] {
        object["metadata"][field] = Value::Null;
    }
    Ok(object)
}

async fn create_namespace_names_managed_namespace_metadata(stage: &Stage) -> Result<()> {
    let shop = stage.name("shop");
    let refused =
        apply(stage, &namespace(&shop, &[]), &[]).await?.rejected("undeclared-namespace")?;
    let refused = refused.says("set the label in syncPolicy.managedNamespaceMetadata")?;
    page_shows("argo-cd.md", refused.denial(), &shop)?;
    let declared = namespace(&shop, &[("portcullis.dev/default-deny", "self")]);
    apply(stage, &declared, &[]).await?.admitted()?.silent()?;
    Ok(())
}

/// What a commit no longer holds is deleted after everything was applied, in reverse order.
async fn prune_takes_workloads_and_policies_away(stage: &Stage) -> Result<()> {
    let bundle = Bundle::whole(stage.name("shop"));
    for outcome in sync(stage, &bundle.objects).await? {
        outcome.admitted()?;
    }
    stage.wait_for_pods(&bundle.namespace, "web", 1).await?;
    // The order of kinds reversed: Deployment, Service, policies.
    for object in
        in_order(&bundle.objects).into_iter().rev().filter(|object| object["kind"] != "Namespace")
    {
        let outcome =
            stage.kubectl(&["delete", "-f", "-", "--wait=true"], &object.to_string()).await?;
        outcome.admitted()?;
    }
    Ok(())
}

async fn a_pre_sync_job_needs_its_policy_before_the_sync(stage: &Stage) -> Result<()> {
    let bundle = Bundle::whole(stage.name("shop"));
    apply(stage, &bundle.objects[0], &[]).await?.admitted()?;
    let mut job = workload("Job", "migrate");
    job["metadata"]["namespace"] = json!(bundle.namespace);
    job["metadata"]["annotations"] = json!({"argocd.argoproj.io/hook": "PreSync"});
    let refused = apply(stage, &job, &[]).await?.rejected("uncovered-workload")?;
    page_shows_head("argo-cd.md", refused.denial(), &bundle.namespace)?;
    // The policy as a PreSync hook of an earlier wave.
    for policy in bundle.only(&["NetworkPolicy"]) {
        apply(stage, &policy, &[]).await?.admitted()?;
    }
    apply(stage, &job, &[]).await?.admitted()?.silent()?;
    Ok(())
}
