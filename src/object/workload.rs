//! Workloads: Pods, and what makes Pods from a template.

use std::net::IpAddr;

use crate::netpol::{ContainerPort, Labels, PodEnd};

use super::{Container, Kind, Meta, ObjectRef, Scrape};

/// A workload; a Pod is its own template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// One of the workload kinds.
    pub kind: Kind,
    /// Metadata of the workload itself.
    pub meta: Meta,
    /// What its Pods look like.
    pub template: PodTemplate,
    /// It will make no more Pods: a Pod that has succeeded or failed, a Job that is complete or has failed.
    pub finished: bool,
    /// `spec.replicas` is 0 (a ReplicaSet of an old revision, a Deployment scaled to nothing).
    pub scaled_to_zero: bool,
    /// The containers of a DaemonSet, a Deployment or a StatefulSet; of the others none is kept.
    pub containers: Vec<Container>,
    /// The labels of the nodes that a DaemonSet runs on (`nodeSelector`); of the others nothing is kept.
    pub node_labels: Labels,
    /// What only a Pod has.
    pub pod: Option<PodState>,
}

/// What the rules read of a pod template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodTemplate {
    /// Its labels.
    pub labels: Labels,
    /// What its annotations ask of Prometheus.
    pub scrape: Option<Scrape>,
    /// `hostNetwork`: no policy governs such pods.
    pub host_network: bool,
    /// `serviceAccountName`; `default` when missing.
    pub service_account: String,
    /// `automountServiceAccountToken`.
    pub automount: Option<bool>,
    /// A projected token for the API server is mounted explicitly.
    pub token_projected: bool,
    /// `dnsPolicy`.
    pub dns_policy: DnsPolicy,
    /// `dnsConfig.nameservers` that are addresses.
    pub nameservers: Vec<IpAddr>,
    /// Named and unnamed container ports.
    pub ports: Vec<ContainerPort>,
}

/// `dnsPolicy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DnsPolicy {
    /// The cluster's DNS (also `ClusterFirstWithHostNet`).
    #[default]
    ClusterFirst,
    /// The node's resolvers.
    Default,
    /// Only `dnsConfig`.
    None,
}

/// What only a Pod has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodState {
    /// `status.podIPs`.
    pub addresses: Vec<IpAddr>,
    /// A mirror Pod of a static one: only reported.
    pub mirror: bool,
}

impl Workload {
    /// How it is named.
    pub fn reference(&self) -> ObjectRef {
        let Meta { namespace, name, .. } = &self.meta;
        ObjectRef { kind: self.kind, namespace: Some(namespace.clone()), name: name.clone() }
    }

    /// Its pods as the end of a connection, in a namespace with these labels.
    pub fn end<'a>(&'a self, namespace_labels: &'a Labels) -> PodEnd<'a> {
        PodEnd {
            namespace: &self.meta.namespace,
            namespace_labels,
            labels: &self.template.labels,
            service_account: &self.template.service_account,
            ports: &self.template.ports,
            addresses: self.pod.as_ref().map_or(&[], |pod| &pod.addresses),
            host_network: self.template.host_network,
        }
    }

    /// Whether policies can govern its Pods at all.
    pub fn is_governed(&self) -> bool {
        !self.template.host_network
    }
}
