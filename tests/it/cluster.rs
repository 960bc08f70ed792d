//! Watches and live reads of a real API server.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use axum::body::Bytes;
use http_body_util::{BodyExt as _, Full, combinators::UnsyncBoxBody};
use k8s_openapi::api::core::v1::{Namespace, ServiceAccount};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use kube::api::{DeleteParams, PostParams};
use kube::{Api, Client};
use portcullis::cluster::{Connection, Handle, Live, Watch, connect};
use portcullis::engine::Need;
use portcullis::model::{NamespaceView, Settings, World};
use portcullis::object::Kind;
use serde_json::{Value, json};

use crate::control_plane::users::{ADMIN, DEVELOPER, User};
use crate::proxy::Proxy;
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;
use crate::wait::until;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![
    the_world_follows_the_cluster,
    garbage_hides_nothing_else,
    what_may_not_be_watched_is_named,
    a_live_read_sees_the_write_just_before,
    a_live_read_does_not_outlast_its_deadline,
    dead_connections_stop_neither_reads_nor_watches,
];

/// These disturb everyone else: they have an act of their own.
pub(crate) const RESTART: &[Scenario] = scenarios![the_watches_survive_a_restart];

const PATIENCE: Duration = Duration::from_mins(1);

async fn connection(stage: &Stage, user: User) -> Result<Connection> {
    Ok(connect(Some(&stage.plane.kubeconfig(user))).await?)
}

async fn synced(connection: &Connection) -> Result<Handle> {
    let handle = Watch::start(connection, &Settings::default());
    tokio::time::timeout(PATIENCE, handle.synced())
        .await
        .with_context(|| format!("no World: {:?}", handle.unready()))?;
    Ok(handle)
}

/// Waits until the World shows the namespace as `wanted`.
async fn until_seen(
    handle: &Handle,
    namespace: &str,
    what: &str,
    wanted: impl Fn(&NamespaceView) -> bool,
) -> Result<()> {
    until(PATIENCE, what, || async {
        let world = handle.world().context("the World is gone")?;
        Ok(world.namespace(namespace).is_some_and(&wanted).then_some(()))
    })
    .await
}

fn has(kind: Kind) -> impl Fn(&NamespaceView) -> bool {
    move |view| view.workloads.keys().any(|key| key.0 == kind)
}

async fn create_namespace(stage: &Stage, name: &str) -> Result<()> {
    let namespace = serde_json::from_value(json!({"metadata": {"name": name}}))?;
    let namespaces: Api<Namespace> = Api::all(stage.client.clone());
    namespaces.create(&PostParams::default(), &namespace).await?;
    Ok(())
}

fn policies(stage: &Stage, namespace: &str) -> Api<NetworkPolicy> {
    Api::namespaced(stage.client.clone(), namespace)
}

async fn create_policy(stage: &Stage, namespace: &str, name: &str) -> Result<()> {
    let policy: Value = json!({"metadata": {"name": name}, "spec": {"podSelector": {}, "policyTypes": ["Ingress"]}});
    let policy = serde_json::from_value(policy)?;
    policies(stage, namespace).create(&PostParams::default(), &policy).await?;
    Ok(())
}

async fn the_world_follows_the_cluster(stage: &Stage) -> Result<()> {
    let handle = synced(&connection(stage, ADMIN).await?).await?;
    let world = handle.world().context("a World")?;
    let default = world.namespace("default").context("the namespace default")?;
    ensure!(default.services.contains_key("kubernetes"), "no Service kubernetes");
    ensure!(!default.endpoint_slices.is_empty(), "no EndpointSlice of the API server");
    ensure!(world.is_live(), "a live World");

    let shop = stage.name("shop");
    create_namespace(stage, &shop).await?;
    create_policy(stage, &shop, "deny").await?;
    until_seen(&handle, &shop, "the policy", |view| view.policies.contains_key("deny")).await?;
    let deployment = ["create", "deployment", "web", "--image=web", "--namespace", &shop];
    stage.kubectl(&deployment, "").await?.admitted()?;
    for kind in [Kind::Deployment, Kind::ReplicaSet, Kind::Pod] {
        until_seen(&handle, &shop, kind.name(), has(kind)).await?;
    }
    until_seen(&handle, &shop, "its ServiceAccount", |view| {
        view.service_accounts.contains_key("default")
    })
    .await?;
    policies(stage, &shop).delete("deny", &DeleteParams::default()).await?;
    until_seen(&handle, &shop, "the policy to go", |view| view.policies.is_empty()).await?;
    for (kind, contact) in handle.contacts() {
        let age = contact.age.with_context(|| format!("no contact for {kind}"))?;
        ensure!(age < Duration::from_secs(40) && contact.error.is_none(), "{kind}: {contact:?}");
    }
    Ok(())
}

const READABLE: &[u8] = br#""garbage":"yes""#;
/// As long as what it replaces: a label that is no text.
const UNREADABLE: &[u8] = br#""garbage":12345"#;

/// A client to whom the API server seems to send garbage: objects with a certain label.
fn mangling(client: Client) -> Client {
    let namespace = client.default_namespace().to_owned();
    let service = tower::service_fn(move |request: http::Request<kube::client::Body>| {
        let client = client.clone();
        async move {
            let is_watch = request.uri().query().is_some_and(|query| query.contains("watch="));
            let (head, body) = client.send(request).await?.into_parts();
            // A list is mangled whole, a watch event by event.
            let body: UnsyncBoxBody<Bytes, tower::BoxError> = if is_watch {
                body.map_frame(|frame| frame.map_data(|data| mangled(&data)))
                    .map_err(tower::BoxError::from)
                    .boxed_unsync()
            } else {
                let whole = body.collect().await?.to_bytes();
                Full::new(mangled(&whole)).map_err(|never| match never {}).boxed_unsync()
            };
            Ok::<_, tower::BoxError>(http::Response::from_parts(head, body))
        }
    });
    Client::new(service, namespace)
}

fn mangled(data: &[u8]) -> Bytes {
    let mut data = data.to_vec();
    let positions: Vec<usize> = data
        .windows(READABLE.len())
        .enumerate()
        .filter(|(_, window)| *window == READABLE)
        .map(|(position, _)| position)
        .collect();
    for position in positions {
        data[position..position + READABLE.len()].copy_from_slice(UNREADABLE);
    }
    data.into()
}

async fn garbage_hides_nothing_else(stage: &Stage) -> Result<()> {
    let shop = stage.name("shop");
    create_namespace(stage, &shop).await?;
    for name in ["a", "broken", "z"] {
        create_policy(stage, &shop, name).await?;
    }
    let label = |policy: &'static str, value: &'static str| {
        let shop = shop.clone();
        async move {
            let arguments = ["label", "networkpolicy", policy, value, "--namespace", &shop];
            stage.kubectl(&arguments, "").await?.admitted().map(|_| ())
        }
    };
    label("broken", "garbage=yes").await?;
    let mangling = Connection::from(mangling(stage.client.clone()));
    let handle = synced(&mangling).await?;
    let only = |names: &'static [&'static str]| {
        move |view: &NamespaceView| view.policies.keys().eq(names.iter())
    };
    // In the first list.
    until_seen(&handle, &shop, "the readable ones", only(&["a", "z"])).await?;
    let unreadable = |handle: &Handle| -> Vec<String> {
        let snapshot = handle.snapshot();
        let ours = snapshot.unreadable.keys().filter(|it| it.namespace.as_deref() == Some(&shop));
        ours.map(|reference| reference.name.clone()).collect()
    };
    ensure!(unreadable(&handle) == ["broken"], "unreadable: {:?}", unreadable(&handle));
    let needs = BTreeSet::from([Need::Policies(shop.clone())]);
    let live = Live::new(mangling, &Settings::default());
    let readings = live.read(&needs, Instant::now() + PATIENCE).await?;
    ensure!(readings.unreadable().count() == 1, "the live read did not report it");
    let read = readings.apply(&World::live());
    ensure!(read.namespace(&shop).is_some_and(only(&["a", "z"])), "the live read hid something");

    // When it changes: it is not served as it was before.
    label("a", "garbage=yes").await?;
    label("broken", "garbage-").await?;
    until_seen(&handle, &shop, "what changed", only(&["broken", "z"])).await?;
    ensure!(unreadable(&handle) == ["a"], "unreadable: {:?}", unreadable(&handle));
    Ok(())
}

async fn what_may_not_be_watched_is_named(stage: &Stage) -> Result<()> {
    let handle = Watch::start(&connection(stage, DEVELOPER).await?, &Settings::default());
    until(PATIENCE, "the reason", || async {
        let unready = handle.unready().context("it cannot be ready")?;
        let mut lines = unready.lines();
        let named = lines
            .any(|line| line.starts_with("clusterrolebindings: ") && line.contains("forbidden"));
        Ok(named.then_some(()))
    })
    .await?;
    ensure!(handle.world().is_none(), "a World without all kinds");
    Ok(())
}

async fn a_live_read_sees_the_write_just_before(stage: &Stage) -> Result<()> {
    let live = Live::new(connection(stage, ADMIN).await?, &Settings::default());
    let shop = stage.name("shop");
    let namespace = BTreeSet::from([Need::Namespace(shop.clone())]);
    let deadline = || Instant::now() + Duration::from_secs(20);
    let missing = live.read(&namespace, deadline()).await?.apply(&World::live());
    ensure!(missing.namespace(&shop).is_none(), "a namespace that does not exist");
    create_namespace(stage, &shop).await?;
    let found = live.read(&namespace, deadline()).await?.apply(&World::live());
    ensure!(found.namespace(&shop).is_some_and(|view| view.object.is_some()), "no namespace");

    let needs = BTreeSet::from([Need::Policies(shop.clone()), Need::Workloads(shop.clone())]);
    // Others read all the time, so that reads are shared.
    let others = Arc::new(live.clone());
    let noise: Vec<_> = (0..4)
        .map(|_| {
            let (live, needs) = (Arc::clone(&others), needs.clone());
            tokio::spawn(async move {
                while live.read(&needs, Instant::now() + PATIENCE).await.is_ok() {}
            })
        })
        .collect();
    let mut world = found;
    for number in 0..20 {
        let name = format!("policy-{number}");
        create_policy(stage, &shop, &name).await?;
        world = live.read(&needs, deadline()).await?.apply(&world);
        let policies = world.namespace(&shop).map(|view| view.policies.len());
        ensure!(policies == Some(number + 1), "{policies:?} policies after writing {name}");
        policies_deleted(stage, &shop, number, &live, &needs, &world).await?;
    }
    noise.iter().for_each(tokio::task::JoinHandle::abort);
    Ok(())
}

/// A policy that comes and goes is gone for the next read.
async fn policies_deleted(
    stage: &Stage,
    shop: &str,
    number: usize,
    live: &Live,
    needs: &BTreeSet<Need>,
    world: &World,
) -> Result<()> {
    let name = format!("brief-{number}");
    create_policy(stage, shop, &name).await?;
    policies(stage, shop).delete(&name, &DeleteParams::default()).await?;
    let world = live.read(needs, Instant::now() + PATIENCE).await?.apply(world);
    let seen = world.namespace(shop).is_some_and(|view| view.policies.contains_key(&name));
    ensure!(!seen, "{name} was deleted before the read");
    Ok(())
}

async fn a_live_read_does_not_outlast_its_deadline(stage: &Stage) -> Result<()> {
    let silence = tower::service_fn(|_: http::Request<kube::client::Body>| {
        std::future::pending::<Result<http::Response<Full<Bytes>>, tower::BoxError>>()
    });
    let live = Live::new(Client::new(silence, "default").into(), &Settings::default());
    let needs = BTreeSet::from([Need::Policies(stage.name("shop"))]);
    let start = Instant::now();
    let error = live.read(&needs, start + Duration::from_millis(300)).await.err();
    let error = error.context("an answer out of silence")?.to_string();
    ensure!(error.contains("in time"), "{error}");
    ensure!(start.elapsed() < Duration::from_secs(2), "took {:?}", start.elapsed());
    Ok(())
}

/// Behind a firewall that has forgotten them all connections stay open and silent.
async fn dead_connections_stop_neither_reads_nor_watches(stage: &Stage) -> Result<()> {
    let proxy = Proxy::start(stage.plane.port()).await?;
    let name = format!("{}-proxied", stage.prefix);
    let connection =
        connect(Some(&stage.plane.write_kubeconfig(&name, ADMIN.name, proxy.port)?)).await?;
    let handle = synced(&connection).await?;
    let live = Live::new(connection, &Settings::default());
    let shop = stage.name("shop");
    create_namespace(stage, &shop).await?;
    let needs = BTreeSet::from([
        Need::Namespace(shop.clone()),
        Need::Policies(shop.clone()),
        Need::Workloads(shop.clone()),
    ]);
    // Leaves many idle connections behind.
    live.read(&needs, Instant::now() + PATIENCE).await?;
    until_seen(&handle, &shop, "the namespace", |view| view.object.is_some()).await?;

    proxy.cut();
    create_policy(stage, &shop, "after").await?;
    let start = Instant::now();
    let world = live.read(&needs, start + Duration::from_secs(20)).await?.apply(&World::live());
    let seen = world.namespace(&shop).is_some_and(|view| view.policies.contains_key("after"));
    ensure!(seen, "the policy was not read");
    ensure!(start.elapsed() < Duration::from_secs(5), "the read took {:?}", start.elapsed());
    // The cut is noticed when the watches should have been renewed.
    for _ in 0..2 {
        if until_seen(&handle, &shop, "the policy", |view| !view.policies.is_empty()).await.is_ok()
        {
            return Ok(());
        }
    }
    bail!("the watches have not noticed the cut: {:?}", handle.contacts())
}

async fn the_watches_survive_a_restart(stage: &Stage) -> Result<()> {
    let connection = connection(stage, ADMIN).await?;
    let handle = synced(&connection).await?;
    let live = Live::new(connection, &Settings::default());
    let shop = stage.name("shop");
    create_namespace(stage, &shop).await?;
    create_policy(stage, &shop, "before").await?;
    until_seen(&handle, &shop, "the policy", |view| view.policies.contains_key("before")).await?;

    stage.plane.restart_api_server().await?;
    ensure!(handle.world().is_some(), "the restart took the World away");
    create_policy(stage, &shop, "after").await?;
    policies(stage, &shop).delete("before", &DeleteParams::default()).await?;
    let needs = BTreeSet::from([Need::Namespace(shop.clone()), Need::Policies(shop.clone())]);
    let read = live.read(&needs, Instant::now() + PATIENCE).await?;
    let world = read.apply(handle.world().as_deref().context("the World")?);
    let seen = world.namespace(&shop).context("the namespace")?;
    ensure!(seen.policies.keys().eq(["after"]), "live: {:?}", seen.policies);

    until_seen(&handle, &shop, "the World to follow", |view| view.policies.keys().eq(["after"]))
        .await?;
    until(PATIENCE, "all watches to be well again", || async {
        let contacts = handle.contacts();
        Ok(contacts.values().all(|contact| contact.error.is_none()).then_some(()))
    })
    .await?;
    let accounts: Api<ServiceAccount> = Api::namespaced(stage.client.clone(), &shop);
    let account = serde_json::from_value(json!({"metadata": {"name": "late"}}))?;
    accounts.create(&PostParams::default(), &account).await?;
    until_seen(&handle, &shop, "the account", |view| view.service_accounts.contains_key("late"))
        .await
}
