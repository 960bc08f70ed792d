//! Everything that is known about a cluster, in the form in which it can be stated elsewhere.
//!
//! The law: rules that judge the objects of one namespace find the same with these facts as with the World that they are of,
//! except where they look at the pods of other namespaces, which are no facts.

use std::collections::BTreeMap;

use ipnet::IpNet;

use crate::model::{
    ApiServerFacts, CniFacts, DnsFacts, DnsServerFacts, EndpointFacts, Enforces, FactsSettings,
    RangeFacts, Settings, World,
};
use crate::netpol::{AddressSet, Family};

use super::api_server::{known_endpoints, known_service};
use super::called::tunnels;
use super::client::known;
use super::cni::{Cni, cni};
use super::derived::derived;
use super::dns::{Dns, dns};
use super::network::{has_gke_metadata_server, ranges};
use super::scraped::scrapers;
use super::told;

/// What `world` tells about its cluster, and `settings` where it does not tell.
pub fn facts(world: &World, settings: &Settings) -> FactsSettings {
    let ranges = ranges(world, settings);
    let blocks = |set: &AddressSet| set.blocks();
    FactsSettings {
        dns: dns(world, settings).map(of_dns),
        api_server: api_server(world, settings),
        cni: of_cni(cni(world, settings)),
        gke_metadata_server: has_gke_metadata_server(world, settings),
        families: families(world, settings),
        ranges: RangeFacts {
            pods: blocks(&ranges.pods),
            services: blocks(&ranges.services),
            nodes: blocks(&ranges.nodes),
        },
        ingress_controllers: known(
            &derived(world).controllers,
            &settings.facts.ingress_controllers,
            world,
        ),
        ingress_classes: told::ingress_classes(world),
        routes: told::routes(world),
        scrapers: scrapers(world, settings),
        prometheuses: told::prometheuses(world),
        monitors: told::monitors(world),
        callbacks: told::callbacks(world),
        bound: told::bound(world),
        namespaces: told::namespaces(world),
    }
}

fn of_dns(dns: Dns) -> DnsFacts {
    let servers = dns.servers.into_iter().map(|server| DnsServerFacts {
        namespace: server.namespace,
        pod_labels: server.labels,
        may_have_more_labels: server.may_have_more_labels,
        selector: server.selector,
        addresses: server.addresses,
        ports: server.ports,
    });
    DnsFacts {
        servers: servers.collect(),
        service: dns.service,
        node_cache: dns.node_cache,
        ..DnsFacts::default()
    }
}

/// The endpoints with the lowest port together, the others each by itself.
fn api_server(world: &World, settings: &Settings) -> Option<ApiServerFacts> {
    let mut by_port: BTreeMap<u16, Vec<IpNet>> = BTreeMap::new();
    for (range, port) in known_endpoints(world, settings) {
        by_port.entry(port).or_default().push(range);
    }
    let (port, endpoints) = by_port.pop_first().unwrap_or_default();
    let others = by_port.into_iter().flat_map(|(port, ranges)| {
        ranges.into_iter().map(move |address| EndpointFacts { address, port })
    });
    let facts = ApiServerFacts {
        service: known_service(world, settings),
        endpoints,
        port,
        others: others.collect(),
        tunnels: tunnels(world, settings),
    };
    (facts != ApiServerFacts::default()).then_some(facts)
}

fn of_cni(cni: Cni) -> Option<CniFacts> {
    let name = cni.plugin?;
    let usual = if cni.enforces == Enforces::Yes { vec![name] } else { Vec::new() };
    Some(CniFacts {
        name,
        version: None,
        enforces: cni.enforces,
        enforcing: (cni.enforcing != usual).then_some(cni.enforcing),
        evidence: cni.evidence,
        features: Some(cni.features),
    })
}

fn families(world: &World, settings: &Settings) -> Vec<Family> {
    let stated = &settings.facts.families;
    if stated.is_empty() && !world.shows_families() {
        return Vec::new();
    }
    world.families_beside(stated).iter().collect()
}
