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
    /// Only single addresses are allowed: perhaps no name is ever asked for.
    pub(super) literal: bool,
    /// The address of the DNS Service is allowed.
    pub(super) service: bool,
    /// All is well where the plugin judges before the Service's address is translated, and which one runs is not known.
    pub(super) works_before: bool,
    /// What answers on the pod's own node is allowed, over both.
    pub(super) cache: bool,
    /// Something that may answer there is not.
    pub(super) lacks_cache: bool,
    /// All is well if the namespace of the servers has a label of which nobody knows.
    pub(super) by_label: bool,
    /// The pods are selected by labels that their Service does not select them by, and the plugin looks at the Service.
    pub(super) other_labels: bool,
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
        let by_label = is_complete(trusting.reach());
        let [udp, tcp] = if by_label { strict } else { trusting.reach() };
        let seen = |dnat| Question { dnat: Some(dnat), ..trusting }.reach();
        Some(Self {
            udp,
            tcp,
            literal: is_literal(way, &[&dns.service[..], &dns.node_cache].concat()),
            service: dns.service.iter().any(|address| {
                admits(way, *address, Protocol::Udp) || admits(way, *address, Protocol::Tcp)
            }),
            works_before: cluster.dnat.is_none()
                && !dns.service.is_empty()
                && is_complete(seen(Dnat::Before)),
            cache: dns.node_cache.iter().any(|address| is_open(way, *address)),
            lacks_cache: lacks_cache(way, cluster),
            by_label,
            other_labels: cluster.dnat == Some(Dnat::Before)
                && udp < Reach::All
                && seen(Dnat::After)[0] == Reach::All,
        })
    }

    /// The gap of both: what either lacks.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            udp: self.udp.min(other.udp),
            tcp: self.tcp.min(other.tcp),
            literal: self.literal && other.literal,
            service: self.service && other.service,
            works_before: self.works_before && other.works_before,
            cache: self.cache && other.cache,
            lacks_cache: self.lacks_cache || other.lacks_cache,
            by_label: self.by_label && other.by_label,
            other_labels: self.other_labels && other.other_labels,
        }
    }

    /// What works in some clusters, or for some applications, is only noted.
    pub(super) fn level(self) -> RuleLevel {
        let is_minor = self.literal || self.cache || self.by_label || self.works_before;
        if is_minor { RuleLevel::Audit } else { RuleLevel::Deny }
    }
}

fn is_complete(reach: [Reach; 2]) -> bool {
    reach == [Reach::All; 2]
}

/// Whether something answers in place of the servers on each node, or may, and is not reached (SEMANTICS 2.2, 2.3): Cloud DNS of
/// GKE by its own address, a `NodeLocal DNSCache` by one of its addresses.
pub(super) fn lacks_cache(way: &Way<'_>, cluster: &Cluster) -> bool {
    let Some(dns) = &cluster.dns else { return false };
    let (cloud, caches): (Vec<IpAddr>, Vec<IpAddr>) =
        dns.node_cache.iter().partition(|address| Dns::is_of_cloud(**address));
    let lacks =
        |any: &[IpAddr]| !any.is_empty() && !any.iter().any(|address| may_be_open(way, *address));
    lacks(&cloud) || lacks(&caches)
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
