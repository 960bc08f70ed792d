//! The cluster's DNS, as it is stated.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::netpol::{Labels, Protocol};

/// The pods that answer DNS queries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct DnsFacts {
    /// Their namespace.
    #[serde(skip_serializing_if = "is_usual_namespace")]
    pub namespace: String,
    /// Labels of that namespace besides `kubernetes.io/metadata.name`.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub namespace_labels: Labels,
    /// Their labels; `{}` beside addresses for servers that are no pods (Cloud DNS of GKE: 169.254.169.254).
    #[serde(skip_serializing_if = "are_usual_labels")]
    pub pod_labels: Labels,
    /// Their ports, at the pod.
    #[serde(skip_serializing_if = "are_usual_ports")]
    pub ports: Vec<DnsPort>,
    /// Their addresses, when they are known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<IpAddr>,
    /// Every server by itself; where there are some, what is said above of all of them does not count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<DnsServerFacts>,
    /// The cluster IPs of their Service.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub service: Vec<IpAddr>,
    /// Where a cache answers on every node.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub node_cache: Vec<IpAddr>,
}

impl DnsFacts {
    /// Whether it states servers that are no pods, all at addresses of the node's own link, as Cloud DNS for GKE is: the pods of
    /// the unused kube-dns keep running beside it, so this wins over what objects show.
    pub fn is_beyond_objects(&self) -> bool {
        let is_link_local = |address: &IpAddr| match address {
            IpAddr::V4(address) => address.is_link_local(),
            IpAddr::V6(address) => address.is_unicast_link_local(),
        };
        let are_link_local =
            |addresses: &[IpAddr]| !addresses.is_empty() && addresses.iter().all(is_link_local);
        match self.servers.as_slice() {
            [] => self.pod_labels.is_empty() && are_link_local(&self.addresses),
            servers => servers
                .iter()
                .all(|server| server.pod_labels.is_none() && are_link_local(&server.addresses)),
        }
    }
}

/// One DNS server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DnsServerFacts {
    /// Its namespace.
    pub namespace: String,
    /// The labels of its pod; missing for what no selector matches: the host network, and what is no pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod_labels: Option<Labels>,
    /// Its pod can carry more labels than those.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_have_more_labels: bool,
    /// The labels to select it by.
    #[serde(default)]
    pub selector: Labels,
    /// Its addresses; empty where they are not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<IpAddr>,
    /// Its ports, at the pod.
    pub ports: Vec<DnsPort>,
}

/// One port of the DNS pods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DnsPort {
    /// UDP or TCP.
    pub protocol: Protocol,
    /// The number at the pod: 53, or 5353 on `OpenShift`.
    pub port: u16,
    /// The container port's name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
}

/// The DNS pods of most clusters: a starting point for a settings file that names only what differs.
impl Default for DnsFacts {
    fn default() -> Self {
        Self {
            namespace: USUAL_NAMESPACE.to_owned(),
            namespace_labels: Labels::default(),
            pod_labels: usual_labels(),
            ports: usual_ports(),
            addresses: Vec::new(),
            servers: Vec::new(),
            service: Vec::new(),
            node_cache: Vec::new(),
        }
    }
}

const USUAL_NAMESPACE: &str = "kube-system";

fn usual_labels() -> Labels {
    [("k8s-app", "kube-dns")].into_iter().collect()
}

fn usual_ports() -> Vec<DnsPort> {
    let port = |protocol, name: &str| DnsPort { protocol, port: 53, name: name.to_owned() };
    vec![port(Protocol::Udp, "dns"), port(Protocol::Tcp, "dns-tcp")]
}

fn is_usual_namespace(namespace: &str) -> bool {
    namespace == USUAL_NAMESPACE
}

fn are_usual_labels(labels: &Labels) -> bool {
    *labels == usual_labels()
}

fn are_usual_ports(ports: &[DnsPort]) -> bool {
    ports == usual_ports()
}
