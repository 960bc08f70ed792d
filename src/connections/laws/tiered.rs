//! Small random policies of the tiers, in all three kinds.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::cluster::{namespace_selector, selector};

fn pods() -> impl Strategy<Value = Value> {
    prop_oneof![
        2 => namespace_selector().prop_map(|namespaces| json!({"namespaces": namespaces})),
        1 => (namespace_selector(), selector()).prop_map(
            |(namespaces, pods)| json!({"pods": {"namespaceSelector": namespaces, "podSelector": pods}})
        ),
    ]
}

fn peer(direction: &'static str) -> BoxedStrategy<Value> {
    if direction == "ingress" {
        return pods().boxed();
    }
    let networks = select(vec![
        json!(["0.0.0.0/0"]),
        json!(["0.0.0.0/0", "::/0"]),
        json!(["10.0.0.0/8", "203.0.113.0/24"]),
        json!(["10.0.1.128/25"]),
    ]);
    prop_oneof![
        2 => pods(),
        1 => networks.prop_map(|networks| json!({"networks": networks})),
    ]
    .boxed()
}

/// Ports in the words of v1alpha1 and of v1alpha2.
fn ports() -> impl Strategy<Value = (Value, Value)> {
    let port = select(vec![
        (
            json!({"portNumber": {"protocol": "TCP", "port": 80}}),
            json!({"tcp": {"destinationPort": {"number": 80}}}),
        ),
        (
            json!({"portRange": {"protocol": "UDP", "start": 53, "end": 443}}),
            json!({"udp": {"destinationPort": {"range": {"start": 53, "end": 443}}}}),
        ),
        (json!({"portRange": {"start": 1, "end": 65535}}), json!({"tcp": {}})),
        (json!({"namedPort": "web"}), json!({"destinationNamedPort": "web"})),
        (json!({"namedPort": "dns"}), json!({"destinationNamedPort": "dns"})),
    ]);
    prop_oneof![
        1 => Just((Value::Null, Value::Null)),
        2 => prop::collection::vec(port, 1..3).prop_map(|ports| {
            let (old, new): (Vec<Value>, Vec<Value>) = ports.into_iter().unzip();
            (json!(old), json!(new))
        }),
    ]
}

fn rule(direction: &'static str, kind: &'static str) -> impl Strategy<Value = Value> {
    let accept = if kind == "ClusterNetworkPolicy" { "Accept" } else { "Allow" };
    let actions = match kind {
        "BaselineAdminNetworkPolicy" => vec![accept, "Deny"],
        _ => vec![accept, "Deny", "Pass"],
    };
    let list = prop::collection::vec(peer(direction), 1..3);
    (select(actions), list, ports()).prop_map(move |(action, peers, (old, new))| {
        let mut rule = json!({"action": action});
        rule[if direction == "ingress" { "from" } else { "to" }] = json!(peers);
        let (field, ports) =
            if kind == "ClusterNetworkPolicy" { ("protocols", new) } else { ("ports", old) };
        if !ports.is_null() {
            rule[field] = ports;
        }
        rule
    })
}

fn policy(kind: &'static str) -> impl Strategy<Value = Value> {
    let rules = |direction| prop::collection::vec(rule(direction, kind), 0..3);
    let tier = select(vec!["Admin", "Baseline"]);
    (pods(), tier, rules("ingress"), rules("egress")).prop_map(
        move |(subject, tier, ingress, egress)| {
            let mut spec = json!({"subject": subject, "ingress": ingress, "egress": egress});
            if kind == "ClusterNetworkPolicy" {
                spec["tier"] = json!(tier);
            }
            let version = if kind == "ClusterNetworkPolicy" { "v1alpha2" } else { "v1alpha1" };
            json!({"apiVersion": format!("policy.networking.k8s.io/{version}"), "kind": kind, "spec": spec})
        },
    )
}

/// Up to three policies, each with a priority of its own: which of two equal ones decides is nobody's to say. The Baseline tier
/// of v1alpha1 has one policy, of priority 0.
pub(super) fn tiered() -> impl Strategy<Value = Vec<Value>> {
    let policy = prop_oneof![
        2 => policy("ClusterNetworkPolicy"),
        1 => policy("AdminNetworkPolicy"),
    ];
    let policies = prop::collection::vec((policy, 1..300_usize), 0..3);
    (policies, prop::option::weighted(0.3, policy_of_baseline())).prop_map(
        |(policies, baseline)| {
            let named = policies.into_iter().enumerate().map(|(index, (mut policy, priority))| {
                policy["metadata"] = json!({"name": format!("t{index}")});
                policy["spec"]["priority"] = json!(priority * 3 + index);
                policy
            });
            let mut policies: Vec<Value> = named.collect();
            policies.extend(baseline);
            policies
        },
    )
}

fn policy_of_baseline() -> impl Strategy<Value = Value> {
    policy("BaselineAdminNetworkPolicy").prop_map(|mut policy| {
        policy["metadata"] = json!({"name": "default"});
        policy
    })
}
