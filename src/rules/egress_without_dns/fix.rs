//! The policy that allows DNS.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Value, json};

use crate::facts::DnsServer;
use crate::model::{DnsPort, Fix, Scope};
use crate::object::Policy;

use super::super::known::NAME;
use super::super::remedy::egress_policy;
use super::cluster::Cluster;
use super::lack::Lacks;
use super::nameservers::PORT;

/// What allows all that is missing, for the pods of `policy`: the servers, what answers in their place on each node, and the pods'
/// own nameservers.
pub(super) fn fix(
    policy: &Policy,
    lacks: &Lacks<'_>,
    scope: &Scope<'_>,
    cluster: &Cluster,
) -> Option<Fix> {
    let dns = cluster.dns.as_ref();
    let servers = dns.filter(|_| !lacks.servers.is_empty()).map(|dns| dns.servers.as_slice());
    let cache = dns.filter(|_| lacks.lacks_cache()).map(|dns| dns.node_cache.as_slice());
    let mut egress = allowing(servers.unwrap_or_default(), cache.unwrap_or_default());
    if let Some((nameservers, _)) = &lacks.nameservers {
        let rule = of_addresses(nameservers);
        if !egress.contains(&rule) {
            egress.push(rule);
        }
    }
    (!egress.is_empty()).then(|| egress_policy("allow-dns", policy, &egress, scope))
}

/// The egress rules that allow these servers and what answers in their place on each node; none for a server of which neither
/// labels nor addresses are known.
pub(crate) fn allowing(servers: &[DnsServer], cache: &[IpAddr]) -> Vec<Value> {
    let mut egress: Vec<Value> = Vec::new();
    let cache = (!cache.is_empty()).then(|| of_addresses(cache));
    for rule in servers.iter().filter_map(of_server).chain(cache) {
        if !egress.contains(&rule) {
            egress.push(rule);
        }
    }
    egress
}

fn of_server(server: &DnsServer) -> Option<Value> {
    let peers = match &server.labels {
        Some(_) => vec![json!({
            "namespaceSelector": {"matchLabels": {NAME: server.namespace}},
            "podSelector": {"matchLabels": server.selector},
        })],
        None => server.addresses.iter().map(|address| host(*address)).collect(),
    };
    let port = |port: &DnsPort| json!({"protocol": port.protocol, "port": port.port});
    let ports: Vec<Value> = server.ports.iter().map(port).collect();
    (!peers.is_empty()).then(|| json!({"to": peers, "ports": ports}))
}

fn of_addresses(addresses: &[IpAddr]) -> Value {
    let peers: Vec<Value> = addresses.iter().map(|address| host(*address)).collect();
    let ports = json!([{"protocol": "UDP", "port": PORT}, {"protocol": "TCP", "port": PORT}]);
    json!({"to": peers, "ports": ports})
}

fn host(address: IpAddr) -> Value {
    json!({"ipBlock": {"cidr": IpNet::from(address).to_string()}})
}
