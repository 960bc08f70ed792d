//! What that breaks, and what to do.

use std::net::IpAddr;

use crate::facts::{Dns, Plugin};
use crate::model::{labels_shown, three_of};

use super::super::egress::Reach;
use super::cluster::Cluster;
use super::gap::{Gap, Why};
use super::lack::Lacks;

/// What a policy of another kind denies whatever `NetworkPolicies` allow.
pub(super) fn of_barrier(lacks: &Lacks<'_>, denied_by: &str) -> String {
    let names: Vec<String> = lacks.subjects.iter().map(|subject| subject.name()).collect();
    format!(
        "{} cannot resolve names: {denied_by} denies DNS, which no NetworkPolicy can change; allow it there",
        three_of(&names)
    )
}

/// The worst of what is missing.
pub(super) fn of_lacks(lacks: &Lacks<'_>, cluster: &Cluster) -> String {
    match (lacks.worst(), &lacks.nameservers, &cluster.dns) {
        (Some((gap, names)), _, Some(dns)) if lacks.is_about_servers() => {
            of_gap(gap, &three_of(&names), cluster, dns)
        }
        (_, Some((missing, names)), _) => format!(
            "{} cannot count on names: the nameservers of its own (`dnsConfig`) are not allowed; allow UDP and TCP to port 53 of {}",
            three_of(names),
            addresses(missing)
        ),
        (.., dns) => of_cache(&three_of(&lacks.cache), dns.as_ref()),
    }
}

fn of_gap(gap: Gap, who: &str, cluster: &Cluster, dns: &Dns) -> String {
    let place = place(dns);
    let plugin = cluster.plugin.map_or("the network plugin", Plugin::name);
    match gap.why {
        Why::Literal => format!(
            "{who} can reach single addresses only and no DNS; if it uses host names, allow UDP and TCP to {place}"
        ),
        Why::OnlyCache if dns.may_be_unused() => format!(
            "{who} can resolve names only where Cloud DNS of GKE, or a cache on its node, answers at what is allowed; allow UDP \
             and TCP to {place} too"
        ),
        Why::OnlyCache => format!(
            "{who} can resolve names only through the cache on its node (node-local-dns), where the network plugin lets \
             it; allow UDP and TCP to {place} too"
        ),
        Why::UnknownLabel => format!(
            "{who} can resolve names only if the DNS servers' namespace has the label that is asked for; \
             kubernetes.io/metadata.name is always there: allow UDP and TCP to {place} by it"
        ),
        Why::UnknownPlugin => format!(
            "{who} can resolve names only where the network plugin judges the address of the DNS Service (AWS VPC CNI); \
             most judge a pod's behind it: allow UDP and TCP to {place} too"
        ),
        Why::OtherLabels => format!(
            "{who} cannot resolve names: {plugin} compares `podSelector` with the selector of the DNS Service, not with the \
             labels of its pods; allow UDP and TCP to {place}, by these labels"
        ),
        Why::ServiceAddress => format!(
            "{who} cannot resolve names: the ipBlock holds the address of the DNS Service, which is translated to a \
             pod's before {plugin} judges; allow UDP and TCP to {place}"
        ),
        Why::Missing => of_missing(gap, who, &place),
    }
}

fn of_missing(gap: Gap, who: &str, place: &str) -> String {
    match (gap.udp, gap.tcp) {
        (Reach::None, Reach::None) => format!(
            "{who} cannot resolve names: neither UDP nor TCP to {place} is allowed; allow both"
        ),
        (Reach::None, _) => format!(
            "{who} cannot resolve names: DNS over UDP is not allowed (`protocol` is TCP when left out); allow UDP \
             and TCP to {place}"
        ),
        (Reach::All, Reach::None) => format!(
            "{who} cannot resolve long answers: DNS over TCP is not allowed, and truncated answers are asked for \
             again over TCP; allow TCP to {place}"
        ),
        _ => format!(
            "{who} cannot always resolve names: only some of the DNS servers are allowed; allow UDP and TCP to {place}"
        ),
    }
}

/// The servers, and not what answers in their place.
fn of_cache(who: &str, dns: Option<&Dns>) -> String {
    let caches = dns.map_or(&[][..], |dns| &dns.node_cache);
    format!(
        "{who} may reach the DNS servers, but not what answers in their place on a node with a cache (NodeLocal DNSCache, Cloud \
         DNS of GKE): some network plugins ask for both; allow UDP and TCP to port 53 of {} too",
        addresses(caches)
    )
}

fn addresses(addresses: &[IpAddr]) -> String {
    three_of(&addresses.iter().map(ToString::to_string).collect::<Vec<_>>())
}

/// Where DNS is, in words: port, labels and namespace of its servers.
fn place(dns: &Dns) -> String {
    let mut places: Vec<String> = Vec::new();
    for server in &dns.servers {
        let port = server.ports.first().map_or(53, |port| port.port);
        let place = match (&server.labels, server.addresses.first()) {
            (None, Some(address)) => format!("port {port} of {address}"),
            _ => format!(
                "port {port} of pods {} in {}",
                labels_shown(&server.selector),
                server.namespace
            ),
        };
        if !places.contains(&place) {
            places.push(place);
        }
    }
    three_of(&places)
}
