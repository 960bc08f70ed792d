//! SEMANTICS 0 and 1, word for word, on the documents themselves: one pair, one protocol, one port at a time.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::Value;

use super::cluster::Cluster;
use super::naive_tiers::{Outcome, outcome};
use crate::netpol::Protocol;

/// A Pod document.
#[derive(Clone, Copy)]
pub(super) struct Pod<'a>(pub(super) &'a Value);

/// One end of a connection.
#[derive(Clone, Copy)]
pub(super) enum End<'a> {
    Pod(Pod<'a>),
    Address(IpAddr),
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Direction {
    Ingress,
    Egress,
}

impl<'a> Pod<'a> {
    pub(super) fn name(self) -> &'a str {
        self.0["metadata"]["name"].as_str().unwrap()
    }

    pub(super) fn namespace(self) -> &'a str {
        self.0["metadata"]["namespace"].as_str().unwrap()
    }

    pub(super) fn labels(self) -> &'a Value {
        &self.0["metadata"]["labels"]
    }

    pub(super) fn is_on_host_network(self) -> bool {
        self.0["spec"]["hostNetwork"] == true
    }

    pub(super) fn address(self) -> IpAddr {
        self.0["status"]["podIPs"][0]["ip"].as_str().unwrap().parse().unwrap()
    }

    pub(super) fn has_named(self, name: &str, protocol: Protocol, port: u16) -> bool {
        let ports = self.0["spec"]["containers"][0]["ports"].as_array().unwrap();
        ports.iter().any(|declared| {
            declared["name"] == name
                && of_protocol(declared) == protocol.to_string()
                && declared["containerPort"] == port
        })
    }
}

impl End<'_> {
    pub(super) fn is_same(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Pod(one), Self::Pod(other)) if one.name() == other.name())
    }

    pub(super) fn is_outside(&self) -> bool {
        matches!(self, Self::Address(_))
    }

    pub(super) fn address(&self) -> IpAddr {
        match self {
            Self::Pod(pod) => pod.address(),
            Self::Address(address) => *address,
        }
    }
}

impl fmt::Display for End<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pod(pod) => write!(f, "{}/{}", pod.namespace(), pod.name()),
            Self::Address(address) => address.fmt(f),
        }
    }
}

/// connection src->dst = allowed(src, Egress, flow) && allowed(dst, Ingress, flow)
pub(super) fn allowed(
    cluster: &Cluster,
    from: &End<'_>,
    to: &End<'_>,
    protocol: Protocol,
    port: u16,
) -> bool {
    let side = |subject: &End<'_>, peer: &End<'_>, direction| match subject {
        End::Address(_) => true,
        End::Pod(pod) => allows(cluster, *pod, peer, direction, protocol, port),
    };
    side(from, to, Direction::Egress) && side(to, from, Direction::Ingress)
}

/// The Admin tier, then the policies that isolate the pod, or else the Baseline tier; what is left open is allowed.
fn allows(
    cluster: &Cluster,
    pod: Pod<'_>,
    peer: &End<'_>,
    direction: Direction,
    protocol: Protocol,
    port: u16,
) -> bool {
    let tier = |tier| outcome(cluster, tier, pod, peer, direction, protocol, port);
    let is_isolated = cluster.policies.iter().any(|policy| applies(policy, pod, direction));
    match tier("Admin") {
        Outcome::Accept => true,
        Outcome::Deny => false,
        Outcome::Next if is_isolated => admits(cluster, pod, peer, direction, protocol, port),
        Outcome::Next => tier("Baseline") != Outcome::Deny,
    }
}

/// allowed(pod, D, flow) = !isolated(pod, D) || flow in `A_D(pod)`
pub(super) fn admits(
    cluster: &Cluster,
    pod: Pod<'_>,
    peer: &End<'_>,
    direction: Direction,
    protocol: Protocol,
    port: u16,
) -> bool {
    let applying: Vec<&Value> =
        cluster.policies.iter().filter(|policy| applies(policy, pod, direction)).collect();
    applying.is_empty()
        || applying.iter().any(|policy| {
            let rules = match direction {
                Direction::Ingress => &policy["spec"]["ingress"],
                Direction::Egress => &policy["spec"]["egress"],
            };
            list(rules)
                .iter()
                .any(|rule| matches_rule(cluster, rule, pod, peer, direction, protocol, port))
        })
}

pub(super) fn applies(policy: &Value, pod: Pod<'_>, direction: Direction) -> bool {
    let spec = &policy["spec"];
    let types = list(&spec["policyTypes"]);
    let has_type = match direction {
        Direction::Ingress if types.is_empty() => true,
        Direction::Egress if types.is_empty() => !list(&spec["egress"]).is_empty(),
        Direction::Ingress => types.iter().any(|one| one == "Ingress"),
        Direction::Egress => types.iter().any(|one| one == "Egress"),
    };
    policy["metadata"]["namespace"] == pod.namespace()
        && has_type
        && selects(&spec["podSelector"], pod.labels(), "")
        && !pod.is_on_host_network()
}

fn matches_rule(
    cluster: &Cluster,
    rule: &Value,
    pod: Pod<'_>,
    peer: &End<'_>,
    direction: Direction,
    protocol: Protocol,
    port: u16,
) -> bool {
    let peers = match direction {
        Direction::Ingress => list(&rule["from"]),
        Direction::Egress => list(&rule["to"]),
    };
    let ports = list(&rule["ports"]);
    // The pod whose ports a name is looked up on, when the peer is chosen by what it is and not by its address.
    let destination = match (direction, peer) {
        (Direction::Ingress, _) => Some(pod),
        (Direction::Egress, End::Pod(peer)) if !peer.is_on_host_network() => Some(*peer),
        _ => None,
    };
    let has_port = |destination: Option<Pod<'_>>| {
        ports.is_empty()
            || ports.iter().any(|entry| {
                of_protocol(entry) == protocol.to_string()
                    && match &entry["port"] {
                        Value::Null => true,
                        Value::String(name) => {
                            destination.is_some_and(|pod| pod.has_named(name, protocol, port))
                        }
                        number => {
                            let first = number.as_u64().unwrap();
                            let last = entry["endPort"].as_u64().unwrap_or(first);
                            (first..=last).contains(&u64::from(port))
                        }
                    }
            })
    };
    if peers.is_empty() {
        return has_port(destination);
    }
    peers.iter().any(|item| {
        if let Some(block) = item.get("ipBlock") {
            let of_block = if direction == Direction::Egress { None } else { destination };
            return holds(block, peer.address()) && has_port(of_block);
        }
        let End::Pod(other) = peer else { return false };
        let in_namespace = match item.get("namespaceSelector") {
            None => other.namespace() == pod.namespace(),
            Some(selector) => {
                let namespace = cluster
                    .namespaces
                    .iter()
                    .find(|one| one["metadata"]["name"] == other.namespace());
                selects(selector, &namespace.unwrap()["metadata"]["labels"], other.namespace())
            }
        };
        let is_chosen =
            item.get("podSelector").is_none_or(|selector| selects(selector, other.labels(), ""));
        !other.is_on_host_network() && in_namespace && is_chosen && has_port(destination)
    })
}

pub(super) fn holds(block: &Value, address: IpAddr) -> bool {
    let net = |text: &Value| text.as_str().unwrap().parse::<IpNet>().unwrap();
    net(&block["cidr"]).contains(&address)
        && !list(&block["except"]).iter().any(|except| net(except).contains(&address))
}

/// `name` is what `kubernetes.io/metadata.name` is on a namespace.
pub(super) fn selects(selector: &Value, labels: &Value, name: &str) -> bool {
    let value = |key: &str| match key {
        "kubernetes.io/metadata.name" => Some(name),
        key => labels[key].as_str(),
    };
    let pairs = selector["matchLabels"].as_object().into_iter().flatten();
    let all_labels = pairs.into_iter().all(|(key, wanted)| value(key) == wanted.as_str());
    all_labels
        && list(&selector["matchExpressions"]).iter().all(|expression| {
            let found = value(expression["key"].as_str().unwrap());
            let is_listed = list(&expression["values"])
                .iter()
                .any(|one| found.is_some() && one.as_str() == found);
            match expression["operator"].as_str().unwrap() {
                "In" => is_listed,
                "NotIn" => !is_listed,
                "Exists" => found.is_some(),
                _ => found.is_none(),
            }
        })
}

/// Per entry, TCP by default.
pub(super) fn of_protocol(entry: &Value) -> &str {
    entry["protocol"].as_str().unwrap_or("TCP")
}

/// Missing, null and empty are alike.
pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
