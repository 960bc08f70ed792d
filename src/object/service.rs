//! Services and their endpoints.

use std::net::IpAddr;

use crate::netpol::{Family, Labels, Protocol};

use super::{Meta, Scrape};

/// A `Service`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// Metadata.
    pub meta: Meta,
    /// `spec.selector`; `None` for a Service without one (missing, null or empty).
    pub selector: Option<Labels>,
    /// `spec.clusterIPs`, without `None` of headless Services.
    pub cluster_ips: Vec<IpAddr>,
    /// `spec.ports`.
    pub ports: Vec<ServicePort>,
    /// `spec.type`.
    pub exposure: Exposure,
    /// `externalTrafficPolicy: Local`: pods see the address of the client, and not that of a node.
    pub keeps_client_address: bool,
    /// `clusterIP: None`.
    pub headless: bool,
    /// `spec.ipFamilies`; empty where it leaves them to the cluster.
    pub families: Vec<Family>,
    /// What its annotations ask of Prometheus.
    pub scrape: Option<Scrape>,
}

/// `spec.type` of a Service: who outside the cluster can reach it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Exposure {
    /// Nobody.
    #[default]
    ClusterIp,
    /// It is a name for something elsewhere.
    ExternalName,
    /// Whoever reaches its load balancer.
    LoadBalancer,
    /// Whoever reaches a node.
    NodePort,
}

/// One port of a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePort {
    /// Its name, empty when it is the only one.
    pub name: String,
    /// The protocol.
    pub protocol: Protocol,
    /// The port at the Service.
    pub port: u16,
    /// Where it leads at the pod.
    pub target: TargetPort,
}

/// `targetPort` of a Service port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetPort {
    /// A container port name, resolved per pod.
    Name(String),
    /// A number; equal to the Service port when `targetPort` is missing.
    Number(u16),
}

/// An `EndpointSlice`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointSlice {
    /// Metadata.
    pub meta: Meta,
    /// The label `kubernetes.io/service-name`: the Service in the same namespace.
    pub service: String,
    /// `endpoints`.
    pub endpoints: Vec<Endpoint>,
    /// `ports`, with real target ports; entries without a number are left out.
    pub ports: Vec<EndpointPort>,
}

/// One endpoint of a slice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoint {
    /// Its addresses; those that are no IP address are left out.
    pub addresses: Vec<IpAddr>,
    /// `conditions.ready`; missing counts as ready.
    pub ready: bool,
    /// Namespace and name of the pod behind it, when `targetRef` is a Pod.
    pub pod: Option<(String, String)>,
}

/// One port of a slice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointPort {
    /// Its name, empty when missing.
    pub name: String,
    /// The protocol.
    pub protocol: Protocol,
    /// The port at the pod.
    pub port: u16,
}
