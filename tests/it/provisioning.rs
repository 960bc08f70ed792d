//! Namespaces that are declared `managed` get their policies from the controller, and keep them.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::networking::v1::NetworkPolicy;
use kube::Api;
use kube::api::{ListParams, PostParams};
use serde_json::{Value, json};

use crate::auditor::Auditor;
use crate::controller::{HOME, events, hurried};
use crate::installation;
use crate::objects::{DECLARATION, deny_ingress, deployment, list, namespace};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;
use crate::wait::until;

pub(crate) const WITH_WEBHOOK: &[Scenario] = scenarios![
    a_workload_may_come_with_its_managed_namespace,
    those_who_wait_in_vain_keep_nobody_out,
];

pub(crate) const ALONE: &[Scenario] = scenarios![
    managed_namespaces_get_their_policies_and_keep_them,
    what_is_no_longer_managed_is_let_go,
];

/// Between a change and what the controller makes of it.
const SOON: Duration = Duration::from_secs(20);

const COMPANION: &str = "portcullis-allow-same-namespace";
const DEFAULT_DENY: &str = "portcullis-default-deny";

/// So often a namespace and its workload are applied at once.
const TIMES: usize = 200;
/// So many of them side by side.
const AT_A_TIME: usize = 8;
/// So many workloads come at the same moment.
const MANY: usize = 500;

/// A controller that provisions.
pub(crate) fn enabled(settings: &mut Value) {
    hurried(settings);
    settings["controller"]["enabled"] = json!(true);
    settings["controller"]["templates"] = json!(["allow-dns", "allow-same-namespace"]);
}

async fn start(stage: &Stage, name: &str) -> Result<Auditor> {
    installation::install_without_webhooks(&stage.plane).await?;
    let mut auditor = Auditor::start(stage, name, HOME, enabled).await?;
    auditor.leads().await?;
    Ok(auditor)
}

async fn create(stage: &Stage, suffix: &str) -> Result<String> {
    let shop = stage.name(suffix);
    let manifest = namespace(&shop, &[(DECLARATION, "managed")]).to_string();
    stage.kubectl(&["create", "-f", "-"], &manifest).await?.admitted()?;
    Ok(shop)
}

fn policies(stage: &Stage, namespace: &str) -> Api<NetworkPolicy> {
    Api::namespaced(stage.client.clone(), namespace)
}

/// The policies of a namespace by name, as they are stored.
async fn stored(stage: &Stage, namespace: &str) -> Result<Vec<(String, Value)>> {
    let list = policies(stage, namespace).list(&ListParams::default()).await?;
    let named = |policy: NetworkPolicy| {
        Ok((policy.metadata.name.clone().context("a name")?, serde_json::to_value(policy)?))
    };
    list.items.into_iter().map(named).collect()
}

/// Waits until the namespace has both policies, saying what they are to say.
async fn complete(stage: &Stage, namespace: &str) -> Result<Vec<(String, Value)>> {
    let neighbours = json!([{"from": [{"podSelector": {}}]}]);
    let specs = [
        json!({"podSelector": {}, "policyTypes": ["Ingress"], "ingress": neighbours}),
        json!({"podSelector": {}, "policyTypes": ["Ingress"]}),
    ];
    until(SOON, "the policies of the controller", || async {
        let found = stored(stage, namespace).await?;
        let is_there =
            found.len() == 2
                && [COMPANION, DEFAULT_DENY].iter().zip(&specs).zip(&found).all(
                    |((name, spec), (found, policy))| found == name && policy["spec"] == *spec,
                );
        Ok(is_there.then_some(found))
    })
    .await
}

fn version(policy: &Value) -> Result<u64> {
    Ok(policy["metadata"]["resourceVersion"].as_str().context("a version")?.parse()?)
}

async fn managed_namespaces_get_their_policies_and_keep_them(stage: &Stage) -> Result<()> {
    let auditor = start(stage, "provisioner").await?;
    let shop = create(stage, "shop").await?;
    let found = complete(stage, &shop).await.with_context(|| auditor.last_words())?;
    for (name, policy) in &found {
        let label = &policy["metadata"]["labels"]["app.kubernetes.io/managed-by"];
        ensure!(label == "portcullis", "{name}: {policy}");
    }
    ensure!(
        version(&found[0].1)? < version(&found[1].1)?,
        "the default-deny came first: {found:?}"
    );
    tokio::time::sleep(Duration::from_secs(12)).await;
    let later = stored(stage, &shop).await?;
    ensure!(found == later, "written without a change: {found:?} {later:?}");

    stage.within(&shop, &["delete", "networkpolicy", DEFAULT_DENY]).await?.admitted()?;
    complete(stage, &shop).await.context("after a deletion")?;
    // Fields that nobody applies: server-side apply alone would leave some of them.
    for patch in [
        json!({"spec": {"ingress": [{}]}}),
        json!({"spec": {"egress": [{}]}}),
        json!({"spec": {"podSelector": {"matchLabels": {"app": "web"}}}}),
        json!({"metadata": {"labels": {"app.kubernetes.io/managed-by": "somebody"}}}),
    ] {
        for name in [COMPANION, DEFAULT_DENY] {
            edit(stage, &shop, name, &patch).await?;
            complete(stage, &shop).await.with_context(|| format!("{name}: {patch}"))?;
        }
    }
    // What somebody closes stays closed, and the companions follow.
    let closed = json!({"spec": {"policyTypes": ["Ingress", "Egress"], "egress": [{}]}});
    edit(stage, &shop, DEFAULT_DENY, &closed).await?;
    until(SOON, "egress to be closed", || async {
        let found = stored(stage, &shop).await?;
        let [.., (companion, same), (deny, default_deny)] = found.as_slice() else {
            return Ok(None);
        };
        let is_closed = companion == COMPANION
            && deny == DEFAULT_DENY
            && same["spec"]["egress"] == json!([{"to": [{"podSelector": {}}]}])
            && default_deny["spec"]
                == json!({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]});
        Ok(is_closed.then_some(()))
    })
    .await
    .with_context(|| auditor.last_words())
}

async fn edit(stage: &Stage, namespace: &str, policy: &str, patch: &Value) -> Result<()> {
    let arguments = ["patch", "networkpolicy", policy, "--type=merge", "-p", &patch.to_string()];
    stage.within(namespace, &arguments).await?.admitted()?;
    Ok(())
}

async fn what_is_no_longer_managed_is_let_go(stage: &Stage) -> Result<()> {
    let auditor = start(stage, "releaser").await?;
    let shop = create(stage, "shop").await?;
    let before = complete(stage, &shop).await.with_context(|| auditor.last_words())?;
    let label = format!("{DECLARATION}=self");
    stage.kubectl(&["label", "--overwrite", "namespace", &shop, &label], "").await?.admitted()?;
    let after = until(SOON, "the policies to be let go", || async {
        let found = stored(stage, &shop).await?;
        let is_ours = |policy: &Value| {
            let managers =
                policy["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
            !policy["metadata"]["labels"].is_null()
                || managers.iter().any(|entry| entry["manager"] == "portcullis")
        };
        Ok((!found.iter().any(|(_, policy)| is_ours(policy))).then_some(found))
    })
    .await
    .with_context(|| auditor.last_words())?;
    for ((name, before), (_, after)) in before.iter().zip(&after) {
        ensure!(before["spec"] == after["spec"], "{name} lost something: {before} {after}");
        ensure!(before["metadata"]["uid"] == after["metadata"]["uid"], "{name} is another object");
    }
    let told = until(SOON, "the Events", || async {
        let mut told = events(stage, &shop).await?;
        told.retain(|event| event.reason.as_deref() == Some("PolicyReleased"));
        Ok((told.len() == 2).then_some(told))
    })
    .await?;
    ensure!(
        told[0].note.as_deref().is_some_and(|note| note.contains("is no longer kept")),
        "{told:?}"
    );
    // Nobody repairs it any more.
    stage.within(&shop, &["delete", "networkpolicy", COMPANION]).await?.admitted()?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    ensure!(stored(stage, &shop).await?.len() == 1);
    // Declared again, it is kept again.
    let label = format!("{DECLARATION}=managed");
    stage.kubectl(&["label", "--overwrite", "namespace", &shop, &label], "").await?.admitted()?;
    complete(stage, &shop).await.context("declared again")?;
    Ok(())
}

/// The webhook waits for the controller, so one `kubectl apply` of both succeeds each time.
async fn a_workload_may_come_with_its_managed_namespace(stage: &Stage) -> Result<()> {
    let mut auditor = Auditor::start(stage, "waited-for", HOME, enabled).await?;
    auditor.leads().await?;
    let round = async |round: usize| {
        let shop = stage.name(&round.to_string());
        let mut web = deployment("web");
        web["metadata"]["namespace"] = json!(shop);
        let both = list(&[namespace(&shop, &[(DECLARATION, "managed")]), web]);
        let applied = stage.kubectl(&["apply", "-f", "-"], &both.to_string()).await?;
        applied.admitted().with_context(|| format!("round {round}: {}", auditor.last_words()))?;
        complete(stage, &shop).await?;
        stage.wait_for_pods(&shop, "web", 1).await?;
        anyhow::Ok(())
    };
    let rounds = stream::iter(0..TIMES).map(round).buffer_unordered(AT_A_TIME);
    rounds.try_collect::<()>().await?;
    let prefix = stage.name("");
    let events = stage.plane.audit_log().of_namespaces(|name| name.starts_with(&prefix))?;
    for round in 0..TIMES {
        no_pod_came_before_its_policy(&events, &stage.name(&round.to_string()))?;
    }
    // Nobody waits for a controller that has left.
    ensure!(auditor.terminate().await? == 0);
    tokio::time::sleep(Duration::from_secs(3)).await;
    let shop = create(stage, "late").await?;
    let refused = stage.apply(&shop, &deployment("web")).await?.rejected("uncovered-workload")?;
    ensure!(refused.stderr.contains("no controller is at work"), "{}", refused.stderr);
    Ok(())
}

/// As the API server wrote it down: a policy that isolates every pod was stored, and then a Pod. That policy may be a
/// companion, which closes what it does not allow; the default-deny comes behind it. Answers may be written down in
/// another order than that in which objects were stored; versions tell that one.
fn no_pod_came_before_its_policy(events: &[Value], namespace: &str) -> Result<()> {
    let first = |resource: &str, is_asked: fn(&Value) -> bool| {
        let stored = events.iter().filter(|event| {
            let object = &event["objectRef"];
            let is_stored = event["responseStatus"]["code"] == 201;
            let is_whole = object["resource"] == resource && object["subresource"].is_null();
            let is_here = object["namespace"] == namespace;
            is_here && is_whole && is_stored && is_asked(&event["responseObject"]["spec"])
        });
        let version = |event: &Value| {
            let version = event["responseObject"]["metadata"]["resourceVersion"].as_str()?;
            version.parse::<u64>().ok()
        };
        stored.filter_map(version).min()
    };
    let isolates_all =
        |spec: &Value| spec["podSelector"] == json!({}) && spec["policyTypes"][0] == "Ingress";
    let closed = first("networkpolicies", isolates_all).context("no policy was stored")?;
    let ran = first("pods", |_| true).context("no Pod was stored")?;
    ensure!(closed < ran, "in {namespace} a Pod was stored ({ran}) before its policy ({closed})");
    Ok(())
}

/// A controller that was killed still holds its Lease: then 64 wait, and nobody else does.
async fn those_who_wait_in_vain_keep_nobody_out(stage: &Stage) -> Result<()> {
    let mut auditor = Auditor::start(stage, "killed", HOME, enabled).await?;
    auditor.leads().await?;
    drop(auditor);
    let shop = create(stage, "shop").await?;
    let other = stage.declared("other").await?;
    let api: Api<Deployment> = Api::namespaced(stage.client.clone(), &shop);
    let attempt = async |number: usize| {
        let web: Deployment = serde_json::from_value(deployment(&format!("web{number}")))?;
        let outcome = api.create(&PostParams::default(), &web).await;
        let error = outcome.err().map(|error| error.to_string()).unwrap_or_default();
        ensure!(error.contains("uncovered-workload"), "attempt {number}: {error:?}");
        Ok(())
    };
    let attempts = stream::iter(0..MANY).map(attempt).buffer_unordered(MANY);
    // Policies are judged under `Fail` and within 3 s: an answer that comes too late would refuse them.
    let others = async {
        stage.apply(&other, &deny_ingress()).await?.admitted()?;
        stage.apply(&other, &deployment("web")).await?.admitted()?;
        anyhow::Ok(())
    };
    tokio::try_join!(attempts.try_collect::<()>(), others)?;
    Ok(())
}
