//! What it takes to say what a policy opens and closes: the steps that are counted, and the time that they stand for.

use std::time::Instant;

use anyhow::{Context as _, Result};
use portcullis::connections::{States, TooMuch, Work, effect_of_policy, network};
use portcullis::model::{Settings, World};
use portcullis::object::{Kind, Object};
use serde_json::{Value, json};

use crate::cilium;

const NAMESPACES: [usize; 3] = [10, 100, 400];
const APPS: usize = 25;
/// What an answer may take.
const BUDGET: usize = 10_000;

/// What a namespace holds beside its workloads.
type Shape = (&'static str, fn(&str) -> Vec<Value>);

const SHAPES: [Shape; 5] = [
    ("nothing else", |_| Vec::new()),
    ("a whitelist", |namespace| whitelists(namespace, 1, 2)),
    ("30 whitelists of 5 peers", |namespace| whitelists(namespace, 30, 5)),
    ("20 policies of a tier", |namespace| if namespace == "n0" { tiered() } else { Vec::new() }),
    ("policies of Cilium", |namespace| {
        let of_cluster = if namespace == "n0" { cilium::of_the_cluster() } else { Vec::new() };
        cilium::policies(namespace, 0).into_iter().chain(of_cluster).collect()
    }),
];

pub(crate) fn effects() -> Result<()> {
    println!(
        "\n{:26} {:26} {:>10} {:>8} {:>8} {:>8}",
        "beside it", "written", "namespaces", "steps", "ms", "us/step"
    );
    for (shape, objects) in SHAPES {
        for (written, spec) in changes() {
            for count in NAMESPACES {
                let before = world(count, objects)?;
                let mut after = before.clone();
                after.put(read(
                    &json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
                    "metadata": {"name": "new", "namespace": "n0"}, "spec": spec}),
                )?);
                let network = network(&after, &Settings::default());
                let states = States { before: &before, after: &after, network: &network };
                let mut work = Work::steps(BUDGET);
                let begin = Instant::now();
                let found = effect_of_policy(states, "n0", "new", &mut work);
                let time = begin.elapsed().as_secs_f64() * 1e3;
                let steps = BUDGET - work.left();
                let ended = if found == Err(TooMuch) { "+" } else { "" };
                println!(
                    "{shape:26} {written:26} {count:10} {steps:7}{ended:1} {time:8.2} {:8.2}",
                    time * 1e3 / f64::from(u32::try_from(steps.max(1))?),
                );
            }
        }
    }
    Ok(())
}

fn changes() -> [(&'static str, Value); 3] {
    let named = json!([{"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "n1"}}}]}]);
    let block = json!([{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]);
    [
        ("a default-deny", json!({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})),
        (
            "a namespace as peer",
            json!({"podSelector": {"matchLabels": {"app": "a1"}}, "ingress": named}),
        ),
        ("a block", json!({"podSelector": {}, "policyTypes": ["Egress"], "egress": block})),
    ]
}

fn read(value: &Value) -> Result<Object> {
    let text = |field: &str| value[field].as_str().unwrap_or_default();
    let kind = Kind::of(text("apiVersion"), text("kind")).context("a kind that is read")?;
    Ok(Object::from_value(kind, value)?)
}

fn world(namespaces: usize, objects: fn(&str) -> Vec<Value>) -> Result<World> {
    let mut world = World::live();
    for index in 0..namespaces {
        let namespace = format!("n{index}");
        let labels = json!({"kubernetes.io/metadata.name": namespace});
        world.put(read(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels}}))?);
        for app in 0..APPS {
            for object in workload(&namespace, index, app) {
                world.put(read(&object)?);
            }
        }
        for object in objects(&namespace) {
            world.put(read(&object)?);
        }
    }
    Ok(world)
}

/// A StatefulSet with one Pod.
fn workload(namespace: &str, index: usize, app: usize) -> [Value; 2] {
    let (name, uid) = (format!("a{app}"), format!("{namespace}-{app}"));
    let labels = json!({"app": name});
    let owner = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "name": name, "uid": uid, "controller": true});
    [
        json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name, "namespace": namespace, "uid": uid},
            "spec": {"template": {"metadata": {"labels": labels}}}}),
        json!({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "a"}]},
            "metadata": {"name": format!("{name}-0"), "namespace": namespace, "labels": labels, "ownerReferences": [owner]},
            "status": {"phase": "Running", "podIPs": [{"ip": format!("10.{}.{}.{app}", index / 256, index % 256)}]}}),
    ]
}

fn whitelists(namespace: &str, count: usize, peers: usize) -> Vec<Value> {
    let policy = |number: usize| {
        let peers: Vec<Value> = (0..peers)
            .map(|peer| json!({"podSelector": {"matchLabels": {"app": format!("a{}", number + peer)}}}))
            .collect();
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"name": format!("w{number}"), "namespace": namespace},
            "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"],
                "ingress": [{"from": peers, "ports": [{"port": 80}, {"port": 443}]}], "egress": [{"to": peers}]}})
    };
    (0..count).map(policy).collect()
}

fn tiered() -> Vec<Value> {
    let policy = |number: usize| {
        let peer = json!([{"namespaces": {"matchLabels": {"kubernetes.io/metadata.name": format!("n{number}")}}}]);
        let rule = json!({"action": "Deny", "from": peer, "protocols": [{"tcp": {"destinationPort": {"number": 80 + number}}}]});
        json!({"apiVersion": "policy.networking.k8s.io/v1alpha2", "kind": "ClusterNetworkPolicy",
            "metadata": {"name": format!("t{number}")},
            "spec": {"tier": "Admin", "priority": number, "subject": {"namespaces": {}}, "ingress": [rule.clone(), rule]}})
    };
    (0..20).map(policy).collect()
}
