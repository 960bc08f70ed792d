//! What somebody clever tries, and what happens to somebody who did nothing wrong.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use k8s_openapi::api::apps::v1::ReplicaSet;
use kube::Api;
use kube::api::ListParams;
use serde_json::{Value, json};

use crate::control_plane::users::DEVELOPER;
use crate::objects::{
    DECLARATION, allow_neighbours_to, deny_ingress, deployment, namespace, pod, policy,
};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;
use crate::wait::until;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![
    a_team_member_lives_with_the_gate,
    a_missing_owner_is_no_way_out,
    a_dying_pod_is_not_relabelled_out_of_its_cover,
    a_namespace_created_anew_starts_from_nothing,
    an_old_revision_keeps_no_policy,
];

const RULE: &str = "uncovered-workload";

/// Somebody with the role `edit` in one namespace: everything that matters is within their rights.
async fn a_team_member_lives_with_the_gate(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    let user = format!("--user={}", DEVELOPER.name);
    stage
        .within(&shop, &["create", "rolebinding", "team", "--clusterrole=edit", &user])
        .await?
        .admitted()?;
    let apply = async |manifest: Value, more: &[&str]| {
        let arguments = [&["apply", "--namespace", &shop, "-f", "-"], more].concat();
        stage.kubectl_as(DEVELOPER, &arguments, &manifest.to_string()).await
    };
    apply(deployment("web"), &[]).await?.rejected(RULE)?;
    apply(deployment("web"), &["--dry-run=server"]).await?.admitted()?.warned(RULE)?;
    // The name of a tool only moves the gate to the Pods.
    apply(deployment("api"), &["--server-side", "--field-manager=kustomize-controller"])
        .await?
        .admitted()?
        .warned(RULE)?;
    let codes = until(Duration::from_mins(1), "an attempt to create a Pod", || async {
        let events = stage.plane.audit_log().of_namespace(&shop)?;
        let pods = events.iter().filter(|event| {
            let message = event["responseStatus"]["message"].as_str().unwrap_or_default();
            let is_admitted = event["responseStatus"]["code"] == 201;
            event["verb"] == "create"
                && event["objectRef"]["resource"] == "pods"
                && (is_admitted || message.contains("admission webhook"))
        });
        let codes: Vec<Value> = pods.map(|event| event["responseStatus"]["code"].clone()).collect();
        Ok((!codes.is_empty()).then_some(codes))
    })
    .await?;
    ensure!(codes.iter().all(|code| *code == 403), "a Pod came through: {codes:?}");
    apply(deny_ingress(), &[]).await?.admitted()?.says("Warning: closes ")?;
    apply(deployment("web"), &[]).await?.admitted()?.silent()?;
    stage.wait_for_pods(&shop, "web", 1).await?;
    stage.wait_for_pods(&shop, "api", 1).await?;
    let delete = ["delete", "networkpolicy", "default-deny", "--namespace", &shop];
    stage.kubectl_as(DEVELOPER, &delete, "").await?.rejected("missing-default-deny")?;
    let all = ["delete", "networkpolicies", "--all", "--namespace", &shop];
    stage.kubectl_as(DEVELOPER, &all, "").await?.rejected("missing-default-deny")?;
    Ok(())
}

/// Anyone can write that a Pod belongs to a `ReplicaSet` which is not there, and escape in the same breath.
async fn a_missing_owner_is_no_way_out(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    stage.wait_for_service_account(&shop).await?;
    stage.apply(&shop, &allow_neighbours_to("web", "web")).await?.admitted()?;
    stage.apply(&shop, &pod("web")).await?.admitted()?;
    let owner = json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "none",
        "uid": "2f3b8c1e-0000-4000-8000-000000000000", "controller": true});
    let patch = json!({"metadata": {"labels": {"app": "free"}, "ownerReferences": [owner]}});
    let arguments = ["patch", "pod", "web", "--type=merge", "--patch", &patch.to_string()];
    stage.within(&shop, &arguments).await?.rejected(RULE)?;
    Ok(())
}

/// A Pod runs on after its deletion for as long as its grace or a finalizer lasts.
async fn a_dying_pod_is_not_relabelled_out_of_its_cover(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    stage.wait_for_service_account(&shop).await?;
    stage.apply(&shop, &allow_neighbours_to("web", "web")).await?.admitted()?;
    let mut held = pod("web");
    held["metadata"]["finalizers"] = json!(["example.org/hold"]);
    stage.apply(&shop, &held).await?.admitted()?;
    stage.within(&shop, &["delete", "pod", "web", "--wait=false"]).await?.admitted()?;
    stage
        .within(&shop, &["label", "pod", "web", "app=free", "--overwrite"])
        .await?
        .rejected(RULE)?;
    let release = r#"{"metadata":{"finalizers":null}}"#;
    let arguments = ["patch", "pod", "web", "--type=merge", "--patch", release];
    stage.within(&shop, &arguments).await?.admitted()?;
    Ok(())
}

/// The watches may still show the namespace that went, with its policies: neither counts for the new one.
async fn a_namespace_created_anew_starts_from_nothing(stage: &Stage) -> Result<()> {
    let shop = stage.name("shop");
    let manifest = namespace(&shop, &[(DECLARATION, "self")]);
    for round in 0..5 {
        stage.kubectl(&["create", "-f", "-"], &manifest.to_string()).await?.admitted()?;
        stage
            .apply(&shop, &deployment("web"))
            .await?
            .rejected(RULE)
            .with_context(|| format!("round {round}"))?;
        stage.apply(&shop, &deny_ingress()).await?.admitted()?;
        stage.apply(&shop, &deployment("web")).await?.admitted()?;
        stage.kubectl(&["delete", "namespace", &shop, "--wait=false"], "").await?.admitted()?;
        stage.wait_for_end_of(&shop).await?;
    }
    Ok(())
}

/// `ReplicaSets` that a Deployment keeps for a rollback run nothing: the policy of the old version may go.
async fn an_old_revision_keeps_no_policy(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    let version = |version: &str| {
        let mut web = deployment("web");
        web["spec"]["strategy"] = json!({"type": "Recreate"});
        web["spec"]["template"]["metadata"]["labels"]["version"] = json!(version);
        let selector = json!({"matchLabels": {"version": version}});
        (policy(version, &json!({"podSelector": selector, "policyTypes": ["Ingress"]})), web)
    };
    for (policy, web) in [version("v1"), version("v2")] {
        stage.apply(&shop, &policy).await?.admitted()?;
        stage.apply(&shop, &web).await?.admitted()?;
        stage.wait_for_pods(&shop, "web", 1).await?;
    }
    let sets: Api<ReplicaSet> = Api::namespaced(stage.client.clone(), &shop);
    until(Duration::from_mins(1), "an old revision without Pods", || async {
        let sets = sets.list(&ListParams::default()).await?.items;
        let replicas = |set: &ReplicaSet| set.spec.replicas;
        Ok((sets.len() == 2 && sets.iter().any(|set| replicas(set) == Some(0))).then_some(()))
    })
    .await?;
    // The watches may be a moment behind, but a denial is confirmed.
    stage.within(&shop, &["delete", "networkpolicy", "v1"]).await?.admitted()?;
    stage.within(&shop, &["delete", "networkpolicy", "v2"]).await?.rejected(RULE)?;
    Ok(())
}
