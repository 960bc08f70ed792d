//! `metadata-service-egress`: pods may ask the cloud for the node's credentials.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::facts::has_gke_metadata_server;
use crate::model::{Check, Depends, Problem, Rule, RuleLevel, Scope};
use crate::netpol::{self, AddressSet, Direction, Family, Peer, Peers, Protocol};
use crate::object::Policy;

use super::parts::rules;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "metadata-service-egress",
    level: RuleLevel::Warn,
    summary: "an egress rule lets pods reach the metadata service of the cloud",
    page: include_str!("metadata_service_egress.md"),
    depends: Depends::Others,
    check: Check::Policy(check),
};

/// Where the metadata services of most clouds answer, per family.
const EVERYWHERE: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

/// Where those of single clouds answer: credentials of ECS tasks and EKS pods, Alibaba. They count only in a rule about their
/// neighbourhood; elsewhere they are ordinary addresses.
const SOMEWHERE: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
    POD_IDENTITY,
];

/// The agent of EKS Pod Identity on each node. It answers who shows the token of a pod, with the credentials of that pod's role.
const POD_IDENTITY: IpAddr = IpAddr::V4(Ipv4Addr::new(169, 254, 170, 23));

/// They speak HTTP.
const PORT: u16 = 80;

/// A block with at most this many addresses names its neighbourhood.
const NARROW: u8 = 16;

pub(super) fn check(policy: &Policy, scope: &Scope<'_>) -> Vec<Problem> {
    let egress = rules(policy).filter(|at| at.direction == Direction::Egress);
    // A rule that allows everything is what `allow-all` speaks about.
    let listed = egress.filter(|at| !at.rule.is_everything(scope.families()));
    listed
        .filter_map(|at| {
            let address = reached(at.rule, scope)?;
            let message = format!(
                "NetworkPolicy {}: its pods may reach the cloud's metadata service at {address}, which can hand out the \
                 credentials of the node; leave it out with `except`",
                policy.meta.name,
            );
            let key = address.to_string();
            Some(Problem::new(message).at(at.path).direction(Direction::Egress).key(key))
        })
        .collect()
}

fn reached(rule: &netpol::Rule, scope: &Scope<'_>) -> Option<IpAddr> {
    if !rule.ports.numbers(Protocol::Tcp).contains(PORT) {
        return None;
    }
    let is_in_use = |address: &IpAddr| scope.families().contains(Family::of(*address));
    let Peers::Some(peers) = &rule.peers else {
        return EVERYWHERE.into_iter().find(is_in_use);
    };
    let blocks = || {
        peers.iter().filter_map(|peer| match peer {
            Peer::Block(block) => Some(block),
            _ => None,
        })
    };
    let all: AddressSet = blocks().map(netpol::Block::addresses).collect();
    let narrow = blocks().filter(|block| block.cidr.prefix_len() >= NARROW);
    let narrow: AddressSet = narrow.map(netpol::Block::addresses).collect();
    let of_all = EVERYWHERE.into_iter().filter(|address| all.contains(*address));
    let of_narrow = SOMEWHERE.into_iter().filter(|address| narrow.contains(*address));
    let is_named_alone = |address: IpAddr| {
        let mut holding = blocks().filter(|block| block.cidr.contains(&address));
        holding.all(|block| block.cidr.prefix_len() == block.cidr.max_prefix_len())
    };
    let is_meant = |address: IpAddr| is_for_pods(address, scope) && is_named_alone(address);
    of_all.chain(of_narrow).find(|address| is_in_use(address) && !is_meant(*address))
}

/// Whether pods get credentials of their own there, and not those of the node: a rule for that address alone says that they
/// need them. Workload Identity of GKE runs a server on each node that takes the place of the cloud's.
fn is_for_pods(address: IpAddr, scope: &Scope<'_>) -> bool {
    address == POD_IDENTITY
        || (address == EVERYWHERE[0] && has_gke_metadata_server(scope.world, scope.settings))
}
