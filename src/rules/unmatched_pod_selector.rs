//! `unmatched-pod-selector`: a policy selects no pod, or a peer names none.

use crate::model::{Check, Depends, NamespaceView, Problem, Rule, RuleLevel, Scope};
use crate::netpol::{Pods, Selector};
use crate::object::Policy;

use super::known::{asks_for_added_labels, namespaces, pods};
use super::parts::{PeerAt, pod_peers};

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "unmatched-pod-selector",
    level: RuleLevel::Audit,
    summary: "a podSelector matches no pod and no pod template",
    page: include_str!("unmatched_pod_selector.md"),
    depends: Depends::Others,
    check: Check::Policy(check),
};

pub(super) fn check(policy: &Policy, scope: &Scope<'_>) -> Vec<Problem> {
    // A write of one workload says nothing about what others there are.
    if scope.focus().is_some() {
        return Vec::new();
    }
    let peers = pod_peers(policy).filter_map(|(at, pods)| peer(policy, &at, pods, scope));
    subject(policy, scope).into_iter().chain(peers).collect()
}

fn subject(policy: &Policy, scope: &Scope<'_>) -> Option<Problem> {
    let selector = &policy.spec.selector;
    if !is_unmatched(selector, &[scope.namespace], scope) {
        return None;
    }
    let hint = if on_the_host(selector, &[scope.namespace]) {
        "such pods use the host network, where no NetworkPolicy governs them"
    } else if each_alone(selector, &[scope.namespace]) {
        "each of its labels is there, but no pod has them together"
    } else {
        "correct it, or deploy what it is for"
    };
    let message = format!(
        "NetworkPolicy {}: its podSelector {} matches no pod and no template in namespace {}; {hint}",
        policy.meta.name,
        shown(selector),
        scope.namespace.name,
    );
    Some(Problem::new(message).at("/spec/podSelector").key(selector.to_string()))
}

fn peer(policy: &Policy, at: &PeerAt<'_>, pods: &Pods, scope: &Scope<'_>) -> Option<Problem> {
    let selector = pods.pods.as_ref()?;
    let views = namespaces(pods, scope);
    if views.is_empty() || !is_unmatched(selector, &views, scope) {
        return None;
    }
    let elsewhere = pods.namespaces.is_none().then(|| elsewhere(selector, scope)).flatten();
    let hint = match elsewhere {
        _ if on_the_host(selector, &views) => {
            "such pods use the host network, where no selector finds them: name the addresses of the nodes in an ipBlock".to_owned()
        }
        Some(name) => format!(
            "there are such pods in {name}: name it in a namespaceSelector of the same item"
        ),
        None => "correct it, or deploy what it is for".to_owned(),
    };
    let place = match views.as_slice() {
        [only] => format!("namespace {}", only.name),
        several => format!("{} namespaces", several.len()),
    };
    let message = format!(
        "NetworkPolicy {}: the peer's podSelector {} matches no pod and no template in {place}; {hint}",
        policy.meta.name,
        shown(selector),
    );
    let path = format!("{}/podSelector", at.path);
    let key = format!("{selector} of {:?}", pods.namespaces.as_ref().map(ToString::to_string));
    Some(Problem::new(message).at(path).direction(at.direction).key(key))
}

/// Whether there are pods to look at, and the selector matches none. Files may leave the workloads of a namespace out.
fn is_unmatched(selector: &Selector, views: &[&NamespaceView], scope: &Scope<'_>) -> bool {
    let is_known = scope.world.is_live() || views.iter().all(|view| pods(view).next().is_some());
    is_known
        && !selector.is_everything()
        && !asks_for_added_labels(selector)
        && selector.is_satisfiable() != Some(false)
        && !views.iter().any(|view| matches(selector, view))
}

fn matches(selector: &Selector, view: &NamespaceView) -> bool {
    pods(view).any(|workload| selector.matches(&workload.template.labels))
}

/// Whether there are such pods in the network of their nodes (SEMANTICS 1.6).
fn on_the_host(selector: &Selector, views: &[&NamespaceView]) -> bool {
    let mut all = views.iter().flat_map(|view| view.workloads.values());
    all.any(|one| one.template.host_network && selector.matches(&one.template.labels))
}

/// Whether several requirements are each met by some pod, and never together.
fn each_alone(selector: &Selector, views: &[&NamespaceView]) -> bool {
    let requirements = &selector.requirements;
    let is_met = |requirement: &crate::netpol::Requirement| {
        let mut all = views.iter().flat_map(|view| pods(view));
        all.any(|workload| requirement.matches(&workload.template.labels))
    };
    requirements.len() > 1 && requirements.iter().all(is_met)
}

/// Another namespace of the files where there are such pods. In a cluster that would be a search through all of it.
fn elsewhere(selector: &Selector, scope: &Scope<'_>) -> Option<String> {
    if scope.world.is_live() {
        return None;
    }
    let view = scope.world.namespaces().find(|view| matches(selector, view))?;
    Some(view.name.clone())
}

fn shown(selector: &Selector) -> String {
    selector.to_string().chars().take(60).collect()
}
