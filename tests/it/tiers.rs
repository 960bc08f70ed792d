//! Policies of the tiers around `NetworkPolicies` and of network plugins, by the definitions that their projects publish.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::objects::{DECLARATION, deny_ingress, deployment, list, namespace};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;
use crate::wait::until;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![
    a_covered_namespace_needs_no_declaration,
    the_last_cover_cannot_be_taken_from_under_workloads,
    a_namespace_keeps_the_labels_that_cover_its_workloads,
    the_older_kinds_cover_alike,
    policies_of_cilium_cover_and_are_guarded,
];

/// Every grade counts.
pub(crate) fn settings(settings: &mut Value) {
    settings["coverage"] = json!({"level": "universal", "accept": ["admin", "baseline", "cilium"]});
}

/// Plural, group, kind.
const KINDS: [(&str, &str, &str); 5] = [
    ("adminnetworkpolicies", "policy.networking.k8s.io", "AdminNetworkPolicy"),
    ("baselineadminnetworkpolicies", "policy.networking.k8s.io", "BaselineAdminNetworkPolicy"),
    ("clusternetworkpolicies", "policy.networking.k8s.io", "ClusterNetworkPolicy"),
    ("ciliumnetworkpolicies", "cilium.io", "CiliumNetworkPolicy"),
    ("ciliumclusterwidenetworkpolicies", "cilium.io", "CiliumClusterwideNetworkPolicy"),
];

/// Installs the definitions, and waits until Portcullis watches their objects: a change of labels is not denied on the word of
/// a cache that knows of no policy.
pub(crate) async fn install(stage: &Stage) -> Result<()> {
    for (plural, group, _) in KINDS {
        let file = stage.plane.definition(plural);
        // Scenarios run side by side, and each of them may be the first.
        let apply = ["apply", "--server-side", "--force-conflicts", "-f", &file.to_string_lossy()];
        stage.kubectl(&apply, "").await?.admitted()?;
        let name = format!("{plural}.{group}");
        stage.wait_until_established(&name).await?;
    }
    let (webhook, _) = stage.webhook()?;
    until(Duration::from_mins(1), "watches of cluster-scoped policies", || async {
        let metrics = webhook.ask("/metrics").await?;
        let is_watched = |(.., kind): &(&str, &str, &str)| {
            metrics.contains(&format!("portcullis_cache_age_seconds{{kind=\"{kind}\"}}"))
        };
        Ok(KINDS.iter().all(is_watched).then_some(()))
    })
    .await
}

/// The label that puts a namespace under the policies of this scenario.
pub(crate) fn label(stage: &Stage) -> String {
    format!("tests/{}", stage.prefix)
}

/// Denies all ingress from pods to namespaces with the scenario's label.
pub(crate) fn cluster_policy(stage: &Stage, name: &str, tier: &str) -> Value {
    json!({
        "apiVersion": "policy.networking.k8s.io/v1alpha2", "kind": "ClusterNetworkPolicy",
        "metadata": {"name": stage.name(name)},
        "spec": {"tier": tier, "priority": 10,
            "subject": {"namespaces": {"matchLabels": {label(stage): "in"}}},
            "ingress": [{"action": "Deny", "from": [{"namespaces": {}}]}]},
    })
}

async fn create(stage: &Stage, objects: &[Value]) -> Result<crate::kubectl::Outcome> {
    stage.kubectl(&["apply", "-f", "-"], &list(objects).to_string()).await
}

async fn a_covered_namespace_needs_no_declaration(stage: &Stage) -> Result<()> {
    install(stage).await?;
    let key = label(stage);
    // In one go: the cache cannot know the policy yet when the namespace comes.
    for round in 0..5 {
        let policy = cluster_policy(stage, &format!("base-{round}"), "Baseline");
        let name = stage.name(&format!("covered-{round}"));
        create(stage, &[policy, namespace(&name, &[(&key, "in")])]).await?.admitted()?;
        stage.apply(&name, &deployment("web")).await?.admitted()?;
    }
    let outside = namespace(&stage.name("outside"), &[(&key, "out")]);
    create(stage, &[outside]).await?.rejected("undeclared-namespace")?;
    Ok(())
}

async fn the_last_cover_cannot_be_taken_from_under_workloads(stage: &Stage) -> Result<()> {
    install(stage).await?;
    let (name, shop) = (stage.name("base"), stage.name("shop"));
    let policy = cluster_policy(stage, "base", "Admin");
    create(stage, &[policy.clone(), namespace(&shop, &[(&label(stage), "in")])])
        .await?
        .admitted()?;
    stage.apply(&shop, &deployment("web")).await?.admitted()?;

    let delete = ["delete", "clusternetworkpolicy", &name];
    let refused = stage.kubectl(&delete, "").await?.rejected("missing-default-deny")?;
    refused
        .says(&format!("the deletion of ClusterNetworkPolicy {name} leaves namespace {shop}"))?;
    let mut narrowed = policy.clone();
    narrowed["spec"]["subject"] = json!({"namespaces": {"matchLabels": {label(stage): "other"}}});
    create(stage, &[narrowed]).await?.rejected("missing-default-deny")?;
    let mut opened = policy;
    opened["spec"]["ingress"][0]["action"] = json!("Accept");
    create(stage, &[opened]).await?.rejected("missing-default-deny")?;

    stage.apply(&shop, &deny_ingress()).await?.admitted()?;
    stage.kubectl(&delete, "").await?.admitted()?;
    Ok(())
}

async fn a_namespace_keeps_the_labels_that_cover_its_workloads(stage: &Stage) -> Result<()> {
    install(stage).await?;
    let (key, shop) = (label(stage), stage.name("shop"));
    let declared = namespace(&shop, &[(&key, "in"), (DECLARATION, "self")]);
    create(stage, &[cluster_policy(stage, "base", "Admin"), declared]).await?.admitted()?;
    let relabel = ["label", "--overwrite", "namespace", &shop, &format!("{key}=out")];
    stage.kubectl(&relabel, "").await?.admitted()?;
    stage
        .kubectl(&["label", "--overwrite", "namespace", &shop, &format!("{key}=in")], "")
        .await?
        .admitted()?;
    stage.apply(&shop, &deployment("web")).await?.admitted()?;
    stage.kubectl(&relabel, "").await?.rejected("missing-default-deny")?;
    Ok(())
}

async fn the_older_kinds_cover_alike(stage: &Stage) -> Result<()> {
    install(stage).await?;
    let rules = json!([{"action": "Deny", "from": [{"namespaces": {}}]}]);
    for (kind, name, suffix) in [
        ("AdminNetworkPolicy", stage.name("admin"), "admin"),
        ("BaselineAdminNetworkPolicy", "default".to_owned(), "baseline"),
    ] {
        let shop = stage.name(suffix);
        let key = format!("{}-{suffix}", label(stage));
        let mut policy = json!({
            "apiVersion": "policy.networking.k8s.io/v1alpha1", "kind": kind, "metadata": {"name": name},
            "spec": {"subject": {"namespaces": {"matchLabels": {&key: "in"}}}, "ingress": rules},
        });
        if kind == "AdminNetworkPolicy" {
            policy["spec"]["priority"] = json!(7);
        }
        create(stage, &[policy, namespace(&shop, &[(&key, "in")])]).await?.admitted()?;
        stage.apply(&shop, &deployment("web")).await?.admitted()?;
        let refused = stage.kubectl(&["delete", kind, &name], "").await?;
        refused.rejected("missing-default-deny")?;
        stage.kubectl(&["delete", "namespace", &shop], "").await?.admitted()?;
        let gone = stage.kubectl(&["delete", kind, &name], "").await?.admitted()?;
        ensure!(gone.stdout.contains("deleted"), "{gone}");
    }
    Ok(())
}

async fn policies_of_cilium_cover_and_are_guarded(stage: &Stage) -> Result<()> {
    install(stage).await?;
    let shop = stage.declared("shop").await?;
    let own = |rules: Value| {
        json!({
            "apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "metadata": {"name": "base"},
            "spec": {"endpointSelector": {}, "ingress": rules},
        })
    };
    stage.apply(&shop, &deployment("early")).await?.rejected("uncovered-workload")?;
    // The empty rule is Cilium's default-deny.
    stage.apply(&shop, &own(json!([{}]))).await?.admitted()?;
    stage.apply(&shop, &deployment("web")).await?.admitted()?;
    let open = own(json!([{"fromEntities": ["all"]}]));
    stage.apply(&shop, &open).await?.rejected("missing-default-deny")?;
    let delete = ["delete", "ciliumnetworkpolicy", "base"];
    stage.within(&shop, &delete).await?.rejected("missing-default-deny")?;

    let (key, all) = (label(stage), stage.name("all"));
    let clusterwide = json!({
        "apiVersion": "cilium.io/v2", "kind": "CiliumClusterwideNetworkPolicy", "metadata": {"name": all},
        "spec": {"endpointSelector": {"matchLabels": {format!("io.cilium.k8s.namespace.labels.{key}"): "in"}}, "ingress": [{}]},
    });
    let covered = stage.name("covered");
    create(stage, &[clusterwide, namespace(&covered, &[(&key, "in")])]).await?.admitted()?;
    stage.apply(&covered, &deployment("web")).await?.admitted()?;
    let delete = ["delete", "ciliumclusterwidenetworkpolicy", &all];
    stage.kubectl(&delete, "").await?.rejected("missing-default-deny")?;
    stage.apply(&covered, &deny_ingress()).await?.admitted()?;
    stage.kubectl(&delete, "").await?.admitted()?;
    Ok(())
}
