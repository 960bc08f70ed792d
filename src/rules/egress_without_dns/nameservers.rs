//! Nameservers that a pod names itself: `dnsPolicy: None` (SEMANTICS 2.1).

use std::net::{IpAddr, Ipv4Addr};

use ipnet::Ipv4Net;

use crate::facts::Ranges;
use crate::netpol::{Answer, Protocol};

use super::super::egress::Way;
use super::cluster::Cluster;

/// Where they answer.
pub(super) const PORT: u16 = 53;

/// Ranges that clusters use although they are not private: Services in new clusters of GKE, the shared range of carriers (pods on
/// AWS), and what is reserved (pods on GKE).
const NOT_PUBLIC: [(Ipv4Addr, u8); 3] = [
    (Ipv4Addr::new(34, 118, 224, 0), 20),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Whom pods ask for names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Nobody that is known.
    Nobody,
    /// The cluster's servers.
    Cluster,
    /// These, and nobody else.
    Own(Vec<IpAddr>),
}

impl Asked {
    /// Who is asked by pods with these nameservers: one at a loopback address is a container of the pod itself, and one at the
    /// address of the cluster's Service is the cluster.
    pub(super) fn of(nameservers: &[IpAddr], cluster: &Cluster) -> Self {
        let service = cluster.dns.iter().flat_map(|dns| &dns.service);
        if nameservers.is_empty() || nameservers.iter().any(IpAddr::is_loopback) {
            Self::Nobody
        } else if service.into_iter().any(|address| nameservers.contains(address)) {
            Self::Cluster
        } else {
            Self::Own(nameservers.to_vec())
        }
    }
}

/// Those of `nameservers` that are surely not reached over both UDP and TCP.
pub(super) fn missing(way: &Way<'_>, nameservers: &[IpAddr], cluster: &Cluster) -> Vec<IpAddr> {
    let is_missing = |address: &&IpAddr| {
        let reaches = |protocol| way.reaches_address(**address, protocol, PORT) != Answer::No;
        let is_reached = reaches(Protocol::Udp) && reaches(Protocol::Tcp);
        !is_reached && is_outside(**address, &cluster.ranges)
    };
    nameservers.iter().filter(is_missing).copied().collect()
}

/// Whether an address is surely none of a Service, a pod or a node: policies see those by other addresses and by labels.
fn is_outside(address: IpAddr, ranges: &Ranges) -> bool {
    let Ranges { pods, services, nodes } = ranges;
    let is_known = [pods, services, nodes].iter().all(|range| !range.is_empty());
    let is_inside = [pods, services, nodes].iter().any(|range| range.contains(address));
    !is_inside && (is_known && !is_of_link(address) || is_public(address))
}

fn is_of_link(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

/// Whether it is one of the Internet.
fn is_public(address: IpAddr) -> bool {
    let is_of = |(network, length): &(Ipv4Addr, u8), address: Ipv4Addr| {
        Ipv4Net::new(*network, *length).is_ok_and(|net| net.contains(&address))
    };
    !is_of_link(address)
        && match address {
            IpAddr::V4(address) => {
                let mut others = NOT_PUBLIC.iter();
                !address.is_private() && !others.any(|net| is_of(net, address))
            }
            IpAddr::V6(address) => !address.is_unique_local(),
        }
}
