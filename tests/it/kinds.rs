//! Kinds that are served only sometimes, and kinds that may not be read.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use portcullis::cluster::{Handle, Live, Watch, connect};
use portcullis::engine::Need;
use portcullis::model::Settings;
use portcullis::object::Kind;
use serde_json::{Value, json};

use crate::control_plane::users::ADMIN;
use crate::objects::list;
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;
use crate::wait::until;
use crate::webhook::Webhook;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![
    kinds_come_and_go_without_a_restart,
    a_webhook_is_ready_without_rights_on_what_tells_facts,
];

/// Under the rights that deploy/ gives.
pub(crate) const DEPLOYED: &[Scenario] = scenarios![the_shipped_rights_leave_nothing_out];

const PATIENCE: Duration = Duration::from_mins(1);

/// A definition that lets everything pass, in one version.
pub(crate) fn definition(group: &str, version: &str, plural: &str, kind: &str) -> Value {
    let schema = json!({"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}});
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": format!("{plural}.{group}"),
            // Groups of Kubernetes' own are refused without it.
            "annotations": {"api-approved.kubernetes.io": "unapproved, for a test"},
        },
        "spec": {
            "group": group,
            "names": {"kind": kind, "plural": plural},
            "scope": "Namespaced",
            "versions": [{"name": version, "served": true, "storage": true, "schema": schema}],
        },
    })
}

/// How many objects of `kind` the World holds, in `namespace` where they are in one.
fn count(handle: &Handle, kind: Kind, namespace: &str) -> Result<usize> {
    let world = handle.world().context("the World is gone")?;
    if !kind.is_namespaced() {
        return Ok(world.cluster_objects(kind).count());
    }
    Ok(world.namespace(namespace).map_or(0, |view| view.others(kind).count()))
}

async fn until_there_are(
    handle: &Handle,
    kind: Kind,
    namespace: &str,
    wanted: usize,
) -> Result<()> {
    until(PATIENCE, &format!("{wanted} {}", kind.plural()), || async {
        Ok((count(handle, kind, namespace)? == wanted).then_some(()))
    })
    .await
    .with_context(|| format!("{:?}", handle.contacts().get(&kind)))
}

/// The second is served in a version that is not the first to be looked for.
const KINDS: [Kind; 3] = [Kind::ServiceMonitor, Kind::HttpRoute, Kind::ClusterNetworkPolicy];
const DEFINITIONS: [&str; 3] = [
    "servicemonitors.monitoring.coreos.com",
    "httproutes.gateway.networking.k8s.io",
    "clusternetworkpolicies.policy.networking.k8s.io",
];

/// Defines the kinds: the last by the file that its project publishes.
async fn define(stage: &Stage) -> Result<()> {
    let definitions = [
        definition("monitoring.coreos.com", "v1", "servicemonitors", "ServiceMonitor"),
        definition("gateway.networking.k8s.io", "v1beta1", "httproutes", "HTTPRoute"),
    ];
    let definitions = list(&definitions).to_string();
    stage.kubectl(&["create", "-f", "-"], &definitions).await?.admitted()?;
    let published = stage.plane.definition("clusternetworkpolicies");
    let published = published.to_str().context("the path of the definitions is text")?;
    stage.kubectl(&["create", "-f", published], "").await?.admitted()?;
    for definition in DEFINITIONS {
        stage.wait_until_established(definition).await?;
    }
    Ok(())
}

/// One object of each of the kinds.
fn objects() -> [Value; 3] {
    [
        json!({
            "apiVersion": "monitoring.coreos.com/v1", "kind": "ServiceMonitor", "metadata": {"name": "web"},
            "spec": {"selector": {"matchLabels": {"app": "web"}}, "endpoints": [{"port": "metrics"}]},
        }),
        json!({
            "apiVersion": "gateway.networking.k8s.io/v1beta1", "kind": "HTTPRoute", "metadata": {"name": "web"},
            "spec": {"parentRefs": [{"name": "front"}], "rules": [{"backendRefs": [{"name": "web", "port": 80}]}]},
        }),
        json!({
            "apiVersion": "policy.networking.k8s.io/v1alpha2", "kind": "ClusterNetworkPolicy", "metadata": {"name": "web"},
            "spec": {"tier": "Admin", "priority": 10, "subject": {"namespaces": {"matchLabels": {"no": "body"}}},
                "ingress": [{"action": "Deny", "from": [{"namespaces": {}}]}]},
        }),
    ]
}

async fn kinds_come_and_go_without_a_restart(stage: &Stage) -> Result<()> {
    let connection = connect(Some(&stage.plane.kubeconfig(ADMIN))).await?;
    let handle = Watch::start(&connection, &Settings::default());
    tokio::time::timeout(PATIENCE, handle.synced()).await.context("no World")?;
    let watched = handle.contacts();
    ensure!(KINDS.iter().all(|kind| !watched.contains_key(kind)), "watched: {watched:?}");

    let shop = stage.name("shop");
    stage.kubectl(&["create", "namespace", &shop], "").await?.admitted()?;
    define(stage).await?;
    for object in objects() {
        stage.apply(&shop, &object).await?.admitted()?;
    }
    for kind in KINDS {
        until_there_are(&handle, kind, &shop, 1).await?;
    }
    ensure!(handle.missing().is_empty(), "nothing is missing: {:?}", handle.missing());

    stage.kubectl(&[&["delete", "crd"], &DEFINITIONS[..]].concat(), "").await?.admitted()?;
    for kind in KINDS {
        until_there_are(&handle, kind, &shop, 0).await?;
        until(PATIENCE, "its watch to end", || async {
            Ok((!handle.contacts().contains_key(&kind)).then_some(()))
        })
        .await?;
    }
    ensure!(handle.missing().is_empty(), "nothing is missing: {:?}", handle.missing());
    Ok(())
}

/// A kubeconfig for a new `ServiceAccount` that may read what no World can do without, and nothing else.
async fn frugal(stage: &Stage, namespace: &str) -> Result<PathBuf> {
    let name = stage.name("frugal");
    let reads = |kind: Kind| json!({"apiGroups": [kind.group()], "resources": [kind.plural()], "verbs": ["get", "list", "watch"]});
    let needed = Kind::ALL.into_iter().filter(|kind| kind.is_indispensable());
    let subject = json!({"kind": "ServiceAccount", "name": "frugal", "namespace": namespace});
    let api = "rbac.authorization.k8s.io";
    let role_ref = json!({"apiGroup": api, "kind": "ClusterRole", "name": name});
    let objects = [
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "frugal", "namespace": namespace}}),
        json!({"apiVersion": format!("{api}/v1"), "kind": "ClusterRole", "metadata": {"name": name},
            "rules": needed.map(reads).collect::<Vec<Value>>()}),
        json!({"apiVersion": format!("{api}/v1"), "kind": "ClusterRoleBinding", "metadata": {"name": name},
            "roleRef": role_ref, "subjects": [subject]}),
    ];
    stage.kubectl(&["create", "-f", "-"], &list(&objects).to_string()).await?.admitted()?;
    let token = stage.within(namespace, &["create", "token", "frugal"]).await?.admitted()?.stdout;
    stage.plane.write_kubeconfig(&name, token.trim(), stage.plane.port())
}

async fn a_webhook_is_ready_without_rights_on_what_tells_facts(stage: &Stage) -> Result<()> {
    let shop = stage.name("shop");
    stage.kubectl(&["create", "namespace", &shop], "").await?.admitted()?;
    let kubeconfig = frugal(stage, &shop).await?;
    // Live reads do without the rest as well.
    let live = Live::new(connect(Some(&kubeconfig)).await?, &Settings::default());
    let needs = BTreeSet::from([Need::Policies(shop.clone()), Need::ClusterPolicies]);
    live.read(&needs, Instant::now() + PATIENCE).await?;
    let webhook = Webhook::start(&stage.plane, &stage.name("webhook"), "{}", kubeconfig).await?;
    let ready = webhook.ask("/readyz").await?;
    for kind in [Kind::Node, Kind::Ingress, Kind::CustomResourceDefinition] {
        let plural = kind.plural();
        let expected = format!("without {plural}: {plural}");
        ensure!(
            ready.lines().any(|it| it.starts_with(&expected) && it.contains("forbidden")),
            "{ready}"
        );
    }
    ensure!(ready.contains("without configmaps kube-system/cilium-config: "), "{ready}");
    for (kind, missing) in [("Node", 1.0), ("Pod", 0.0)] {
        let label = format!("kind=\"{kind}\"");
        let found = webhook.metric("portcullis_cache_missing", &label).await?;
        ensure!(found.total_cmp(&missing).is_eq(), "missing {kind}: {found}");
    }
    let age = webhook.metric("portcullis_cache_age_seconds", "kind=\"Pod\"").await?;
    ensure!((0.0..40.0).contains(&age), "{age}");

    // It is noticed when the right is given.
    let name = stage.name("nodes");
    let create = ["create", "clusterrole", &name, "--verb=list,watch", "--resource=nodes"];
    stage.kubectl(&create, "").await?.admitted()?;
    let (role, account) =
        (format!("--clusterrole={name}"), format!("--serviceaccount={shop}:frugal"));
    let bind = ["create", "clusterrolebinding", &name, &role, &account];
    stage.kubectl(&bind, "").await?.admitted()?;
    until(PATIENCE, "the nodes to be read", || async {
        let ready = webhook.ask("/readyz").await?;
        Ok((!ready.contains("without nodes") && ready.contains("without ingresses")).then_some(()))
    })
    .await
}

async fn the_shipped_rights_leave_nothing_out(stage: &Stage) -> Result<()> {
    let (webhook, _) = stage.webhook()?;
    let ready = webhook.ask("/readyz").await?;
    ensure!(ready == "ok\n", "{ready}");
    Ok(())
}
