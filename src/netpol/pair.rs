//! Two given ends, seen from the one that is governed: what every engine asks about them.

use super::{AddressSet, ContainerPort, Direction, End, Families, Family, Network, PodEnd};

/// A pod that is governed in a direction, and the end that it connects to for egress and is connected from for ingress.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair<'a> {
    pub(super) network: &'a Network,
    pub(super) subject: &'a PodEnd<'a>,
    pub(super) peer: &'a End<'a>,
    pub(super) direction: Direction,
}

/// Whether blocks hold a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// They do not.
    No,
    /// They do.
    Yes,
    /// It depends on which of its addresses is used, or on what is not known.
    Maybe,
    /// It depends on an address that is not known.
    AddressUnknown,
}

impl Pair<'_> {
    /// The ports that the pod that is connected to declares: what names stand for. None for what no selector matches.
    pub(super) fn declared(&self) -> &[ContainerPort] {
        match (self.direction, self.peer) {
            (Direction::Ingress, _) => self.subject.ports,
            (Direction::Egress, End::Pod(end)) if !end.host_network => end.ports,
            (Direction::Egress, _) => &[],
        }
    }

    /// The peer as selectors see it: they match no pods of the host network and no addresses.
    pub(super) fn selectable(&self) -> Option<&PodEnd<'_>> {
        match self.peer {
            End::Pod(end) if !end.host_network => Some(end),
            _ => None,
        }
    }

    /// Whether the peer's addresses are in `blocks` (SEMANTICS 13.1).
    pub(super) fn holds(&self, blocks: &AddressSet) -> Held {
        let pod = match self.peer {
            End::Addresses(addresses) if self.are_of_unmatched_nodes(addresses) => return Held::No,
            End::Addresses(addresses) if addresses.is_subset(blocks) => return Held::Yes,
            End::Addresses(addresses) if addresses.intersection(blocks).is_empty() => {
                return Held::No;
            }
            End::Addresses(_) => return Held::Maybe,
            End::Pod(pod) => pod,
        };
        let is_ignored = self.network.blocks_match_pods == Some(false);
        if is_ignored && !pod.host_network {
            return Held::No;
        }
        if pod.addresses.is_empty() {
            let is_relevant = !blocks.is_empty_in(self.network.families);
            return if is_relevant { Held::AddressUnknown } else { Held::No };
        }
        let mut inside = pod.addresses.iter().map(|address| blocks.contains(*address));
        match (inside.clone().all(|inside| inside), inside.any(|inside| inside)) {
            // Such a plugin matches the addresses of nodes only when told to.
            (_, true) if is_ignored => match self.network.blocks_match_nodes {
                Some(false) => Held::No,
                Some(true) | None => Held::Maybe,
            },
            (true, _) => Held::Yes,
            (_, true) => Held::Maybe,
            (_, false) => Held::No,
        }
    }

    /// Whether they are addresses of nodes alone, which the plugin does not match by address.
    fn are_of_unmatched_nodes(&self, addresses: &AddressSet) -> bool {
        let Network { blocks_match_nodes, nodes, .. } = self.network;
        *blocks_match_nodes == Some(false)
            && nodes.as_ref().is_some_and(|nodes| addresses.is_subset(nodes))
    }

    /// Whether blocks hold every address that a peer of unknown address can have: a whole family of the cluster, or the known
    /// range of pods (of nodes, for the host network).
    pub(super) fn is_everywhere(&self, blocks: &AddressSet) -> bool {
        let Network { families, nodes, pods, .. } = self.network;
        let Families { v4, v6 } = *families;
        let is_on_host = matches!(self.peer, End::Pod(pod) if pod.host_network);
        let range = if is_on_host { nodes } else { pods };
        let is_in_range = |range: &AddressSet| !range.is_empty() && range.is_subset(blocks);
        (v4 && blocks.covers(Family::V4))
            || (v6 && blocks.covers(Family::V6))
            || range.as_ref().is_some_and(is_in_range)
    }
}
