//! Which requests the webhook configurations of deploy/ let through to us. A recorder stands in for the webhook.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::objects::{pod, policy};
use crate::recorder::Call;
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![
    namespaces_reach_both_configurations,
    a_label_change_through_status_is_seen,
    a_policy_is_seen_when_something_changes,
    workloads_and_pods_are_seen,
    pod_status_is_seen_only_for_labels,
    a_dying_namespace_does_not_wait_for_us,
    garbage_collection_does_not_wait_for_us,
    excluded_namespaces_are_left_alone,
    policies_in_kube_system_have_their_own_entry,
    a_forged_name_label_opens_nothing,
];

async fn namespaces_reach_both_configurations(stage: &Stage) -> Result<()> {
    let shop = namespace(stage).await?;
    expect_calls(stage, &shop, &["labels CREATE", "namespaces CREATE"])?;
    stage.kubectl(&["annotate", "namespace", &shop, "a=b"], "").await?.admitted()?;
    expect_calls(
        stage,
        &shop,
        &["labels CREATE", "namespaces CREATE", "labels UPDATE", "namespaces UPDATE"],
    )
}

async fn a_label_change_through_status_is_seen(stage: &Stage) -> Result<()> {
    let shop = namespace(stage).await?;
    let arguments =
        ["patch", "namespace", &shop, "--subresource=status", "--type=merge", "--patch"];
    let labels = [&arguments[..], &[r#"{"metadata":{"labels":{"team":"red"}}}"#]].concat();
    stage.kubectl(&labels, "").await?.admitted()?;
    let condition = r#"{"status":{"conditions":[{"type":"Odd","status":"True"}]}}"#;
    stage.kubectl(&[&arguments[..], &[condition]].concat(), "").await?.admitted()?;
    expect_calls(stage, &shop, &["labels CREATE", "namespaces CREATE", "namespaces UPDATE status"])
}

async fn a_policy_is_seen_when_something_changes(stage: &Stage) -> Result<()> {
    let shop = namespace(stage).await?;
    stage.apply(&shop, &policy("deny", &json!({"podSelector": {}}))).await?.admitted()?;
    let spec = json!({"podSelector": {}, "ingress": [{"from": [{"podSelector": {}}]}]});
    stage.apply(&shop, &policy("deny", &spec)).await?.admitted()?;
    stage
        .kubectl(&["label", "networkpolicy", "deny", "a=b", "--namespace", &shop], "")
        .await?
        .admitted()?;
    // Nobody's business: a finalizer changes nothing that a rule reads.
    finalizers(stage, &shop, &json!(["example.org/hold"])).await?;
    stage
        .kubectl(&["delete", "networkpolicy", "deny", "--wait=false", "--namespace", &shop], "")
        .await?
        .admitted()?;
    finalizers(stage, &shop, &json!(null)).await?;
    let seen = ["policies CREATE", "policies UPDATE", "policies UPDATE", "policies DELETE"];
    expect_calls(stage, &shop, &[&["labels CREATE", "namespaces CREATE"], &seen[..]].concat())
}

async fn workloads_and_pods_are_seen(stage: &Stage) -> Result<()> {
    let shop = namespace(stage).await?;
    stage.wait_for_service_account(&shop).await?;
    stage.apply(&shop, &pod("web")).await?.admitted()?;
    stage
        .kubectl(&["label", "pod", "web", "app=api", "--overwrite", "--namespace", &shop], "")
        .await?
        .admitted()?;
    stage
        .kubectl(&["annotate", "pod", "web", "a=b", "--namespace", &shop], "")
        .await?
        .admitted()?;
    for kind in ["deployment", "job", "cronjob"] {
        let schedule = if kind == "cronjob" { &["--schedule=0 0 1 1 *"][..] } else { &[] };
        let arguments = ["create", kind, kind, "--image=web", "--namespace", &shop];
        stage.kubectl(&[&arguments[..], schedule].concat(), "").await?.admitted()?;
    }
    let calls = stage.recorder()?.calls(&shop);
    let of =
        |name: &str| calls.iter().filter(|call| call.name == name).map(brief).collect::<Vec<_>>();
    ensure!(of("web") == ["pods CREATE", "pods UPDATE"], "the Pod: {calls:#?}");
    for kind in ["deployment", "job", "cronjob"] {
        ensure!(of(kind).contains(&"workloads CREATE".to_owned()), "{kind}: {calls:#?}");
    }
    Ok(())
}

async fn pod_status_is_seen_only_for_labels(stage: &Stage) -> Result<()> {
    let shop = namespace(stage).await?;
    stage.wait_for_service_account(&shop).await?;
    stage.apply(&shop, &pod("web")).await?.admitted()?;
    for patch in [r#"{"status":{"phase":"Running"}}"#, r#"{"metadata":{"labels":{"app":"api"}}}"#] {
        let arguments =
            ["patch", "pod", "web", "--subresource=status", "--namespace", &shop, "--patch", patch];
        stage.kubectl(&arguments, "").await?.admitted()?;
    }
    let seen: Vec<String> = stage
        .recorder()?
        .calls(&shop)
        .iter()
        .map(brief)
        .filter(|call| call.starts_with("pod"))
        .collect();
    ensure!(seen == ["pods CREATE", "pod-status UPDATE status"], "{seen:?}");
    Ok(())
}

async fn a_dying_namespace_does_not_wait_for_us(stage: &Stage) -> Result<()> {
    let shop = namespace(stage).await?;
    stage.apply(&shop, &policy("deny", &json!({"podSelector": {}}))).await?.admitted()?;
    let before = stage.recorder()?.calls(&shop).len();
    stage.kubectl(&["delete", "namespace", &shop, "--wait=false"], "").await?.admitted()?;
    stage.wait_for_end_of(&shop).await?;
    let calls = stage.recorder()?.calls(&shop).split_off(before);
    ensure!(calls.is_empty(), "the end of a namespace asked us: {calls:#?}");
    let deletion = |event: &Value| {
        event["verb"] == "deletecollection" && event["objectRef"]["resource"] == "networkpolicies"
    };
    let events = stage.plane.audit_log().of_namespace(&shop)?;
    let event = events
        .iter()
        .find(|event| deletion(event))
        .context("the audit log has no end of the policies")?;
    ensure!(
        event["user"]["username"] == "system:serviceaccount:kube-system:namespace-controller",
        "{event}"
    );
    Ok(())
}

async fn garbage_collection_does_not_wait_for_us(stage: &Stage) -> Result<()> {
    let shop = namespace(stage).await?;
    stage.kubectl(&["create", "configmap", "owner", "--namespace", &shop], "").await?.admitted()?;
    let uid = ["get", "configmap", "owner", "--namespace", &shop, "-o", "jsonpath={.metadata.uid}"];
    let uid = stage.kubectl(&uid, "").await?.admitted()?.stdout;
    let mut owned = policy("owned", &json!({"podSelector": {}}));
    owned["metadata"]["ownerReferences"] =
        json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": uid}]);
    stage.apply(&shop, &owned).await?.admitted()?;
    let before = stage.recorder()?.calls(&shop).len();
    stage.kubectl(&["delete", "configmap", "owner", "--namespace", &shop], "").await?.admitted()?;
    let gone =
        ["wait", "networkpolicy/owned", "--for=delete", "--timeout=60s", "--namespace", &shop];
    stage.kubectl(&gone, "").await?.admitted()?;
    let calls = stage.recorder()?.calls(&shop).split_off(before);
    ensure!(calls.is_empty(), "garbage collection asked us: {calls:#?}");
    Ok(())
}

async fn excluded_namespaces_are_left_alone(stage: &Stage) -> Result<()> {
    for namespace in ["kube-public", "kube-node-lease", "portcullis-system"] {
        let name = stage.prefix.as_str();
        stage.apply(namespace, &policy(name, &json!({"podSelector": {}}))).await?.admitted()?;
        stage.kubectl(&["annotate", "namespace", namespace, "a=b"], "").await?.admitted()?;
        stage
            .kubectl(&["delete", "networkpolicy", name, "--namespace", namespace], "")
            .await?
            .admitted()?;
        let calls = stage.recorder()?.calls(namespace);
        ensure!(calls.is_empty(), "{namespace} asked us: {calls:#?}");
    }
    Ok(())
}

async fn policies_in_kube_system_have_their_own_entry(stage: &Stage) -> Result<()> {
    let name = stage.prefix.as_str();
    stage
        .apply("kube-system", &policy(name, &json!({"podSelector": {"matchLabels": {"a": "b"}}})))
        .await?
        .admitted()?;
    stage
        .kubectl(&["delete", "networkpolicy", name, "--namespace=kube-system"], "")
        .await?
        .admitted()?;
    let calls: Vec<String> = stage.recorder()?.calls("kube-system").iter().map(brief).collect();
    ensure!(calls == ["system-policies CREATE", "system-policies DELETE"], "{calls:?}");
    Ok(())
}

/// Selectors see the label that the API server forces, except before the name of a `generateName` is known.
async fn a_forged_name_label_opens_nothing(stage: &Stage) -> Result<()> {
    let forged = json!({"kubernetes.io/metadata.name": "kube-system"});
    let shop = stage.name("shop");
    let named = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": shop, "labels": forged}});
    stage.kubectl(&["create", "-f", "-"], &named.to_string()).await?.admitted()?;
    expect_calls(stage, &shop, &["labels CREATE", "namespaces CREATE"])?;
    let prefix = stage.name("generated-");
    let generated = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"generateName": prefix, "labels": forged}});
    let created = stage
        .kubectl(&["create", "-f", "-", "-o", "jsonpath={.metadata.name}"], &generated.to_string())
        .await?;
    expect_calls(stage, &created.admitted()?.stdout, &["namespaces CREATE"])
}

async fn namespace(stage: &Stage) -> Result<String> {
    let name = stage.name("shop");
    stage.kubectl(&["create", "namespace", &name], "").await?.admitted()?;
    Ok(name)
}

async fn finalizers(stage: &Stage, namespace: &str, finalizers: &Value) -> Result<()> {
    let patch = json!({"metadata": {"finalizers": finalizers}}).to_string();
    let arguments = [
        "patch",
        "networkpolicy",
        "deny",
        "--type=merge",
        "--namespace",
        namespace,
        "--patch",
        &patch,
    ];
    stage.kubectl(&arguments, "").await?.admitted()?;
    Ok(())
}

fn expect_calls(stage: &Stage, namespace: &str, expected: &[&str]) -> Result<()> {
    let calls = stage.recorder()?.calls(namespace);
    let brief: Vec<String> = calls.iter().map(brief).collect();
    ensure!(brief == expected, "expected {expected:?}, and came {calls:#?}");
    Ok(())
}

fn brief(call: &Call) -> String {
    format!("{} {} {}", call.entry, call.operation, call.sub_resource).trim_end().to_owned()
}
