//! Clients as peers of a rule that lets them in.

use serde_json::{Value, json};

use crate::facts::DemandedPods;
use crate::facts::{Client, cni, ranges};
use crate::model::{Scope, Settings, World, pod_labels};
use crate::netpol::{AddressSet, Labels};

use super::super::known::NAME;
use super::gap::Gap;
use super::mend::{Admission, with_labels};

/// More blocks than these are a list of nodes, and the next node is missing in it.
const MOST_BLOCKS: usize = 8;

/// Labels that tell who made something; any other may change with its next release.
const OWN: [&str; 4] = [
    "app.kubernetes.io/component",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/name",
    "operator.prometheus.io/name",
];

/// Labels that change with a release, or say nothing.
const CHANGING: [&str; 8] = [
    "app.kubernetes.io/managed-by",
    "app.kubernetes.io/part-of",
    "app.kubernetes.io/version",
    "chart",
    "helm.sh/chart",
    "heritage",
    "release",
    "version",
];

/// What would let in who is missing at the ports of `gap`.
pub(super) fn admission(gap: &Gap<'_>, nodes: Option<&AddressSet>, scope: &Scope<'_>) -> Admission {
    let pods = match &gap.demand.pods {
        DemandedPods::Annotated => with_labels(&pod_labels(&gap.workload.template.labels)),
        DemandedPods::Selected(selector) => selector.clone(),
        DemandedPods::With(labels) => with_labels(labels),
    };
    let mut ports: Vec<_> = gap.ports.iter().map(|port| (port.protocol, port.port)).collect();
    ports.dedup();
    let mut from: Vec<Value> = Vec::new();
    for client in &gap.demand.clients {
        match peers(client, nodes, &scope.namespace.name) {
            Some(peers) => from
                .extend(peers.into_iter().filter(|peer| !from.contains(peer)).collect::<Vec<_>>()),
            None => return Admission { pods, from: Vec::new(), ports },
        }
    }
    Admission { pods, from, ports }
}

/// The addresses of nodes, where they are known and blocks match them.
pub(crate) fn nodes(world: &World, settings: &Settings) -> Option<AddressSet> {
    let nodes = ranges(world, settings).nodes;
    let features = cni(world, settings).features;
    (features.blocks_match_pods != Some(false)
        && !nodes.is_empty()
        && nodes.blocks().len() <= MOST_BLOCKS)
        .then_some(nodes)
}

/// The peers that are the client, in a policy of the namespace `home`; `None` when only a rule without peers admits it.
pub(crate) fn peers(client: &Client, nodes: Option<&AddressSet>, home: &str) -> Option<Vec<Value>> {
    match &client.labels {
        None if client.is_outside() => None,
        None => {
            let blocks = nodes?.blocks().into_iter();
            Some(blocks.map(|block| json!({"ipBlock": {"cidr": block.to_string()}})).collect())
        }
        Some(labels) => {
            let labels = telling(labels);
            let mut peer = serde_json::Map::new();
            if client.namespace != home {
                let namespace = json!({"matchLabels": {NAME: client.namespace}});
                peer.insert("namespaceSelector".to_owned(), namespace);
            }
            if !labels.is_empty() {
                peer.insert("podSelector".to_owned(), json!({"matchLabels": labels}));
            } else if peer.is_empty() {
                peer.insert("podSelector".to_owned(), json!({}));
            }
            Some(vec![Value::Object(peer)])
        }
    }
}

/// The labels by which to select a client's pods, also after their next release.
pub(super) fn telling(labels: &Labels) -> Labels {
    let labels = pod_labels(labels);
    let of = |keep: &dyn Fn(&str) -> bool| -> Labels {
        labels.iter().filter(|(key, _)| keep(key)).collect()
    };
    match labels.value("app.kubernetes.io/name") {
        Some(_) => of(&|key| OWN.contains(&key)),
        None => of(&|key| !CHANGING.contains(&key)),
    }
}
