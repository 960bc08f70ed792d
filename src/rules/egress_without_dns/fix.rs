//! The policy that allows DNS.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Value, json};

use crate::facts::{Dns, DnsServer};
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
    let mut egress: Vec<Value> = Vec::new();
    let mut add = |rule: Value| {
        if !egress.contains(&rule) {
            egress.push(rule);
        }
    };
    let asks_cluster = !lacks.servers.is_empty() || !lacks.cache.is_empty();
    if let Some(Dns { servers, node_cache, .. }) = cluster.dns.as_ref().filter(|_| asks_cluster) {
        if !lacks.servers.is_empty() {
            servers.iter().filter_map(of_server).for_each(&mut add);
        }
        if lacks.lacks_cache() && !node_cache.is_empty() {
            add(of_addresses(node_cache));
        }
    }
    if let Some((nameservers, _)) = &lacks.nameservers {
        add(of_addresses(nameservers));
    }
    (!egress.is_empty()).then(|| egress_policy("allow-dns", policy, &egress, scope))
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
