//! What is missing between some pods and the cluster's DNS.

use std::net::IpAddr;

use crate::facts::{Dnat, Dns};
use crate::model::RuleLevel;
use crate::netpol::{Answer, Peer, Peers, Protocol};

use super::super::egress::{Reach, Way};
use super::cluster::Cluster;
use super::nameservers::PORT;
use super::servers::Question;

/// What is missing between some pods and the cluster's DNS.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gap {
    /// How many of the servers answer over UDP.
    pub(super) udp: Reach,
    /// How many of the servers answer over TCP.
    pub(super) tcp: Reach,
    /// Why.
    pub(super) why: Why,
    /// Something that may answer on the pod's own node is not reached.
    pub(super) lacks_cache: bool,
}

/// Why the servers are not all reached over both, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why {
    /// Only single addresses are allowed: perhaps no name is ever asked for.
    Literal,
    /// What answers on the pod's own node is allowed, over both.
    OnlyCache,
    /// All is well if the namespace of the servers has a label of which nobody knows.
    UnknownLabel,
    /// All is well where the plugin judges before the Service's address is translated, and which one runs is not known.
    UnknownPlugin,
    /// The address of the Service is allowed, which the plugin does not see.
    ServiceAddress,
    /// The pods are selected by labels that their Service does not select them by, and the plugin looks at the Service.
    OtherLabels,
    /// Nothing excuses it.
    Missing,
}

impl Gap {
    /// `None` when all servers are reached over both, and where it is not known which they are.
    pub(super) fn of(way: &Way<'_>, cluster: &Cluster) -> Option<Self> {
        let dns = cluster.dns.as_ref()?;
        let question = Question { way, cluster, dns, dnat: cluster.dnat, trusts_labels: false };
        let strict = question.reach();
        if is_complete(strict) {
            return None;
        }
        let trusting = Question { trusts_labels: true, ..question };
        let may_be = trusting.reach();
        let [udp, tcp] = if is_complete(may_be) { strict } else { may_be };
        let lacks_cache = lacks_cache(way, cluster);
        Some(Self { udp, tcp, why: why(trusting), lacks_cache })
    }

    /// The gap of both: what either lacks.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            udp: self.udp.min(other.udp),
            tcp: self.tcp.min(other.tcp),
            why: self.why.max(other.why),
            lacks_cache: self.lacks_cache || other.lacks_cache,
        }
    }

    /// What works in some clusters, or for some applications, is only noted.
    pub(super) fn level(self) -> RuleLevel {
        match self.why {
            Why::Literal | Why::OnlyCache | Why::UnknownLabel | Why::UnknownPlugin => {
                RuleLevel::Audit
            }
            Why::ServiceAddress | Why::OtherLabels | Why::Missing => RuleLevel::Deny,
        }
    }
}

/// Why servers are not reached that should be, with all trust in labels of which nobody knows.
fn why(question: Question<'_>) -> Why {
    let Question { way, cluster, dns, .. } = question;
    let reach = question.reach();
    let seen = |dnat| Question { dnat: Some(dnat), ..question }.reach();
    let resolvers = || [&dns.service[..], &dns.node_cache].concat();
    let has_service = || {
        let addresses = dns.service.iter();
        addresses
            .map(|it| [Protocol::Udp, Protocol::Tcp].map(|by| admits(way, *it, by)))
            .any(|by| by != [false; 2])
    };
    match cluster.dnat {
        _ if is_literal(way, &resolvers()) => Why::Literal,
        _ if dns.node_cache.iter().any(|address| is_open(way, *address)) => Why::OnlyCache,
        _ if is_complete(reach) => Why::UnknownLabel,
        None if !dns.service.is_empty() && is_complete(seen(Dnat::Before)) => Why::UnknownPlugin,
        Some(Dnat::Before) if reach[0] < Reach::All && seen(Dnat::After)[0] == Reach::All => {
            Why::OtherLabels
        }
        Some(Dnat::After) if reach == [Reach::None; 2] && has_service() => Why::ServiceAddress,
        _ => Why::Missing,
    }
}

fn is_complete(reach: [Reach; 2]) -> bool {
    reach == [Reach::All; 2]
}

/// Whether something answers in place of the servers on each node, or may, and is not reached (SEMANTICS 2.2, 2.3): a `NodeLocal
/// DNSCache` by one of its addresses; without one, Cloud DNS of GKE by its own.
pub(super) fn lacks_cache(way: &Way<'_>, cluster: &Cluster) -> bool {
    let Some(dns) = &cluster.dns else { return false };
    let (cloud, caches): (Vec<IpAddr>, Vec<IpAddr>) =
        dns.node_cache.iter().partition(|address| Dns::is_of_cloud(**address));
    let asked = if caches.is_empty() { cloud } else { caches };
    !asked.is_empty() && !asked.iter().any(|address| may_be_open(way, *address))
}

/// Whether only single addresses are allowed, none of them one of `resolvers`.
pub(super) fn is_literal(way: &Way<'_>, resolvers: &[IpAddr]) -> bool {
    let is_single = |peer: &Peer| match peer {
        Peer::Block(block) => {
            block.cidr.prefix_len() == block.cidr.max_prefix_len()
                && !resolvers.contains(&block.cidr.addr())
        }
        _ => false,
    };
    way.rules().all(|rule| rule.peers != Peers::Any && rule.peers.listed().iter().all(is_single))
}

/// Whether an address that is no pod's is reached over both.
fn is_open(way: &Way<'_>, address: IpAddr) -> bool {
    admits(way, address, Protocol::Udp) && admits(way, address, Protocol::Tcp)
}

/// Whether it is, as far as is known.
fn may_be_open(way: &Way<'_>, address: IpAddr) -> bool {
    let mut protocols = [Protocol::Udp, Protocol::Tcp].into_iter();
    protocols.all(|protocol| way.reaches_address(address, protocol, PORT) != Answer::No)
}

/// Whether an address that is no pod's is reached for certain.
fn admits(way: &Way<'_>, address: IpAddr, protocol: Protocol) -> bool {
    way.reaches_address(address, protocol, PORT) == Answer::Yes
}
