//! What is missing between some pods and DNS.

use std::net::IpAddr;

use crate::facts::{Dns, DnsServer};
use crate::model::DnsPort;
use crate::netpol::{AllowSet, Answer, Destination, Peer, Peers, Pods, Protocol};

use super::super::egress::Reach;
use super::super::known::matches_with_more;

/// What is missing between some pods and DNS.
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
    /// The cache on the pod's own node is allowed, over both.
    pub(super) cache: bool,
}

impl Gap {
    /// `None` when all servers are reached over both.
    pub(super) fn of(allowed: &AllowSet<'_>, dns: &Dns) -> Option<Self> {
        let (udp, tcp) = (reach(allowed, dns, Protocol::Udp), reach(allowed, dns, Protocol::Tcp));
        (udp.min(tcp) < Reach::All).then(|| Self {
            udp,
            tcp,
            literal: is_literal(allowed, dns),
            service: dns.service.iter().any(|address| {
                admits(allowed, *address, Protocol::Udp) || admits(allowed, *address, Protocol::Tcp)
            }),
            cache: dns.node_cache.iter().any(|address| {
                admits(allowed, *address, Protocol::Udp) && admits(allowed, *address, Protocol::Tcp)
            }),
        })
    }

    /// The gap of both: what either lacks.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            udp: self.udp.min(other.udp),
            tcp: self.tcp.min(other.tcp),
            literal: self.literal && other.literal,
            service: self.service && other.service,
            cache: self.cache && other.cache,
        }
    }
}

fn reach(allowed: &AllowSet<'_>, dns: &Dns, protocol: Protocol) -> Reach {
    Reach::of(dns.servers.iter().flat_map(|server| {
        let ports = server.ports.iter().filter(move |port| port.protocol == protocol);
        ports.map(|port| answer(allowed, server, port))
    }))
}

fn answer(allowed: &AllowSet<'_>, server: &DnsServer, port: &DnsPort) -> Answer {
    let answer = allowed.admits(&server.destination(port), port.protocol, port.port);
    match answer {
        Answer::No if server.may_have_more_labels && asks_for_more(allowed, server) => {
            Answer::Unknown
        }
        answer => answer,
    }
}

/// Whether a peer selects pods of the server's namespace by a label of which nobody knows whether the server has it.
fn asks_for_more(allowed: &AllowSet<'_>, server: &DnsServer) -> bool {
    peers(allowed).any(|peer| match peer {
        Peer::Pods(Pods { namespaces, pods: Some(selector) }) => {
            let is_there = match namespaces {
                None => allowed.namespace == server.namespace,
                Some(namespaces) => namespaces.matches(&server.namespace_labels),
            };
            is_there
                && server
                    .labels
                    .as_ref()
                    .is_none_or(|labels| matches_with_more(selector, labels, |_| true))
        }
        _ => false,
    })
}

/// Only single addresses are allowed, none of them one of DNS.
fn is_literal(allowed: &AllowSet<'_>, dns: &Dns) -> bool {
    let is_single = |peer: &Peer| match peer {
        Peer::Block(block) => {
            block.cidr.prefix_len() == block.cidr.max_prefix_len()
                && !dns
                    .service
                    .iter()
                    .chain(&dns.node_cache)
                    .any(|known| *known == block.cidr.addr())
        }
        _ => false,
    };
    allowed.rules.iter().all(|rule| rule.peers != Peers::Any) && peers(allowed).all(is_single)
}

fn peers<'a>(allowed: &'a AllowSet<'_>) -> impl Iterator<Item = &'a Peer> {
    allowed.rules.iter().flat_map(|rule| match &rule.peers {
        Peers::Any => &[][..],
        Peers::Some(peers) => peers,
    })
}

/// Whether an address on no pod's network is allowed, at the port of DNS.
fn admits(allowed: &AllowSet<'_>, address: IpAddr, protocol: Protocol) -> bool {
    let addresses = [address];
    let end = Destination { pod: None, addresses: &addresses, port_name: None };
    allowed.admits(&end, protocol, 53) == Answer::Yes
}
