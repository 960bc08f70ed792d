//! Whether rules together allow (nearly) everything: every port of every protocol, with every address.
//!
//! Only blocks and the lack of peers count. Pods chosen by selectors never stand for the addresses outside the cluster, and
//! named ports stand for no number.

use super::{AddressSet, Families, Peer, Peers, PortSet, Ports, Protocol, Rule};

/// The part of a rule that can add to everything.
struct Share<'a> {
    addresses: AddressSet,
    ports: &'a Ports,
}

/// Whether the union of `rules` is nearly everything: in every protocol, all but fewer than 1,024 ports are open to all but
/// fewer than 2^16 IPv4 and 2^64 IPv6 addresses of `families`.
pub(super) fn is_everything(rules: &[&Rule], families: Families) -> bool {
    let shares: Vec<Share<'_>> = rules.iter().filter_map(|rule| share(rule)).collect();
    // Nearly every allow-list ends here: what all shares leave out, no port is open to.
    let together: AddressSet = shares.iter().map(|share| share.addresses.clone()).collect();
    together.covers_all(families)
        && Protocol::ALL
            .into_iter()
            .all(|protocol| open_ports(&shares, protocol, families).is_everything())
}

fn share(rule: &Rule) -> Option<Share<'_>> {
    let addresses = match &rule.peers {
        Peers::Any => AddressSet::everything(),
        Peers::Some(peers) => blocks(peers),
    };
    (!addresses.is_empty()).then_some(Share { addresses, ports: &rule.ports })
}

/// The addresses of all blocks among `peers`.
pub(super) fn blocks(peers: &[Peer]) -> AddressSet {
    let blocks = peers.iter().filter_map(|peer| match peer {
        Peer::Block(block) => Some(block.addresses()),
        Peer::Pods(_) | Peer::Unreadable => None,
    });
    blocks.collect()
}

/// The ports of `protocol` that the shares together open to every address.
fn open_ports(shares: &[Share<'_>], protocol: Protocol, families: Families) -> PortSet {
    let ports: Vec<PortSet> = shares.iter().map(|share| share.ports.numbers(protocol)).collect();
    // Between two neighbouring edges every port is open to the same addresses.
    let mut edges: Vec<u16> = ports
        .iter()
        .flat_map(PortSet::ranges)
        .flat_map(|(first, last)| [Some(*first), last.checked_add(1)])
        .flatten()
        .collect();
    edges.sort_unstable();
    edges.dedup();
    let ends = edges.iter().skip(1).map(|next| next - 1).chain([u16::MAX]);
    let is_open = |port: u16| {
        let holding = shares.iter().zip(&ports).filter(|(_, ports)| ports.contains(port));
        let addresses = holding.map(|(share, _)| share.addresses.clone()).collect::<AddressSet>();
        addresses.covers_all(families)
    };
    edges.iter().copied().zip(ends).filter(|(first, _)| is_open(*first)).collect()
}
