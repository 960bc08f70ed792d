//! Which pods of a namespace a tier closes: what default-deny a policy of a tier gives, where it gives one.

use crate::netpol::everything::is_everything;
use crate::netpol::{Action, Direction, Families, Labels, Peer, Peers, Rule, Selector};

use super::{Tier, TieredPeer, TieredRule, TieredSpec};

/// Whether `policy`, one of `policies`, closes the pods that it selects in a namespace with these labels: its rules deny
/// everything to and from everyone that its direction can name, and nothing that may be asked before accepts or passes on
/// everything (SEMANTICS 7.1).
///
/// Everyone is all pods for ingress, which has no word for addresses, so that what comes from outside the cluster gets in; it is
/// all addresses for egress. Returns the selector of the pods that are closed. What could be asked first is all that counts as
/// asked first: an answer that is not sure is no.
pub fn closed<'a>(
    policy: &'a TieredSpec,
    policies: &[&TieredSpec],
    namespace_labels: &Labels,
    direction: Direction,
    families: Families,
) -> Option<&'a Selector> {
    let is_about = |policy: &TieredSpec| {
        let subject = policy.subject.as_ref();
        subject.is_some_and(|subject| subject.namespaces.matches(namespace_labels))
    };
    let rules = policy.rules(direction);
    let end = closing_rule(rules, direction, families)?;
    let may_come_first = |other: &&TieredSpec| {
        let is_earlier = other.tier == policy.tier && other.priority <= policy.priority;
        let is_admin = other.tier < policy.tier;
        !std::ptr::eq(*other, policy) && is_about(other) && (is_earlier || is_admin)
    };
    let others = policies.iter().copied().filter(may_come_first);
    let others = others.flat_map(|other| {
        let is_admin = other.tier < policy.tier;
        other.rules(direction).iter().filter(move |rule| !(is_admin && is_pass(rule)))
    });
    let opening =
        rules[..end].iter().chain(others).filter(|rule| rule.action != Some(Action::Deny));
    let opened: Vec<Rule> = opening.map(|rule| wide(rule, direction)).collect();
    let is_open = is_everything(&opened.iter().collect::<Vec<_>>(), families);
    let subject = policy.subject.as_ref()?;
    (is_about(policy) && !is_open).then_some(&subject.pods)
}

/// What the Admin tier passes on, the Baseline tier still decides.
fn is_pass(rule: &TieredRule) -> bool {
    rule.action == Some(Action::Pass)
}

/// The place of the rule with which everything is denied.
fn closing_rule(rules: &[TieredRule], direction: Direction, families: Families) -> Option<usize> {
    let mut denied = Vec::new();
    rules.iter().position(|rule| {
        if rule.action == Some(Action::Deny) && !rule.peers.contains(&TieredPeer::Unreadable) {
            denied.push(wide(rule, direction));
        }
        is_everything(&denied.iter().collect::<Vec<_>>(), families)
    })
}

/// The part of a rule that can add up to everything: all pods for ingress, addresses for egress. A rule that cannot be read may
/// be about everyone.
fn wide(rule: &TieredRule, direction: Direction) -> Rule {
    let names_all = |peer: &TieredPeer| match peer {
        TieredPeer::Pods(pods) => pods.is_everything(),
        _ => false,
    };
    let is_for_all = direction == Direction::Ingress && rule.peers.iter().any(names_all);
    let peers = if rule.action.is_none() || is_for_all {
        Peers::Any
    } else {
        let blocks = rule.peers.iter().flat_map(|peer| match peer {
            TieredPeer::Networks(blocks) => blocks.as_slice(),
            _ => &[],
        });
        Peers::Some(blocks.cloned().map(Peer::Block).collect())
    };
    Rule { peers, ports: rule.ports.clone() }
}

impl Tier {
    /// Whether what it closes stays closed whatever `NetworkPolicies` allow: it decides before them.
    pub fn overrides(self) -> bool {
        self == Self::Admin
    }
}
