//! Blocks of addresses of pods, Services and nodes.
//!
//! A block that holds more than such addresses is about something else (a site, a company, the world), and not suspicious.

use std::net::IpAddr;

use crate::facts::Dnat;
use crate::model::RuleLevel;
use crate::netpol::{AddressSet, Block, Direction};

use super::super::parts::PeerAt;
use super::{Cluster, Odd};

/// What is odd about a block by the range that it is in.
pub(super) fn odd(at: &PeerAt<'_>, block: &Block, cluster: &Cluster<'_>) -> Option<Odd> {
    let addresses = block.addresses();
    let is_single = block.cidr.prefix_len() == block.cidr.max_prefix_len();
    let single = is_single.then(|| block.cidr.addr());
    let what = of_pods(&addresses, single, cluster)
        .map(|what| ("pods", what))
        .or_else(|| {
            let is_egress = at.direction == Direction::Egress;
            let what = is_egress.then(|| of_services(&addresses, single, cluster)).flatten();
            what.map(|what| ("services", what))
        })
        .or_else(|| of_nodes(&addresses, cluster).map(|what| ("nodes", what)));
    what.map(|(kind, (level, what))| Odd { kind, field: "cidr", what, level })
}

type What = (RuleLevel, String);

/// POD-CIDR. A whole known range stands for all pods, and is fine where blocks match pods.
fn of_pods(addresses: &AddressSet, single: Option<IpAddr>, cluster: &Cluster<'_>) -> Option<What> {
    let pods = &cluster.ranges.pods;
    let is_in_range = addresses.is_subset(pods);
    if !is_in_range && !single.is_some_and(|address| cluster.is_of_own_pod(address)) {
        return None;
    }
    if cluster.cni.features.blocks_match_pods == Some(false) {
        let plugin = cluster.plugin();
        let what = format!(
            "is about pods, which {plugin} never matches by address; select them by their labels"
        );
        return Some((RuleLevel::Deny, what));
    }
    if single.is_some() {
        let what = "is an address of pods, and a pod keeps its own until it is replaced; select it by its labels";
        return Some((RuleLevel::Deny, what.to_owned()));
    }
    (!pods.is_subset(addresses)).then(|| {
        let what = "is a part of the addresses of pods, and which pods have them changes; select them by their labels";
        (RuleLevel::Audit, what.to_owned())
    })
}

/// SVC-CIDR. Right where the plugin judges before a Service's address is translated (AWS), and for what answers at a Service's
/// address itself (`NodeLocal DNSCache`).
fn of_services(
    addresses: &AddressSet,
    single: Option<IpAddr>,
    cluster: &Cluster<'_>,
) -> Option<What> {
    let is_in_range = addresses.is_subset(&cluster.ranges.services)
        || single.is_some_and(|address| cluster.is_of_own_service(address));
    if !is_in_range || !addresses.intersection(&cluster.asked_for).is_empty() {
        return None;
    }
    let what = match cluster.cni.features.dnat {
        Some(Dnat::Before) => return None,
        Some(Dnat::After) => format!(
            "is about Services, whose addresses are translated to those of pods before {} judges, so it matches nothing; \
             select the pods behind them",
            cluster.plugin()
        ),
        None => "is about Services, whose addresses are translated to those of pods before most network plugins judge; select \
                 the pods behind them too"
            .to_owned(),
    };
    Some((RuleLevel::Audit, what))
}

/// NODE-CIDR, under Cilium without `policy-cidr-match-mode: nodes`.
fn of_nodes(addresses: &AddressSet, cluster: &Cluster<'_>) -> Option<What> {
    let is_of_nodes = cluster.cni.features.blocks_match_nodes == Some(false)
        && addresses.is_subset(&cluster.ranges.nodes);
    is_of_nodes.then(|| {
        let what = format!(
            "is about nodes, which {} does not match by address as it is set up here (policy-cidr-match-mode); use a \
             CiliumNetworkPolicy with the entities host and remote-node",
            cluster.plugin()
        );
        (RuleLevel::Deny, what)
    })
}
