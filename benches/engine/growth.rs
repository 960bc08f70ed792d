//! All connections of clusters that grow: time, memory, and how both grow with the size.

use std::time::Instant;

use anyhow::{Context as _, Result};
use portcullis::connections::{connections, network};
use portcullis::model::{Settings, World};
use portcullis::object::{Kind, Object};
use serde_json::{Value, json};

use crate::calico;
use crate::cilium;
use crate::measure::{memory, peak, reset_peak};

/// 500 namespaces hold 10,000 Pods of 2,500 workloads, and 3,000 policies.
const NAMESPACES: usize = 500;
const APPS: [&str; 5] = ["api", "cache", "db", "web", "worker"];
const REPLICAS: usize = 4;

/// In whose words the teams write their policies.
#[derive(Clone, Copy)]
pub(crate) enum Words {
    Kubernetes,
    Cilium,
    Calico,
}

impl Words {
    fn policies(self, namespace: &str, index: usize) -> Vec<Value> {
        match self {
            Self::Kubernetes => policies(namespace, index),
            Self::Cilium => cilium::policies(namespace, index),
            Self::Calico => calico::policies(namespace, index),
        }
    }

    fn of_the_cluster(self) -> Vec<Value> {
        match self {
            Self::Kubernetes => Vec::new(),
            Self::Cilium => cilium::of_the_cluster(),
            Self::Calico => calico::of_the_cluster(),
        }
    }
}

pub(crate) fn growth(words: Words, largest: usize) -> Result<()> {
    println!(
        "\n{:>5} {:>8} {:>9} {:>10} {:>10} {:>10} {:>8} {:>10} {:>8}",
        "size", "Pods", "policies", "World MiB", "pairs", "seconds", "ratio", "peak MiB", "listing"
    );
    let mut last: Option<f64> = None;
    for size in [1, 2, 4, 8].into_iter().filter(|size| *size <= largest) {
        let namespaces = NAMESPACES * size;
        let empty = memory()?;
        let world = world(words, namespaces)?;
        let held = memory()?;
        reset_peak()?;
        let begin = Instant::now();
        let found = connections(&world, &network(&world, &Settings::default()));
        let seconds = begin.elapsed().as_secs_f64();
        let peak = peak()?.saturating_sub(held);
        let begin = Instant::now();
        let pairs = found.iter().count();
        let listing = begin.elapsed().as_secs_f64();
        let ratio = last.map_or(1.0, |last| seconds / last);
        last = Some(seconds);
        println!(
            "{size:5} {:8} {:9} {:10} {pairs:10} {seconds:10.3} {ratio:8.2} {peak:10} {listing:8.3}",
            namespaces * APPS.len() * REPLICAS,
            world.namespaces().map(|view| view.policies.len()).sum::<usize>()
                + world.cilium_policies().count()
                + world.calico_policies().count(),
            held.saturating_sub(empty),
        );
    }
    Ok(())
}

fn world(words: Words, namespaces: usize) -> Result<World> {
    let mut world = World::live();
    let teams = (0..namespaces).flat_map(|index| team(words, index));
    for value in system().into_iter().chain(words.of_the_cluster()).chain(teams) {
        let text = |field: &str| value[field].as_str().unwrap_or_default();
        let kind = Kind::of(text("apiVersion"), text("kind")).context("a kind that is read")?;
        world.put(Object::from_value(kind, &value)?);
    }
    Ok(world)
}

/// Whom everybody talks to, and who talks to everybody.
fn system() -> Vec<Value> {
    let pods = [
        ("ingress-nginx", "controller", "10.255.0.1"),
        ("kube-system", "coredns", "10.255.0.2"),
        ("monitoring", "prometheus", "10.255.0.3"),
    ];
    let of = |(namespace, app, address): &(&str, &str, &str)| {
        [namespace_object(namespace, "platform"), pod(namespace, app, 0, address)]
    };
    pods.iter().flat_map(of).collect()
}

fn team(words: Words, index: usize) -> Vec<Value> {
    let namespace = format!("team-{index:05}");
    let apps = APPS.iter().enumerate().flat_map(|(app, name)| {
        let pods =
            (0..REPLICAS).map(move |replica| (index * APPS.len() + app) * REPLICAS + replica);
        let pods = pods.enumerate().map(|(replica, number)| {
            let address = format!("10.{}.{}.{}", number >> 16, (number >> 8) & 255, number & 255);
            pod(&namespace, name, replica, &address)
        });
        std::iter::once(stateful_set(&namespace, name)).chain(pods.collect::<Vec<_>>())
    });
    let object = namespace_object(&namespace, &format!("t{}", index % 50));
    std::iter::once(object).chain(apps).chain(words.policies(&namespace, index)).collect()
}

fn namespace_object(name: &str, team: &str) -> Value {
    let labels = json!({"kubernetes.io/metadata.name": name, "team": team});
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
}

fn template(app: &str) -> Value {
    json!({"metadata": {"labels": {"app": app}},
        "spec": {"containers": [{"name": app, "ports": [{"name": "http", "containerPort": 8080}]}]}})
}

fn stateful_set(namespace: &str, app: &str) -> Value {
    let uid = format!("{namespace}-{app}");
    json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "spec": {"template": template(app)},
        "metadata": {"name": app, "namespace": namespace, "uid": uid}})
}

fn pod(namespace: &str, app: &str, replica: usize, address: &str) -> Value {
    let mut pod = template(app);
    let uid = format!("{namespace}-{app}");
    let owner = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "name": app, "uid": uid, "controller": true});
    let owners = if namespace.starts_with("team-") { json!([owner]) } else { json!([]) };
    pod["apiVersion"] = json!("v1");
    pod["kind"] = json!("Pod");
    pod["metadata"] = json!({"name": format!("{app}-{replica}"), "namespace": namespace,
        "labels": {"app": app}, "uid": format!("{uid}-{replica}"), "ownerReferences": owners});
    pod["status"] = json!({"phase": "Running", "podIPs": [{"ip": address}]});
    pod
}

/// Six of each team: every second one whitelists what goes out as well.
fn policies(namespace: &str, index: usize) -> Vec<Value> {
    let app = |name: &str| json!({"podSelector": {"matchLabels": {"app": name}}});
    let of = |namespace: &str, name: &str| {
        let mut peer = app(name);
        peer["namespaceSelector"] =
            json!({"matchLabels": {"kubernetes.io/metadata.name": namespace}});
        peer
    };
    let tcp = |port: u16| json!([{"port": port}]);
    let every = json!({});
    let selected = |name: &str| json!({"matchLabels": {"app": name}});
    let egress = index.is_multiple_of(2);
    let types = if egress { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) };
    let team = json!({"namespaceSelector": {"matchLabels": {"team": format!("t{}", index % 50)}}, "podSelector": {"matchLabels": {"app": "web"}}});
    let outwards = if egress {
        json!({"podSelector": every, "policyTypes": ["Egress"], "egress": [
            {"to": [of("kube-system", "coredns")], "ports": [{"protocol": "UDP", "port": 53}, {"port": 53}]},
            {"to": [{"podSelector": {}}]}]})
    } else {
        json!({"podSelector": selected("worker"), "policyTypes": ["Egress"], "egress": [
            {"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}}], "ports": tcp(443)}]})
    };
    let specs = [
        ("default-deny", json!({"podSelector": every, "policyTypes": types})),
        ("outwards", outwards),
        (
            "web",
            json!({"podSelector": selected("web"), "policyTypes": ["Ingress"],
            "ingress": [{"from": [of("ingress-nginx", "controller")], "ports": [{"port": "http"}]}]}),
        ),
        (
            "metrics",
            json!({"podSelector": every, "policyTypes": ["Ingress"],
            "ingress": [{"from": [of("monitoring", "prometheus")], "ports": tcp(9090)}]}),
        ),
        (
            "api",
            json!({"podSelector": selected("api"), "policyTypes": ["Ingress"],
            "ingress": [{"from": [app("web"), app("worker"), team], "ports": [{"port": "http"}]}]}),
        ),
        (
            "data",
            json!({"podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["cache", "db"]}]},
            "policyTypes": ["Ingress"], "ingress": [{"from": [app("api")], "ports": [{"port": 5432}, {"port": 6379}]}]}),
        ),
    ];
    let object = |(name, spec): (&str, Value)| {
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"name": name, "namespace": namespace}, "spec": spec})
    };
    specs.into_iter().map(object).collect()
}
