//! Where the API server answers.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::model::{Settings, World};
use crate::netpol::Protocol;

/// The port of the Service `default/kubernetes`.
const SERVICE_PORT: u16 = 443;

/// The port of the endpoints that settings without a port mean: that of kubeadm.
const ENDPOINT_PORT: u16 = 6443;

/// The API server as pods reach it: through its Service, which most network plugins translate to an endpoint before they
/// judge, and some (the AWS VPC CNI) do not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiServer {
    /// The cluster IPs of the Service `default/kubernetes`; at least one.
    pub service: Vec<IpAddr>,
    /// The port of the Service.
    pub service_port: u16,
    /// Addresses or ranges behind it, each with its port; at least one.
    pub endpoints: Vec<(IpNet, u16)>,
}

/// The API server, when both its Service and what stands behind it are known.
pub fn api_server(world: &World, settings: &Settings) -> Option<ApiServer> {
    let service = known_service(world, settings);
    let endpoints = known_endpoints(world, settings);
    let is_known = !service.is_empty() && !endpoints.is_empty();
    is_known.then_some(ApiServer { service, service_port: SERVICE_PORT, endpoints })
}

/// Addresses or ranges behind the Service, each with its port: from the slices, else as stated.
pub(super) fn known_endpoints(world: &World, settings: &Settings) -> Vec<(IpNet, u16)> {
    let endpoints = endpoints(world);
    if !endpoints.is_empty() {
        return endpoints;
    }
    settings.facts.api_server.as_ref().map_or_else(Vec::new, |facts| {
        let port = if facts.port == 0 { ENDPOINT_PORT } else { facts.port };
        let alike = facts.endpoints.iter().map(|range| (*range, port));
        let others = facts.others.iter().map(|other| (other.address, other.port));
        let mut endpoints: Vec<(IpNet, u16)> = alike.chain(others).collect();
        endpoints.sort();
        endpoints.dedup();
        endpoints
    })
}

/// The cluster IPs of the Service: from itself, else as stated.
pub(super) fn known_service(world: &World, settings: &Settings) -> Vec<IpAddr> {
    let service = service_addresses(world);
    if !service.is_empty() {
        return service;
    }
    settings.facts.api_server.as_ref().map(|facts| facts.service.clone()).unwrap_or_default()
}

fn service_addresses(world: &World) -> Vec<IpAddr> {
    let service = world.namespace("default").and_then(|view| view.services.get("kubernetes"));
    service.map(|service| service.cluster_ips.clone()).unwrap_or_default()
}

/// The ready endpoints of the slices that the API server itself writes for its Service.
fn endpoints(world: &World) -> Vec<(IpNet, u16)> {
    let Some(view) = world.namespace("default") else { return Vec::new() };
    let slices = view.endpoint_slices.values().filter(|slice| slice.service == "kubernetes");
    let mut endpoints: Vec<(IpNet, u16)> = slices
        .flat_map(|slice| {
            let port = slice.ports.iter().find(|port| port.protocol == Protocol::Tcp);
            let ready = slice.endpoints.iter().filter(|endpoint| endpoint.ready);
            let addresses = ready.flat_map(|endpoint| endpoint.addresses.iter().copied());
            addresses.filter_map(move |address| Some((IpNet::from(address), port?.port)))
        })
        .collect();
    endpoints.sort();
    endpoints.dedup();
    endpoints
}
