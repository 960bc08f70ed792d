//! Small random policies as documents, over few labels, addresses and ports, so that they often meet.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::Document;

/// A requirement of `matchExpressions`.
fn expression() -> impl Strategy<Value = Value> {
    let key = select(vec!["a", "k8s:b", "any:a", "io.cilium.k8s.namespace.labels.team"]);
    let values = prop::collection::vec(select(vec!["x", "y", "shop", "data"]), 1..3);
    prop_oneof![
        (key.clone(), select(vec!["In", "NotIn"]), values).prop_map(
            |(key, operator, values)| json!({"key": key, "operator": operator, "values": values})
        ),
        (key, select(vec!["Exists", "DoesNotExist"]))
            .prop_map(|(key, operator)| json!({"key": key, "operator": operator})),
    ]
}

fn labels() -> impl Strategy<Value = Value> {
    select(vec![
        json!({}),
        json!({"a": "x"}),
        json!({"k8s:a": "y"}),
        json!({"any:b": "x", "a": "y"}),
        json!({"io.kubernetes.pod.namespace": "data"}),
        json!({"k8s:io.kubernetes.pod.namespace": "shop", "a": "x"}),
        json!({"io.cilium.k8s.namespace.labels.team": "data"}),
        json!({"io.cilium.k8s.policy.serviceaccount": "admin"}),
        json!({"reserved:host": ""}),
    ])
}

pub(super) fn subject_selectors() -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => Just(json!({})),
        2 => labels().prop_map(|labels| json!({"matchLabels": labels})),
        1 => (labels(), prop::collection::vec(expression(), 1..3)).prop_map(
            |(labels, expressions)| json!({"matchLabels": labels, "matchExpressions": expressions})
        ),
    ]
}

/// What is written of the peers of a rule: the end of the field's name (`Endpoints` for `fromEndpoints`), and its value.
fn peers(is_unknown: bool) -> impl Strategy<Value = (&'static str, Value)> {
    let endpoints = prop::collection::vec(subject_selectors(), 0..3)
        .prop_map(|selectors| ("Endpoints", json!(selectors)));
    let cidr = select(vec![
        json!(["10.0.0.0/8"]),
        json!(["203.0.113.7"]),
        json!(["0.0.0.0/0", "192.0.2.0/24"]),
        json!([]),
    ]);
    let set = select(vec![
        json!([{"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}]),
        json!([{"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8", "192.0.2.1/32"]}, {"cidr": "10.1.0.0/16"}]),
    ]);
    let entities = select(vec![
        json!(["all"]),
        json!(["world"]),
        json!(["cluster"]),
        json!(["host"]),
        json!(["remote-node", "world"]),
        json!(["none"]),
        json!([]),
    ]);
    let unknown = select(vec![
        ("FQDNs", json!([{"matchName": "example.com"}])),
        ("Services", json!([{"k8sService": {"serviceName": "a"}}])),
        ("Groups", json!([{"aws": {}}])),
        ("Nodes", json!([{}])),
        ("CIDRSet", json!([{"cidrGroupRef": "a"}])),
        ("Entities", json!(["kube-apiserver"])),
        ("Endpoints", json!([{"matchLabels": {"io.cilium.k8s.policy.cluster": "east"}}])),
        ("Endpoints", json!([{"matchLabels": {"a": "not legal"}}])),
    ]);
    prop_oneof![
        4 => endpoints,
        1 => cidr.prop_map(|cidr| ("CIDR", cidr)),
        1 => set.prop_map(|set| ("CIDRSet", set)),
        2 => entities.prop_map(|entities| ("Entities", entities)),
        (if is_unknown { 2 } else { 0 }) => unknown,
    ]
}

fn port_rule(is_unknown: bool) -> impl Strategy<Value = Value> {
    let entry = select(vec![
        json!({"port": "80", "protocol": "TCP"}),
        json!({"port": "80"}),
        json!({"port": "53", "protocol": "UDP"}),
        json!({"port": "53", "endPort": 80, "protocol": "ANY"}),
        json!({"port": "0", "protocol": "TCP"}),
        json!({"port": "0"}),
    ]);
    let name = Just(json!({"port": "web", "protocol": "TCP"}));
    let entry = prop_oneof![4 => entry, u32::from(is_unknown) => name];
    let filter = select(vec![
        json!(null),
        json!({"http": [{"method": "GET"}]}),
        json!({}),
        json!({"http": []}),
    ]);
    (prop::collection::vec(entry, 1..3), filter).prop_map(move |(ports, filter)| {
        if is_unknown { json!({"ports": ports, "rules": filter}) } else { json!({"ports": ports}) }
    })
}

fn rule(prefix: &'static str, is_unknown: bool, is_denial: bool) -> impl Strategy<Value = Value> {
    let peers = prop::option::weighted(0.8, peers(is_unknown));
    let ports = prop::option::of(prop::collection::vec(port_rule(is_unknown && !is_denial), 0..3));
    let rare = if is_unknown { 0.1 } else { 0.0 };
    (peers, ports, prop::bool::weighted(rare), prop::bool::weighted(rare)).prop_map(
        move |(peers, ports, is_required, is_authenticated)| {
            let mut rule = json!({});
            if let Some((name, value)) = peers {
                rule[format!("{}{name}", side(prefix, name))] = value;
            }
            if let Some(ports) = ports {
                rule["toPorts"] = json!(ports);
            }
            if is_required {
                rule[format!("{prefix}Requires")] = json!([{"matchLabels": {"b": "x"}}]);
            }
            if is_authenticated && !is_denial {
                rule["authentication"] = json!({"mode": "required"});
            }
            rule
        },
    )
}

/// Some peers are of egress alone: on ingress they are fields that nobody knows.
fn side(prefix: &'static str, name: &str) -> &'static str {
    if matches!(name, "FQDNs" | "Services") { "to" } else { prefix }
}

fn spec(is_unknown: bool) -> impl Strategy<Value = Value> {
    let rules = move |prefix, is_denial| {
        prop::option::of(prop::collection::vec(rule(prefix, is_unknown, is_denial), 0..3))
    };
    let default_deny = select(vec![
        json!(null),
        json!(null),
        json!({"ingress": false}),
        json!({"egress": false, "ingress": true}),
    ]);
    let allow = (rules("from", false), rules("to", false));
    let deny = (
        prop::option::weighted(0.3, rules("from", true)),
        prop::option::weighted(0.3, rules("to", true)),
    );
    (subject_selectors(), default_deny, allow, deny).prop_map(
        |(selector, default_deny, (ingress, egress), (ingress_deny, egress_deny))| {
            json!({
                "endpointSelector": selector, "enableDefaultDeny": default_deny,
                "ingress": ingress, "egress": egress,
                "ingressDeny": ingress_deny.flatten(), "egressDeny": egress_deny.flatten(),
            })
        },
    )
}

/// Policies; with `is_unknown`, also what only the cluster knows, and what Cilium may refuse.
pub(crate) fn policies(is_unknown: bool) -> impl Strategy<Value = Vec<Document>> {
    let home = select(vec![None, Some("shop"), Some("shop"), Some("data")]);
    prop::collection::vec((home, spec(is_unknown)), 0..4)
}
