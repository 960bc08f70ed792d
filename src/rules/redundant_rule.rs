//! `redundant-rule`: whatever it admits, another rule admits for the same pods.

use crate::model::{Check, Depends, Problem, Rule, RuleLevel, Scope};
use crate::netpol::{
    self, AddressSet, Labels, Peer, Peers, Pods, PortMatch, Ports, Protocol, Selector,
};
use crate::object::Policy;

use super::parts::{RuleAt, rules};

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "redundant-rule",
    level: RuleLevel::Audit,
    summary: "another rule admits all that this one admits, for the same pods",
    page: include_str!("redundant_rule.md"),
    depends: Depends::Others,
    check: Check::Policy(check),
};

fn check(policy: &Policy, scope: &Scope<'_>) -> Vec<Problem> {
    let own = rules(policy).enumerate();
    own.filter(|(_, at)| !at.rule.is_empty(at.direction, scope.families()))
        .filter_map(|(place, at)| {
            let (other, path) = covering(policy, place, &at, scope)?;
            let message = format!(
                "NetworkPolicy {}: the rule {} adds nothing, because {other} {path} admits the same for the same pods",
                policy.meta.name, at.path,
            );
            let key = format!("{other} {path}");
            Some(Problem::new(message).at(at.path).direction(at.direction).key(key))
        })
        .collect()
}

/// The policy and the rule that admit as much, where they do. Of two equal rules only the later one is redundant.
fn covering(
    policy: &Policy,
    place: usize,
    at: &RuleAt<'_>,
    scope: &Scope<'_>,
) -> Option<(String, String)> {
    let labels = scope.labels();
    let admits = |other: &RuleAt<'_>| {
        other.direction == at.direction && is_within(at.rule, other.rule, labels)
    };
    for other in scope.policies() {
        let is_own = other.meta.name == policy.meta.name;
        if !is_own && policy.spec.selector.implies(&other.spec.selector) != Some(true) {
            continue;
        }
        let comes_first = |other_place: usize| {
            if is_own { other_place < place } else { other.meta.name < policy.meta.name }
        };
        let is_mutual = |other_rule: &RuleAt<'_>| {
            is_within(other_rule.rule, at.rule, labels)
                && (is_own || other.spec.selector.implies(&policy.spec.selector) == Some(true))
        };
        let found = rules(other).enumerate().find(|(other_place, other_rule)| {
            !(is_own && *other_place == place)
                && admits(other_rule)
                && (comes_first(*other_place) || !is_mutual(other_rule))
        });
        if let Some((_, rule)) = found {
            return Some((format!("NetworkPolicy {}", other.meta.name), rule.path));
        }
    }
    None
}

/// Whether `rule` admits nothing that `other` does not; `home` are the labels of their namespace.
fn is_within(rule: &netpol::Rule, other: &netpol::Rule, home: &Labels) -> bool {
    are_ports_within(&rule.ports, &other.ports) && are_peers_within(&rule.peers, &other.peers, home)
}

fn are_ports_within(ports: &Ports, others: &Ports) -> bool {
    let numbers = |protocol| ports.numbers(protocol).is_subset(&others.numbers(protocol));
    Protocol::ALL.into_iter().all(numbers)
        && ports.entries().iter().all(|entry| match entry {
            PortMatch::Name(protocol, name) => {
                others.names(*protocol, name) || others.numbers(*protocol).is_everything()
            }
            _ => true,
        })
}

fn are_peers_within(peers: &Peers, others: &Peers, home: &Labels) -> bool {
    match (peers, others) {
        (_, Peers::Any) => true,
        (Peers::Any, _) => false,
        (Peers::Some(peers), Peers::Some(others)) => {
            let blocks: AddressSet = others
                .iter()
                .filter_map(|other| match other {
                    Peer::Block(block) => Some(block.addresses()),
                    _ => None,
                })
                .collect();
            peers.iter().all(|peer| match peer {
                Peer::Unreadable => true,
                Peer::Block(block) => block.addresses().is_subset(&blocks),
                Peer::Pods(pods) => others.iter().any(|other| match other {
                    Peer::Pods(other) => are_pods_within(pods, other, home),
                    _ => false,
                }),
            })
        }
    }
}

fn are_pods_within(pods: &Pods, others: &Pods, home: &Labels) -> bool {
    let in_namespaces = match (&pods.namespaces, &others.namespaces) {
        (None, None) => true,
        (None, Some(selector)) => selector.matches(home),
        (Some(_), None) => false,
        (Some(one), Some(other)) => one.implies(other) == Some(true),
    };
    let everyone = Selector::default();
    let one = pods.pods.as_ref().unwrap_or(&everyone);
    let other = others.pods.as_ref().unwrap_or(&everyone);
    in_namespaces && one.implies(other) == Some(true)
}
