//! Small random clusters as documents, over few names, labels, addresses and ports, so that they often meet.

use std::fmt;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::naive::Pod;
use super::tiered::tiered;

/// Namespaces, Pods and policies; when it shrinks, whole objects and whole rules go first.
#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    pub(crate) namespaces: Vec<Value>,
    pub(crate) pods: Vec<Value>,
    pub(crate) policies: Vec<Value>,
    pub(crate) tiered: Vec<Value>,
}

impl Cluster {
    /// All of them, and a Service by which the cluster is known to use IPv4.
    pub(crate) fn documents(&self) -> Vec<Value> {
        let service = vec![json!({"apiVersion": "v1", "kind": "Service",
            "metadata": {"name": "kubernetes", "namespace": "default"}, "spec": {"clusterIP": "10.96.0.1"}})];
        [&service, &self.namespaces, &self.pods, &self.policies, &self.tiered]
            .into_iter()
            .flatten()
            .cloned()
            .collect()
    }

    pub(super) fn pods(&self) -> impl Iterator<Item = Pod<'_>> {
        self.pods.iter().map(Pod)
    }
}

/// One document a line, as flow YAML.
impl fmt::Display for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.documents().iter().try_for_each(|document| writeln!(f, "--- {document}"))
    }
}

pub(super) const NAMESPACES: [&str; 3] = ["app", "data", "ops"];

pub(super) fn labels() -> impl Strategy<Value = Value> {
    let value = || prop::option::of(select(vec!["x", "y", ""]));
    (value(), value()).prop_map(|(a, b)| {
        let mut labels = json!({});
        for (key, value) in [("a", a), ("b", b)] {
            if let Some(value) = value {
                labels[key] = json!(value);
            }
        }
        labels
    })
}

fn expression() -> impl Strategy<Value = Value> {
    let values = prop::collection::vec(select(vec!["x", "y", "z", ""]), 1..3);
    let key = || select(vec!["a", "b"]);
    prop_oneof![
        (key(), select(vec!["In", "NotIn"]), values).prop_map(
            |(key, operator, values)| json!({"key": key, "operator": operator, "values": values})
        ),
        (key(), select(vec!["Exists", "DoesNotExist"]))
            .prop_map(|(key, operator)| json!({"key": key, "operator": operator})),
    ]
}

pub(super) fn selector() -> impl Strategy<Value = Value> {
    prop_oneof![
        2 => Just(json!({})),
        2 => labels().prop_map(|labels| json!({"matchLabels": labels})),
        1 => prop::collection::vec(expression(), 1..3).prop_map(|expressions| json!({"matchExpressions": expressions})),
    ]
}

pub(super) fn namespace_selector() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => selector(),
        1 => select(&NAMESPACES[..]).prop_map(|name| json!({"matchLabels": {"kubernetes.io/metadata.name": name}})),
    ]
}

fn peer() -> impl Strategy<Value = Value> {
    let block = select(vec![
        json!({"cidr": "0.0.0.0/0"}),
        json!({"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}),
        json!({"cidr": "10.0.0.0/8"}),
        json!({"cidr": "10.0.1.0/24", "except": ["10.0.1.128/25"]}),
        json!({"cidr": "10.0.0.0/8", "except": ["10.0.0.0/16", "10.0.1.0/24"]}),
        json!({"cidr": "203.0.113.0/24"}),
        json!({"cidr": "fd00::/8"}),
    ]);
    prop_oneof![
        selector().prop_map(|pods| json!({"podSelector": pods})),
        namespace_selector().prop_map(|namespaces| json!({"namespaceSelector": namespaces})),
        (namespace_selector(), selector()).prop_map(
            |(namespaces, pods)| json!({"namespaceSelector": namespaces, "podSelector": pods})
        ),
        block.prop_map(|block| json!({"ipBlock": block})),
    ]
}

fn port() -> impl Strategy<Value = Value> {
    let protocol = prop::option::of(select(vec!["TCP", "UDP", "SCTP"]));
    let number = select(vec![
        json!({}),
        json!({"port": 80}),
        json!({"port": 53}),
        json!({"port": 80, "endPort": 443}),
        json!({"port": 1, "endPort": 65535}),
        json!({"port": "web"}),
        json!({"port": "dns"}),
    ]);
    (protocol, number).prop_map(|(protocol, mut port)| {
        if let Some(protocol) = protocol {
            port["protocol"] = json!(protocol);
        }
        port
    })
}

fn rule(peers: &'static str) -> impl Strategy<Value = Value> {
    let list = prop::collection::vec(peer(), 0..3);
    (prop::option::of(list), prop::option::of(prop::collection::vec(port(), 0..3))).prop_map(
        move |(list, ports)| {
            let mut rule = json!({});
            if let Some(list) = list {
                rule[peers] = json!(list);
            }
            if let Some(ports) = ports {
                rule["ports"] = json!(ports);
            }
            rule
        },
    )
}

fn spec() -> impl Strategy<Value = Value> {
    let types = select(vec![
        json!(null),
        json!([]),
        json!(["Ingress"]),
        json!(["Egress"]),
        json!(["Ingress", "Egress"]),
    ]);
    let rules = |peers| prop::option::of(prop::collection::vec(rule(peers), 0..3));
    (prop::option::of(selector()), types, rules("from"), rules("to")).prop_map(
        |(selector, types, ingress, egress)| {
            json!({"podSelector": selector, "policyTypes": types, "ingress": ingress, "egress": egress})
        },
    )
}

fn pod_spec() -> impl Strategy<Value = Value> {
    let port = select(vec![
        json!({"name": "web", "containerPort": 80}),
        json!({"name": "web", "containerPort": 8080, "protocol": "UDP"}),
        json!({"name": "dns", "containerPort": 53, "protocol": "UDP"}),
        json!({"name": "dns", "containerPort": 443}),
        json!({"containerPort": 81}),
    ]);
    let host_network = prop::bool::weighted(0.15);
    let account = select(vec!["default", "robot"]);
    (prop::collection::vec(port, 0..3), host_network, account).prop_map(|(ports, host_network, account)| {
        json!({"hostNetwork": host_network, "serviceAccountName": account, "containers": [{"name": "c", "ports": ports}]})
    })
}

pub(crate) fn clusters() -> impl Strategy<Value = Cluster> {
    let namespaces = prop::collection::vec(labels(), 3);
    let pod =
        (select(&NAMESPACES[..]), labels(), pod_spec(), select(vec!["10.0.0", "10.0.1", "10.1.0"]));
    let pods = prop::collection::vec(pod, 1..5);
    let policies = prop::collection::vec((select(&NAMESPACES[..]), spec()), 0..5);
    (namespaces, pods, policies, tiered()).prop_map(|(namespaces, pods, policies, tiered)| Cluster {
        tiered,
        namespaces: NAMESPACES
            .iter()
            .zip(namespaces)
            .map(|(name, labels)| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}))
            .collect(),
        pods: pods
            .into_iter()
            .enumerate()
            .map(|(index, (namespace, labels, spec, net))| json!({
                "apiVersion": "v1", "kind": "Pod",
                "metadata": {"name": format!("p{index}"), "namespace": namespace, "labels": labels},
                "spec": spec,
                "status": {"podIPs": [{"ip": format!("{net}.{}", 100 + 60 * (index % 2))}]},
            }))
            .collect(),
        policies: policies
            .into_iter()
            .enumerate()
            .map(|(index, (namespace, spec))| json!({
                "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
                "metadata": {"name": format!("n{index}"), "namespace": namespace}, "spec": spec,
            }))
            .collect(),
    })
}
