//! Which policy answers for what is missing, for which pods (SEMANTICS 13.5).

use std::cmp::Reverse;

use crate::model::Scope;
use crate::netpol::{Direction, Labels, Operator, Selector};
use crate::object::{Policy, Workload};

/// Whether the policy isolates in `direction` and allows something there: a pure denial is an intent, and no rule asks why.
pub(super) fn allows_something(policy: &Policy, direction: Direction, scope: &Scope<'_>) -> bool {
    let mut rules = policy.spec.rules(direction).iter();
    rules.any(|rule| !rule.is_empty(direction, scope.families()))
}

/// The workloads whose pods the policy selects.
pub(super) fn selected<'a>(policy: &Policy, scope: &Scope<'a>) -> Vec<&'a Workload> {
    let workloads = scope.workloads().iter().copied();
    let is_selected = |workload: &&Workload| {
        workload.is_governed() && policy.spec.selector.matches(&workload.template.labels)
    };
    workloads.filter(is_selected).collect()
}

/// The policy on which a missing allowance of pods with `labels` is reported: of those that isolate them in `direction` and
/// allow something, the one with the narrowest selector, then the first by name. `None` when only pure denials isolate them.
pub(super) fn answering<'a>(
    labels: &Labels,
    direction: Direction,
    scope: &Scope<'a>,
) -> Option<&'a Policy> {
    let isolating = isolating(labels, direction, scope);
    narrowest(isolating.filter(|policy| allows_something(policy, direction, scope)))
}

/// Of the policies that isolate pods with `labels`, and mostly allow nothing, the one with the narrowest selector.
pub(super) fn narrowest_isolating<'a>(
    labels: &Labels,
    direction: Direction,
    scope: &Scope<'a>,
) -> Option<&'a Policy> {
    narrowest(isolating(labels, direction, scope))
}

/// Of the policies that isolate pods with `labels`, the one with the broadest selector: the default-deny. Of several a pure denial,
/// then the first by name.
pub(super) fn broadest_isolating<'a>(
    labels: &Labels,
    direction: Direction,
    scope: &Scope<'a>,
) -> Option<&'a Policy> {
    let isolating = isolating(labels, direction, scope);
    isolating.max_by_key(|policy: &&'a Policy| {
        let is_pure = !allows_something(policy, direction, scope);
        (breadth(&policy.spec.selector), is_pure, Reverse(policy.meta.name.as_str()))
    })
}

/// Whether a missing allowance of pods with `labels` is reported on `policy`.
pub(super) fn answers_for(
    policy: &Policy,
    labels: &Labels,
    direction: Direction,
    scope: &Scope<'_>,
) -> bool {
    answering(labels, direction, scope).is_some_and(|first| first.meta.name == policy.meta.name)
}

/// The policies that isolate pods with `labels`, by name.
pub(super) fn isolating<'a>(
    labels: &Labels,
    direction: Direction,
    scope: &Scope<'a>,
) -> impl Iterator<Item = &'a Policy> {
    scope.policies().filter(move |policy| {
        policy.spec.types.contains(direction) && policy.spec.selector.matches(labels)
    })
}

fn narrowest<'a>(policies: impl Iterator<Item = &'a Policy>) -> Option<&'a Policy> {
    policies.min_by_key(|policy| (breadth(&policy.spec.selector), policy.meta.name.as_str()))
}

/// Smaller is narrower: more requirements first, then fewer values to choose from.
fn breadth(selector: &Selector) -> (Reverse<usize>, usize) {
    let choices = selector.requirements.iter().map(|requirement| match &requirement.operator {
        Operator::In(values) => values.len(),
        Operator::DoesNotExist | Operator::Exists | Operator::NotIn(_) => 1000,
    });
    (Reverse(selector.requirements.len()), choices.sum())
}
