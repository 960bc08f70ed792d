//! Peers of rules, and whom they match.

use super::entity::Entity;
use super::identity::{Identity, within};
use super::selector::EndpointSelector;
use super::truth::any;
use crate::netpol::{AddressSet, Network, PodEnd};

/// Whom a rule is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Peers {
    /// No peer is written, and ports are: everyone.
    Everyone,
    /// At least one.
    Listed(Vec<Peer>),
    /// An empty list, or neither peers nor ports.
    Nobody,
}

/// One peer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Peer {
    /// `fromEndpoints`, `toEndpoints`.
    Endpoints(EndpointSelector),
    /// `fromCIDR`, `fromCIDRSet` and the like.
    Block(AddressSet),
    /// `fromEntities`, `toEntities`.
    Entity(Entity),
    /// `fromNodes`, `toNodes`: some nodes.
    Nodes,
    /// Addresses outside the cluster that only the cluster knows: groups, and names (`toFQDNs`).
    Outside,
    /// It may be anyone: `toServices`, and what cannot be read.
    Unknown,
}

impl Peers {
    pub(super) fn listed(&self) -> &[Peer] {
        match self {
            Self::Listed(peers) => peers,
            Self::Everyone | Self::Nobody => &[],
        }
    }

    /// Whether one of them is `identity`, for a policy of `home`. `is_fit` tells whether it fulfils what rules require of
    /// pods that are chosen by labels.
    pub(super) fn hold(
        &self,
        identity: &Identity<'_>,
        home: Option<&str>,
        network: &Network,
        is_fit: bool,
    ) -> Option<bool> {
        match self {
            Self::Everyone => Some(true),
            Self::Nobody => Some(false),
            Self::Listed(peers) => any(peers.iter().map(|peer| match peer {
                Peer::Endpoints(selector) => {
                    selector.selects_peer(identity, home).filter(|selected| !selected || is_fit)
                }
                Peer::Block(block) => is_within(identity, block, network),
                Peer::Entity(entity) => entity.holds(identity),
                Peer::Nodes => match identity {
                    Identity::Pod(_) | Identity::World { .. } => Some(false),
                    Identity::Node { .. } | Identity::Special(_) => None,
                },
                Peer::Outside => match identity {
                    Identity::Pod(_) if network.blocks_match_pods != Some(true) => Some(false),
                    _ => None,
                },
                Peer::Unknown => None,
            })),
        }
    }
}

fn is_within(identity: &Identity<'_>, block: &AddressSet, network: &Network) -> Option<bool> {
    match identity {
        Identity::World { addresses, .. } => within(addresses, block),
        Identity::Pod(pod) if network.blocks_match_pods == Some(true) => pod_within(pod, block),
        Identity::Pod(_) => Some(false),
        // Whether blocks match nodes depends on `policy-cidr-match-mode`.
        Identity::Node { addresses: Some(addresses), .. } => {
            within(addresses, block).filter(|inside| !inside)
        }
        Identity::Special(addresses) => within(addresses, block).filter(|inside| !inside),
        Identity::Node { addresses: None, .. } => block.is_empty().then_some(false),
    }
}

/// Where blocks match pods: whether every address of the pod is in the block.
fn pod_within(pod: &PodEnd<'_>, block: &AddressSet) -> Option<bool> {
    let mut inside = pod.addresses.iter().map(|address| block.contains(*address));
    let first = inside.next()?;
    inside.all(|other| other == first).then_some(first)
}
