//! The smallest policies that would allow a connection.

use serde_json::{Value, json};

use crate::connections::between;
use crate::model::{Fix, World, pod_labels};
use crate::netpol::{AddressSet, Direction, End, Network, PodEnd};
use crate::object::{Kind, Object};

use super::answer::{Side, Verdict};
use super::ends::Resolved;
use super::{Ends, Named, PortNamed};

/// A policy for each side that denies, which admits just this port of just this peer; `None` when that would not do.
pub(super) fn fix(
    ends: &Ends<'_>,
    network: &Network,
    (from, sources): (&Named, &Resolved<'_>),
    (to, targets): (&Named, &Resolved<'_>),
    port: PortNamed,
    sides: &[Side],
) -> Option<Fix> {
    let (sources, targets) = (sources.ends(), targets.ends());
    let mut objects = Vec::new();
    for side in sides.iter().filter(|side| side.verdict != Verdict::Allow) {
        let (subject, peers, name) = match side.direction {
            Direction::Egress => (sources.first()?, &targets, format!("allow-to-{}", short(to))),
            Direction::Ingress => {
                (targets.first()?, &sources, format!("allow-from-{}", short(from)))
            }
        };
        let End::Pod(subject) = subject else { return None };
        objects.push(policy(ends.world, subject, peers, side.direction, port, &name)?);
    }
    let mut world = ends.world.clone();
    for object in &objects {
        world.put(Object::from_value(Kind::NetworkPolicy, object).ok()?);
    }
    let is_allowed = sources.iter().all(|source| {
        let mut targets = targets.iter();
        targets.all(|target| {
            between(&world, network, source, target).allowed.contains(port.protocol, port.port)
        })
    });
    (is_allowed && !objects.is_empty()).then_some(Fix { objects })
}

fn policy(
    world: &World,
    subject: &PodEnd<'_>,
    peers: &[End<'_>],
    direction: Direction,
    port: PortNamed,
    name: &str,
) -> Option<Value> {
    let (types, rules, list) = match direction {
        Direction::Egress => ("Egress", "egress", "to"),
        Direction::Ingress => ("Ingress", "ingress", "from"),
    };
    let mut items: Vec<Value> = Vec::new();
    for item in peers.iter().flat_map(|end| peer(end, subject)) {
        if !items.contains(&item) {
            items.push(item);
        }
    }
    // An empty list would admit everyone.
    if items.is_empty() {
        return None;
    }
    let rule = json!({list: items, "ports": [{"protocol": port.protocol, "port": port.port}]});
    let view = world.namespace(subject.namespace)?;
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    let is_free = |name: &String| !view.policies.contains_key(name);
    let name = std::iter::once(name.to_owned()).chain(numbered).find(is_free)?;
    Some(json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": subject.namespace},
        "spec": {"podSelector": selector(subject), "policyTypes": [types], rules: [rule]},
    }))
}

/// The peer as an item of a rule: by its labels, or by its addresses where no selector matches it.
fn peer(end: &End<'_>, subject: &PodEnd<'_>) -> Vec<Value> {
    let block = |address: &AddressSet| {
        let nets = address.blocks().into_iter();
        nets.map(|net| json!({"ipBlock": {"cidr": net.to_string()}})).collect::<Vec<_>>()
    };
    match end {
        End::Addresses(addresses) => block(addresses),
        End::Pod(pod) if pod.host_network => {
            let nets =
                pod.addresses.iter().map(|address| AddressSet::from(ipnet::IpNet::from(*address)));
            block(&nets.collect())
        }
        End::Pod(pod) if pod.namespace == subject.namespace => {
            vec![json!({"podSelector": selector(pod)})]
        }
        End::Pod(pod) => vec![json!({
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": pod.namespace}},
            "podSelector": selector(pod),
        })],
    }
}

fn selector(pod: &PodEnd<'_>) -> Value {
    let labels = pod_labels(pod.labels);
    if labels.is_empty() { json!({}) } else { json!({"matchLabels": labels}) }
}

/// A part of a name for a policy.
fn short(named: &Named) -> String {
    match named {
        Named::Workload { name, .. } => name.clone(),
        Named::Labelled { namespace, labels } => {
            let value = labels.iter().map(|(_, value)| value.to_lowercase()).find(|value| {
                !value.is_empty()
                    && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            });
            value.unwrap_or_else(|| namespace.clone())
        }
        Named::Address(address) => {
            address.to_string().replace(['.', ':'], "-").trim_matches('-').to_owned()
        }
    }
}
