//! The two ends of a connection, and what is known of the network between them.

use std::net::IpAddr;

use super::{AddressSet, ContainerPort, Families, Labels};

/// One end of a connection, as the policies of the other end see it.
#[derive(Clone, Copy, Debug)]
pub enum End<'a> {
    /// A pod, or the pods of a template.
    Pod(PodEnd<'a>),
    /// Addresses that are no pod's. No rule tells two of them apart: the caller cuts the ranges along every block.
    Addresses(&'a AddressSet),
}

/// A pod, or the pods of a template.
#[derive(Clone, Copy, Debug)]
pub struct PodEnd<'a> {
    /// The name of its namespace.
    pub namespace: &'a str,
    /// The labels of its namespace.
    pub namespace_labels: &'a Labels,
    /// Its labels.
    pub labels: &'a Labels,
    /// The name of its service account.
    pub service_account: &'a str,
    /// The ports that its containers declare: what port names stand for.
    pub ports: &'a [ContainerPort],
    /// Its addresses; empty for a template, and while they are unknown.
    pub addresses: &'a [IpAddr],
    /// It runs in the network of its node: no policy governs it, and no selector matches it.
    pub host_network: bool,
}

/// What is known of a cluster's network, as far as the meaning of a policy depends on it. Unknown is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// The IP families in use.
    pub families: Families,
    /// Whether address blocks match pods (SEMANTICS 13.1): not with Cilium; unknown counts as matching.
    pub blocks_match_pods: Option<bool>,
    /// Whether address blocks match nodes: not with Cilium unless it is told to; unknown counts as matching.
    pub blocks_match_nodes: Option<bool>,
    /// The addresses that pods can have.
    pub pods: Option<AddressSet>,
    /// The addresses of nodes.
    pub nodes: Option<AddressSet>,
    /// The addresses of the API server, behind its Service.
    pub api_server: Option<AddressSet>,
    /// Every pod is isolated in both directions, whether a policy selects it or not (`enable-policy: always` of Cilium).
    pub isolates_always: bool,
    /// Which engines there are.
    pub engines: Engines,
}

/// Which kinds of policies beside `NetworkPolicies` are enforced. Unknown counts as enforced: somebody wrote them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Engines {
    /// `AdminNetworkPolicy` and `BaselineAdminNetworkPolicy`.
    pub admin: Option<bool>,
    /// Calico's own.
    pub calico: Option<bool>,
    /// Cilium's own.
    pub cilium: Option<bool>,
    /// `ClusterNetworkPolicy`.
    pub cluster: Option<bool>,
}
