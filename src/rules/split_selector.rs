//! `split-selector`: two peers where one combined peer was meant.

use crate::model::{Check, Depends, NamespaceView, Problem, Rule, RuleLevel, Scope};
use crate::netpol::{Peer, Peers, Pods, Selector};
use crate::object::Policy;

use super::known::pods;
use super::parts::{RuleAt, list, rules, shown};

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "split-selector",
    level: RuleLevel::Warn,
    summary: "two peers of a rule look like one that was split: they mean either, not both",
    page: include_str!("split_selector.md"),
    depends: Depends::Others,
    check: Check::Policy(check),
};

pub(super) fn check(policy: &Policy, scope: &Scope<'_>) -> Vec<Problem> {
    if scope.focus().is_some() {
        return Vec::new();
    }
    rules(policy).filter_map(|at| of_rule(policy, &at, scope)).collect()
}

fn of_rule(policy: &Policy, at: &RuleAt<'_>, scope: &Scope<'_>) -> Option<Problem> {
    let Peers::Some(peers) = &at.rule.peers else { return None };
    let field = list(at.direction);
    let found = (0..peers.len().saturating_sub(1)).find_map(|index| {
        let (namespaces, pods) = split(&peers[index], &peers[index + 1])?;
        Some((index, namespaces, pods, meant(namespaces, pods, scope)?))
    });
    if let Some((index, namespaces, selector, (level, name))) = found {
        let message = format!(
            "NetworkPolicy {}: two items of `{field}` mean either, pods of namespaces {} or pods {} of {}; if both are meant \
             (as in {name}), join them in one item",
            policy.meta.name,
            shown(namespaces),
            shown(selector),
            scope.namespace.name,
        );
        let key = format!("{namespaces} {selector}");
        let path = format!("{}/{field}/{}", at.path, index + 1);
        return Some(
            Problem::new(message).at(path).direction(at.direction).key(key).at_most(level),
        );
    }
    swallowed(policy, at, field)
}

/// A namespaceSelector and a podSelector, one in each of two neighbours. `{}` is no half of anything.
fn split<'a>(one: &'a Peer, other: &'a Peer) -> Option<(&'a Selector, &'a Selector)> {
    let halves = |namespaces: &'a Peer, pods: &'a Peer| match (namespaces, pods) {
        (
            Peer::Pods(Pods { namespaces: Some(namespaces), pods: None }),
            Peer::Pods(Pods { namespaces: None, pods: Some(pods) }),
        ) if !namespaces.is_everything() && !pods.is_everything() => Some((namespaces, pods)),
        _ => None,
    };
    halves(one, other).or_else(|| halves(other, one))
}

/// Whether both readings differ here: the level, and a namespace with such pods. Such pods in the policy's own namespace make
/// two peers plausible (SEMANTICS 5, F22).
fn meant(
    namespaces: &Selector,
    selector: &Selector,
    scope: &Scope<'_>,
) -> Option<(RuleLevel, String)> {
    if namespaces.matches(scope.labels()) {
        return None;
    }
    let has_pods =
        |view: &NamespaceView| pods(view).any(|one| selector.matches(&one.template.labels));
    let there = scope.world.namespaces_matching(namespaces).find(|view| has_pods(view))?;
    let level = if has_pods(scope.namespace) { RuleLevel::Audit } else { RuleLevel::Deny };
    Some((level, there.name.clone()))
}

/// An item for all pods of all namespaces beside another one: the other adds nothing.
fn swallowed(policy: &Policy, at: &RuleAt<'_>, field: &str) -> Option<Problem> {
    let is_everyone = |peer: &Peer| {
        matches!(peer, Peer::Pods(Pods { namespaces: Some(namespaces), pods })
            if namespaces.is_everything() && pods.as_ref().is_none_or(Selector::is_everything))
    };
    let peers = at.rule.peers.listed();
    let index = peers.iter().position(is_everyone)?;
    let other = peers.iter().find_map(|peer| match peer {
        Peer::Pods(Pods { namespaces: None, pods: Some(selector) })
            if !selector.is_everything() =>
        {
            Some(selector)
        }
        _ => None,
    })?;
    let message = format!(
        "NetworkPolicy {}: `namespaceSelector: {{}}` alone in `{field}` admits every pod, so the item beside it ({}) adds \
         nothing; for such pods of all namespaces join both in one item",
        policy.meta.name,
        shown(other),
    );
    let path = format!("{}/{field}/{index}", at.path);
    Some(Problem::new(message).at(path).direction(at.direction).key(format!("everyone {other}")))
}
