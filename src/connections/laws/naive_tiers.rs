//! SEMANTICS 7.1, word for word, on the documents themselves: one pair, one protocol, one port at a time.

use serde_json::Value;

use super::cluster::Cluster;
use super::naive::{Direction, End, Pod, holds, list, selects};
use crate::netpol::Protocol;

/// What a tier decides.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Outcome {
    Accept,
    Deny,
    /// No rule is about it, or one passes it on.
    Next,
}

/// What the policies of `tier` decide, by priority and in the order of their rules.
pub(super) fn outcome(
    cluster: &Cluster,
    tier: &str,
    pod: Pod<'_>,
    peer: &End<'_>,
    direction: Direction,
    protocol: Protocol,
    port: u16,
) -> Outcome {
    if pod.is_on_host_network() {
        return Outcome::Next;
    }
    let mut policies: Vec<&Value> =
        cluster.tiered.iter().filter(|policy| tier_of(policy) == tier).collect();
    policies.sort_by_key(|policy| policy["spec"]["priority"].as_i64().unwrap_or(0));
    for policy in policies {
        if !is_among(cluster, &policy["spec"]["subject"], pod) {
            continue;
        }
        let (rules, peers) = match direction {
            Direction::Ingress => (&policy["spec"]["ingress"], "from"),
            Direction::Egress => (&policy["spec"]["egress"], "to"),
        };
        for rule in list(rules) {
            let is_about = list(&rule[peers])
                .iter()
                .any(|item| matches(cluster, rule, item, pod, peer, direction, protocol, port));
            if is_about {
                return match rule["action"].as_str().unwrap() {
                    "Accept" | "Allow" => Outcome::Accept,
                    "Deny" => Outcome::Deny,
                    _ => Outcome::Next,
                };
            }
        }
    }
    Outcome::Next
}

fn tier_of(policy: &Value) -> &str {
    match policy["kind"].as_str().unwrap() {
        "AdminNetworkPolicy" => "Admin",
        "BaselineAdminNetworkPolicy" => "Baseline",
        _ => policy["spec"]["tier"].as_str().unwrap(),
    }
}

fn is_among(cluster: &Cluster, pods: &Value, pod: Pod<'_>) -> bool {
    let namespace = |selector: &Value| {
        let mut all = cluster.namespaces.iter();
        let namespace = all.find(|one| one["metadata"]["name"] == pod.namespace()).unwrap();
        selects(selector, &namespace["metadata"]["labels"], pod.namespace())
    };
    if let Some(selector) = pods.get("namespaces") {
        return namespace(selector);
    }
    let pods = &pods["pods"];
    namespace(&pods["namespaceSelector"]) && selects(&pods["podSelector"], pod.labels(), "")
}

#[expect(clippy::too_many_arguments, reason = "one flow and one item")]
fn matches(
    cluster: &Cluster,
    rule: &Value,
    item: &Value,
    pod: Pod<'_>,
    peer: &End<'_>,
    direction: Direction,
    protocol: Protocol,
    port: u16,
) -> bool {
    if let Some(networks) = item.get("networks") {
        let is_inside = list(networks)
            .iter()
            .any(|cidr| holds(&serde_json::json!({"cidr": cidr}), peer.address()));
        return is_inside && has_port(rule, None, protocol, port);
    }
    let End::Pod(other) = peer else { return false };
    let destination = if direction == Direction::Ingress { pod } else { *other };
    !other.is_on_host_network()
        && is_among(cluster, item, *other)
        && has_port(rule, Some(destination), protocol, port)
}

fn has_port(rule: &Value, destination: Option<Pod<'_>>, protocol: Protocol, port: u16) -> bool {
    let is_within = |first: &Value, last: &Value| {
        (first.as_u64().unwrap()..=last.as_u64().unwrap()).contains(&u64::from(port))
    };
    let is_named = |name: &Value| {
        let name = name.as_str().unwrap();
        destination.is_some_and(|pod| pod.has_named(name, protocol, port))
    };
    let of = |value: &Value| value.as_str().unwrap_or("TCP") == protocol.to_string();
    let (old, new) = (list(&rule["ports"]), list(&rule["protocols"]));
    old.is_empty() && new.is_empty()
        || old.iter().any(|entry| {
            if let Some(number) = entry.get("portNumber") {
                of(&number["protocol"]) && is_within(&number["port"], &number["port"])
            } else if let Some(range) = entry.get("portRange") {
                of(&range["protocol"]) && is_within(&range["start"], &range["end"])
            } else {
                is_named(&entry["namedPort"])
            }
        })
        || new.iter().any(|entry| {
            if let Some(name) = entry.get("destinationNamedPort") {
                return is_named(name);
            }
            let key = protocol.to_string().to_lowercase();
            entry.get(key).is_some_and(|of_protocol| {
                let port = &of_protocol["destinationPort"];
                match (port.get("number"), port.get("range")) {
                    (Some(number), _) => is_within(number, number),
                    (_, Some(range)) => is_within(&range["start"], &range["end"]),
                    _ => true,
                }
            })
        })
}
