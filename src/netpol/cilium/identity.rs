//! What Cilium takes an end of a connection for: an identity, chosen by labels and entities.

use super::key::Meaning;
use crate::netpol::{AddressSet, End, Network, PodEnd};

/// An identity that an end can have.
#[derive(Clone, Debug)]
pub(super) enum Identity<'a> {
    /// A pod that Cilium manages.
    Pod(&'a PodEnd<'a>),
    /// A node, and every pod in its network.
    Node {
        /// The node of the pod that the policy is about, or another one.
        is_local: bool,
        /// Its addresses; `None` when they are not known.
        addresses: Option<AddressSet>,
        /// Whether it is the API server.
        is_api_server: Option<bool>,
    },
    /// Addresses outside the cluster.
    World {
        addresses: &'a AddressSet,
        /// Whether they are the API server's.
        is_api_server: Option<bool>,
    },
    /// An endpoint of Cilium itself (health checks, ingress proxies), or one that it does not manage.
    Special(&'a AddressSet),
}

/// The value of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// There is no such label.
    Absent,
    /// It is there with this value.
    Is(&'a str),
    /// It is there with a value that is not known.
    Present,
    /// Whether it is there is not known.
    Unknown,
}

/// What an end may be taken for.
pub(super) struct Identities<'a> {
    /// It is one of these. Addresses that are not known to be a node's are taken for the world's.
    pub(super) usual: Vec<Identity<'a>>,
    /// It may be one of these as well.
    pub(super) beside: Vec<Identity<'a>>,
}

impl<'a> Identities<'a> {
    pub(super) fn of(end: &'a End<'a>, network: &Network) -> Self {
        match end {
            End::Pod(pod) if !pod.host_network => {
                Self { usual: vec![Identity::Pod(pod)], beside: Vec::new() }
            }
            End::Pod(pod) => {
                let addresses = pod
                    .addresses
                    .iter()
                    .map(|address| AddressSet::from(ipnet::IpNet::from(*address)));
                let addresses = (!pod.addresses.is_empty()).then(|| addresses.collect());
                Self { usual: nodes(addresses.as_ref(), network).into(), beside: Vec::new() }
            }
            End::Addresses(addresses) => {
                let addresses: &'a AddressSet = addresses;
                let nodes = nodes(Some(addresses), network);
                let is_api_server = is_api_server(Some(addresses), network);
                let world = Identity::World { addresses, is_api_server };
                let known = network.nodes.as_ref();
                if known.is_some_and(|known| addresses.is_subset(known)) {
                    return Self { usual: nodes.into(), beside: Vec::new() };
                }
                let special = Identity::Special(addresses);
                let [local, remote] = nodes;
                if known.is_some_and(|known| !known.intersection(addresses).is_empty()) {
                    return Self { usual: vec![world, local, remote], beside: vec![special] };
                }
                Self { usual: vec![world], beside: vec![local, remote, special] }
            }
        }
    }
}

fn nodes<'a>(addresses: Option<&AddressSet>, network: &Network) -> [Identity<'a>; 2] {
    [true, false].map(|is_local| Identity::Node {
        is_local,
        addresses: addresses.cloned(),
        is_api_server: is_api_server(addresses, network),
    })
}

fn is_api_server(addresses: Option<&AddressSet>, network: &Network) -> Option<bool> {
    within(addresses?, network.api_server.as_ref()?)
}

/// Whether `addresses` are in `block`; `None` when some are and some are not.
pub(super) fn within(addresses: &AddressSet, block: &AddressSet) -> Option<bool> {
    if addresses.is_subset(block) {
        return Some(true);
    }
    addresses.intersection(block).is_empty().then_some(false)
}

impl Identity<'_> {
    /// Whether it is a pod of `namespace`, or of any.
    pub(super) fn is_pod_of(&self, namespace: Option<&str>) -> bool {
        match self {
            Self::Pod(pod) => namespace.is_none_or(|namespace| namespace == pod.namespace),
            Self::Node { .. } | Self::World { .. } | Self::Special(_) => false,
        }
    }

    /// The label that a selector asks for.
    pub(super) fn value(&self, asked: Meaning<'_>) -> Value<'_> {
        match self {
            Self::Pod(pod) => of_pod(pod, asked),
            Self::Node { is_local, is_api_server, .. } => match asked {
                Meaning::Reserved("host") => reserved(Some(*is_local)),
                Meaning::Reserved("remote-node") => reserved(Some(!is_local)),
                Meaning::Reserved("kube-apiserver") => reserved(*is_api_server),
                Meaning::Reserved(_)
                | Meaning::Namespace
                | Meaning::NamespaceLabel(_)
                | Meaning::ServiceAccount => Value::Absent,
                // Nodes have labels of their own.
                _ => Value::Unknown,
            },
            Self::World { is_api_server, .. } => match asked {
                Meaning::Reserved("kube-apiserver") => reserved(*is_api_server),
                // Which of the three it is depends on the families of the agent.
                Meaning::Reserved("world" | "world-ipv4" | "world-ipv6") | Meaning::Unknown => {
                    Value::Unknown
                }
                _ => Value::Absent,
            },
            Self::Special(_) => match asked {
                Meaning::Reserved("health" | "ingress" | "init" | "unmanaged")
                | Meaning::Cluster
                | Meaning::Unknown => Value::Unknown,
                _ => Value::Absent,
            },
        }
    }
}

fn of_pod<'a>(pod: &'a PodEnd<'a>, asked: Meaning<'_>) -> Value<'a> {
    let value = |value: Option<&'a str>| value.map_or(Value::Absent, Value::Is);
    match asked {
        Meaning::Namespace => Value::Is(pod.namespace),
        Meaning::NamespaceLabel(key) => value(pod.namespace_labels.value(key)),
        Meaning::ServiceAccount => Value::Is(pod.service_account),
        Meaning::Cluster => Value::Present,
        Meaning::PodLabel(key) => value(pod.labels.value(key)),
        Meaning::LeftOut(key) if pod.labels.value(key).is_none() => Value::Absent,
        Meaning::LeftOut(_) | Meaning::Unknown => Value::Unknown,
        Meaning::Reserved(_) => Value::Absent,
    }
}

/// Reserved labels have no value.
fn reserved(is_there: Option<bool>) -> Value<'static> {
    match is_there {
        Some(true) => Value::Is(""),
        Some(false) => Value::Absent,
        None => Value::Unknown,
    }
}
