//! `unsupported-feature`: what the API accepts and the network plugin does not do.

use crate::facts::{Cni, Enforces, Plugin, cni};
use crate::model::{Check, Depends, Problem, Rule, RuleLevel, Scope, three_of};
use crate::netpol::{Direction, Peer, Peers, PortMatch, Ports, Protocol};
use crate::object::Policy;

use super::parts::{RuleAt, rules};

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "unsupported-feature",
    level: RuleLevel::Warn,
    summary: "a rule asks for something that the network plugin of the cluster does not do: endPort, SCTP, port names",
    page: include_str!("unsupported_feature.md"),
    depends: Depends::Others,
    check: Check::Policy(check),
};

pub(super) fn check(policy: &Policy, scope: &Scope<'_>) -> Vec<Problem> {
    if scope.focus().is_some() {
        // A workload changes nothing about what the plugin does.
        return Vec::new();
    }
    let cni = cni(scope.world, scope.settings);
    // Where nothing is enforced, `policy-not-enforced` says so.
    if cni.enforces == Enforces::No {
        return Vec::new();
    }
    let plugin = cni.plugin.map_or("the network plugin", Plugin::name);
    rules(policy)
        .flat_map(|at| {
            let of_ports = ports(policy, &at, &cni, plugin);
            of_ports.into_iter().chain(names(policy, &at, &cni, plugin))
        })
        .collect()
}

/// Ranges and protocols that the plugin ignores.
fn ports(policy: &Policy, at: &RuleAt<'_>, cni: &Cni, plugin: &str) -> Vec<Problem> {
    let features = &cni.features;
    let lacks = |index: usize, entry: &PortMatch| {
        let (field, what) = match entry {
            PortMatch::Range(_, first, last)
                if first < last && features.end_port == Some(false) =>
            {
                (
                    "endPort",
                    format!(
                        "{plugin} ignores endPort in this version, so of ports {first} to {last} only {first} counts; write an entry \
                     for each port, or update it"
                    ),
                )
            }
            PortMatch::All(Protocol::Sctp)
            | PortMatch::Name(Protocol::Sctp, _)
            | PortMatch::Range(Protocol::Sctp, ..)
                if features.sctp == Some(false) =>
            {
                (
                    "protocol",
                    format!(
                        "{plugin} does not support SCTP as it is set up here, so this entry has no effect; switch SCTP on there"
                    ),
                )
            }
            PortMatch::Name(_, name)
                if at.direction == Direction::Egress
                    && features.named_egress_ports == Some(false) =>
            {
                (
                    "port",
                    format!(
                        "{plugin} does not resolve port names of egress rules, so {name:?} matches nothing; write the number"
                    ),
                )
            }
            _ => return None,
        };
        let message = format!("NetworkPolicy {}: {what}", policy.meta.name);
        let path = format!("{}/ports/{index}/{field}", at.path);
        let key = format!("{field} {entry:?}");
        Some(Problem::new(message).at(path).direction(at.direction).key(key))
    };
    let entries = at.rule.ports.entries().iter().enumerate();
    entries.filter_map(|(index, entry)| lacks(index, entry)).collect()
}

/// Port names without pods to look them up on. A name stands for what the pod that is connected to calls so: an address outside
/// the cluster calls nothing so (SEMANTICS 1.4), and what plugins make of a block with pods in it differs.
fn names(policy: &Policy, at: &RuleAt<'_>, cni: &Cni, plugin: &str) -> Option<Problem> {
    let ports = &at.rule.ports;
    let named: Vec<String> = ports
        .entries()
        .iter()
        .filter_map(|entry| match entry {
            PortMatch::Name(_, name) => Some(name.clone()),
            _ => None,
        })
        .collect();
    let is_known = cni.features.named_egress_ports == Some(false);
    if at.direction != Direction::Egress || named.is_empty() || is_known {
        return None;
    }
    let is_certain = cni.features.named_ports_without_selector == Some(false);
    let shown = three_of(&named);
    let (level, what) = match &at.rule.peers {
        Peers::Any if is_certain => (
            RuleLevel::Deny,
            format!(
                "{plugin} resolves port names only on pods that `to` selects, so {shown} matches nothing; select them, or write \
                 the number"
            ),
        ),
        Peers::Some(peers) if is_void(peers, ports) && is_certain => (
            RuleLevel::Deny,
            format!(
                "{plugin} does not resolve port names of an ipBlock, so {shown} matches nothing there; write the number"
            ),
        ),
        Peers::Some(peers) if is_void(peers, ports) => (
            RuleLevel::Audit,
            format!(
                "addresses outside the cluster have no port names, so {shown} matches none of those in an ipBlock; write the \
                 number"
            ),
        ),
        _ => return None,
    };
    let message = format!("NetworkPolicy {}: {what}", policy.meta.name);
    let path = format!("{}/ports", at.path);
    let key = format!("names {}", named.join(","));
    Some(Problem::new(message).at(path).direction(at.direction).key(key).at_most(level))
}

/// Whether the names are for blocks alone, or the only ports of a block.
fn is_void(peers: &[Peer], ports: &Ports) -> bool {
    let is_block = |peer: &Peer| matches!(peer, Peer::Block(_));
    peers.iter().all(is_block) || peers.iter().any(is_block) && !ports.has_numbers()
}
