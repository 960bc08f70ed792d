//! Nodes: their addresses, and what tells which network plugin runs on them.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::Deserialize;

use super::Meta;
use super::read::or_default;
use super::wire::{addresses, ranges, wire};

/// Annotations that network plugins (Calico, Flannel, OVN-Kubernetes) and k3s leave on a node.
const READ: [&str; 4] =
    ["flannel.alpha.coreos.com/", "k3s.io/node-args", "k8s.ovn.org/", "projectcalico.org/"];

/// A `Node`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Metadata; of the annotations only those of network plugins.
    pub meta: Meta,
    /// `status.addresses` that are IP addresses, inside and outside ones.
    pub addresses: Vec<IpAddr>,
    /// `spec.podCIDRs`: what its pods get their addresses from.
    pub pod_ranges: Vec<IpNet>,
    /// `status.nodeInfo.kubeletVersion`, such as `v1.33.4+k3s1`.
    pub kubelet: String,
}

wire! {
    WireNode { metadata: Meta, spec: NodeSpec, status: NodeStatus }
    NodeSpec { #[serde(rename = "podCIDR")] pod_cidr: String, #[serde(rename = "podCIDRs")] pod_cidrs: Vec<String> }
    NodeStatus { addresses: Vec<NodeAddress>, node_info: NodeInfo }
    NodeAddress { r#type: String, address: String }
    NodeInfo { kubelet_version: String }
}

impl From<WireNode> for Node {
    fn from(wire: WireNode) -> Self {
        let mut meta = wire.metadata;
        meta.annotations.retain(|key, _| READ.iter().any(|prefix| key.starts_with(prefix)));
        let mut pods = wire.spec.pod_cidrs;
        if pods.is_empty() {
            pods.push(wire.spec.pod_cidr);
        }
        let told = wire.status.addresses.into_iter();
        let told = told.filter(|told| matches!(told.r#type.as_str(), "ExternalIP" | "InternalIP"));
        let told: Vec<String> = told.map(|told| told.address).collect();
        Self {
            meta,
            addresses: addresses(&told),
            pod_ranges: ranges(&pods),
            kubelet: wire.status.node_info.kubelet_version,
        }
    }
}
