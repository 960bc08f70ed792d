//! Ranges of addresses, and what the meaning of policies depends on.

use crate::model::{Settings, World};
use crate::netpol::{AddressSet, Engines, Network};

use super::derived::{derived, set};
use super::{api_server, cni};

/// Addresses of a cluster as far as they are known: what they hold is one for certain, what they do not hold may be one too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranges {
    /// Of pods.
    pub pods: AddressSet,
    /// Of Services.
    pub services: AddressSet,
    /// Of nodes.
    pub nodes: AddressSet,
}

/// The ranges of pods, Services and nodes: from objects, else as stated.
pub fn ranges(world: &World, settings: &Settings) -> Ranges {
    let derived = derived(world);
    let stated = &settings.facts.ranges;
    let or = |found: &AddressSet, stated: &[ipnet::IpNet]| {
        if found.is_empty() { set(stated.iter().copied()) } else { found.clone() }
    };
    Ranges {
        pods: or(&derived.pods, &stated.pods),
        services: or(&derived.services, &stated.services),
        nodes: or(&derived.nodes, &stated.nodes),
    }
}

/// What is known of the network, as far as the meaning of policies depends on it.
pub fn network(world: &World, settings: &Settings) -> Network {
    let Ranges { pods, nodes, .. } = ranges(world, settings);
    let known = |set: AddressSet| (!set.is_empty()).then_some(set);
    let features = cni(world, settings).features;
    let endpoints = api_server::known_endpoints(world, settings);
    Network {
        families: world.families_beside(&settings.facts.families),
        blocks_match_pods: features.blocks_match_pods,
        blocks_match_nodes: features.blocks_match_nodes,
        pods: known(pods),
        nodes: known(nodes),
        api_server: known(set(endpoints.into_iter().map(|(range, _)| range))),
        isolates_always: features.isolates_always == Some(true),
        engines: Engines {
            admin: features.admin,
            calico: features.calico,
            cilium: features.cilium,
            cluster: features.cluster,
        },
    }
}

/// Whether Workload Identity of GKE answers at the address of the metadata service, with credentials of the pods' own.
pub fn has_gke_metadata_server(world: &World, settings: &Settings) -> bool {
    derived(world).has_gke_metadata_server || settings.facts.gke_metadata_server
}
