//! `ineffective-except`: what one block leaves out, another rule admits.

use crate::model::{Check, Depends, Problem, Rule, RuleLevel, Scope};
use crate::netpol::{self, AddressSet, Block, Direction, Peer, Peers, Ports, Protocol};
use crate::object::Policy;

use super::parts::{PeerAt, peers, rules};

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "ineffective-except",
    level: RuleLevel::Warn,
    summary: "the range that a block excepts is admitted by another rule for the same pods",
    page: include_str!("ineffective_except.md"),
    depends: Depends::Others,
    check: Check::Policy(check),
};

/// SEMANTICS 13.11: admission by another block or by a rule without peers counts, admission by selectors does not.
pub(super) fn check(policy: &Policy, scope: &Scope<'_>) -> Vec<Problem> {
    let with_exceptions = peers(policy).filter_map(|at| match at.peer {
        Peer::Block(block) if !block.except.is_empty() => Some((at, block)),
        _ => None,
    });
    with_exceptions.filter_map(|(at, block)| problem(policy, &at, block, scope)).collect()
}

fn problem(policy: &Policy, at: &PeerAt<'_>, block: &Block, scope: &Scope<'_>) -> Option<Problem> {
    let excepted = AddressSet::from(block.cidr).difference(&block.addresses());
    let admits = |other: &Policy, is_meant: fn(&Block, &Block) -> bool| {
        let admitted = |rule: &netpol::Rule| {
            let same_rule = std::ptr::eq(rule, at.rule);
            (same_rule || overlap(&at.rule.ports, &rule.ports, at.direction))
                && match &rule.peers {
                    Peers::Any => true,
                    Peers::Some(peers) => peers.iter().any(|peer| match peer {
                        Peer::Block(other) if std::ptr::eq(other, block) => false,
                        Peer::Block(other) => {
                            !is_meant(other, block)
                                && !other.addresses().intersection(&excepted).is_empty()
                        }
                        _ => false,
                    }),
                }
        };
        has_the_same_pods(policy, other, at.direction, scope)
            && rules(other).any(|rule| rule.direction == at.direction && admitted(rule.rule))
    };
    let contradicts = |other: &&Policy| admits(other, is_exception_to_the_exception);
    let differs = |other: &&Policy| admits(other, |_, _| false);
    let (other, level) = match scope.policies().find(contradicts) {
        Some(other) => (other, RuleLevel::Deny),
        None => (scope.policies().find(differs)?, RuleLevel::Audit),
    };
    let listed: Vec<String> = block.except.iter().map(ToString::to_string).collect();
    let by = if other.meta.name == policy.meta.name {
        "another rule of the same policy".to_owned()
    } else {
        format!("NetworkPolicy {}", other.meta.name)
    };
    let advice = match level {
        RuleLevel::Audit => "rules only add up, so those stay admitted",
        _ => "rules only add up, so except it there too",
    };
    let message = format!(
        "NetworkPolicy {}: {direction} excepts {}, and {by} admits addresses of it for the same pods; {advice}",
        policy.meta.name,
        crate::model::three_of(&listed),
        direction = at.direction,
    );
    let path = format!("{}/ipBlock/except", at.path);
    let key = format!("{} except {}", block.cidr, listed.join(","));
    Some(Problem::new(message).at(path).direction(at.direction).key(key).at_most(level))
}

/// How much smaller than an excepted range a block inside it is, in bits, that somebody chose: the API server, a resolver or a
/// subnet of servers beside a block for the internet that leaves the private ranges out.
const CHOSEN: u8 = 8;

/// Whether `other` is a small part of one of the ranges that `block` excepts, or a single address of it.
fn is_exception_to_the_exception(other: &Block, block: &Block) -> bool {
    let Block { cidr, .. } = other;
    block.except.iter().any(|range| {
        let narrow = range.prefix_len().saturating_add(CHOSEN).min(cidr.max_prefix_len());
        range.contains(cidr) && cidr.prefix_len() >= narrow
    })
}

/// Whether `other` selects pods that `policy` selects: a workload that is there, or whatever `policy` may select.
fn has_the_same_pods(
    policy: &Policy,
    other: &Policy,
    direction: Direction,
    scope: &Scope<'_>,
) -> bool {
    if policy.meta.name == other.meta.name {
        return true;
    }
    let (own, others) = (&policy.spec.selector, &other.spec.selector);
    let both = |labels| own.matches(labels) && others.matches(labels);
    other.spec.types.contains(direction)
        && (own.implies(others) == Some(true)
            || scope.workloads().iter().any(|workload| both(&workload.template.labels)))
}

/// Whether some port is in both: a number, or a name.
fn overlap(one: &Ports, other: &Ports, direction: Direction) -> bool {
    let by_number = Protocol::ALL
        .into_iter()
        .any(|protocol| !one.numbers(protocol).intersection(&other.numbers(protocol)).is_empty());
    // A block has named ports for ingress alone: egress looks them up on a pod.
    let by_name = direction == Direction::Ingress
        && one.entries().iter().any(|entry| match entry {
            netpol::PortMatch::Name(protocol, name) => other.names(*protocol, name),
            _ => false,
        });
    by_number || by_name
}
