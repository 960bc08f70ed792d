//! `suspicious-cidr`: blocks that match nothing, or not what they seem to.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::facts::{Cni, Plugin, Ranges, api_server, cni, dns, ranges};
use crate::model::{Check, Depends, NamespaceView, Problem, Rule, RuleLevel, Scope};
use crate::netpol::{AddressSet, Block, Peer};
use crate::object::Policy;

use super::parts::{PeerAt, peers};

mod family;
mod range;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "suspicious-cidr",
    level: RuleLevel::Warn,
    summary: "an ipBlock is empty, or holds addresses of pods, Services or nodes that it does not match, or not for long",
    page: include_str!("suspicious_cidr.md"),
    depends: Depends::Others,
    check: Check::Policy(check),
};

/// SEMANTICS 5: POD-CIDR, SVC-CIDR, NODE-CIDR, EXCEPT-ALL and FAMILY.
pub(super) fn check(policy: &Policy, scope: &Scope<'_>) -> Vec<Problem> {
    if scope.focus().is_some() || policy.spec.blocks().next().is_none() {
        return Vec::new();
    }
    let cluster = Cluster::of(scope);
    let of_blocks = blocks(policy).filter_map(|(at, block)| {
        let odd = empty(block).or_else(|| range::odd(&at, block, &cluster))?;
        let message =
            format!("NetworkPolicy {}: ipBlock {} {}", policy.meta.name, block.cidr, odd.what);
        let path = format!("{}/ipBlock/{}", at.path, odd.field);
        let key = format!("{} {}", odd.kind, block.cidr);
        Some(Problem::new(message).at(path).direction(at.direction).key(key).at_most(odd.level))
    });
    of_blocks.chain(family::problems(policy, scope)).collect()
}

/// What is odd about a block.
struct Odd {
    /// Which of the kinds of oddness it is.
    kind: &'static str,
    /// The field of the block.
    field: &'static str,
    /// What follows the block in a sentence.
    what: String,
    level: RuleLevel,
}

/// What is known of the cluster's addresses.
struct Cluster<'a> {
    cni: Cni,
    ranges: Ranges,
    /// Addresses of Services that other rules ask to allow.
    asked_for: AddressSet,
    namespace: &'a NamespaceView,
}

impl<'a> Cluster<'a> {
    fn of(scope: &Scope<'a>) -> Self {
        let dns = dns(scope.world, scope.settings);
        let dns = dns.iter().flat_map(|dns| dns.service.iter().chain(&dns.node_cache));
        let server = api_server(scope.world, scope.settings);
        let server = server.iter().flat_map(|server| &server.service);
        let asked_for = dns.chain(server).map(|address| AddressSet::from(IpNet::from(*address)));
        Self {
            cni: cni(scope.world, scope.settings),
            ranges: ranges(scope.world, scope.settings),
            asked_for: asked_for.collect(),
            namespace: scope.namespace,
        }
    }

    /// Whether it is the address of a pod of the policy's own namespace: nodes do not tell the ranges of every plugin.
    fn is_of_own_pod(&self, address: IpAddr) -> bool {
        let workloads = self.namespace.workloads.values();
        workloads.filter(|workload| workload.is_governed()).any(|workload| {
            workload.pod.as_ref().is_some_and(|pod| pod.addresses.contains(&address))
        })
    }

    /// Whether it is the address of a Service of the policy's own namespace.
    fn is_of_own_service(&self, address: IpAddr) -> bool {
        self.namespace.services.values().any(|service| service.cluster_ips.contains(&address))
    }

    /// The plugin in a sentence.
    fn plugin(&self) -> &'static str {
        self.cni.plugin.map_or("the network plugin", Plugin::name)
    }
}

fn blocks(policy: &Policy) -> impl Iterator<Item = (PeerAt<'_>, &Block)> {
    peers(policy).filter_map(|at| match at.peer {
        Peer::Block(block) => Some((at, block)),
        _ => None,
    })
}

/// EXCEPT-ALL.
fn empty(block: &Block) -> Option<Odd> {
    (!block.except.is_empty() && block.addresses().is_empty()).then(|| Odd {
        kind: "empty",
        field: "except",
        what: "excepts all of its addresses, so it matches nothing; drop it, or an exception"
            .to_owned(),
        level: RuleLevel::Deny,
    })
}
