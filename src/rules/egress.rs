//! What the rules about forgotten egress allowances share: which policy answers for which pods, and how far they get.

mod way;

use std::cmp::Reverse;

use crate::model::Scope;
use crate::netpol::{AllowSet, Answer, Direction, Labels, Operator, PodEnd, Selector};
use crate::object::{Policy, Workload};

pub(super) use way::Way;

/// How many of several ends are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// None of them.
    None,
    /// Some, so that connections fail now and then.
    Part,
    /// All, as far as is known.
    All,
}

impl Reach {
    /// What is unknown counts as reached: a rule never guesses.
    pub(super) fn of(answers: impl IntoIterator<Item = Answer>) -> Self {
        let (mut refused, mut others) = (false, false);
        for answer in answers {
            match answer {
                Answer::No => refused = true,
                Answer::Unknown | Answer::Yes => others = true,
            }
        }
        match (refused, others) {
            (true, false) => Self::None,
            (true, true) => Self::Part,
            (false, _) => Self::All,
        }
    }
}

/// Whether the policy isolates egress and allows something: a pure denial is an intent, and no rule asks why.
pub(super) fn allows_something(policy: &Policy, scope: &Scope<'_>) -> bool {
    let mut rules = policy.spec.rules(Direction::Egress).iter();
    rules.any(|rule| !rule.is_empty(Direction::Egress, scope.families()))
}

/// The workloads whose pods the policy selects.
pub(super) fn selected<'a>(policy: &Policy, scope: &Scope<'a>) -> Vec<&'a Workload> {
    let workloads = scope.workloads().iter().copied();
    let is_selected = |workload: &&Workload| {
        workload.is_governed() && policy.spec.selector.matches(&workload.template.labels)
    };
    workloads.filter(is_selected).collect()
}

/// Whether a missing allowance of pods with `labels` is reported on `policy`: of the policies that isolate their egress and
/// allow something, the one with the narrowest selector, then the first by name.
pub(super) fn answers_for(policy: &Policy, labels: &Labels, scope: &Scope<'_>) -> bool {
    let isolating = scope.policies().filter(|other| {
        other.spec.types.egress
            && other.spec.selector.matches(labels)
            && allows_something(other, scope)
    });
    isolating
        .min_by_key(|other| (breadth(&other.spec.selector), other.meta.name.as_str()))
        .is_some_and(|first| first.meta.name == policy.meta.name)
}

/// Pods of `workload` with `labels` as the end of a connection.
pub(super) fn subject<'s>(
    workload: &'s Workload,
    labels: &'s Labels,
    scope: &'s Scope<'_>,
) -> PodEnd<'s> {
    let template = &workload.template;
    PodEnd {
        namespace: &scope.namespace.name,
        namespace_labels: scope.labels(),
        labels,
        service_account: &template.service_account,
        ports: &template.ports,
        addresses: workload.pod.as_ref().map_or(&[], |pod| &pod.addresses),
        host_network: template.host_network,
    }
}

/// What pods with `labels` may reach.
pub(super) fn allowed<'a>(labels: &Labels, scope: &Scope<'a>) -> AllowSet<'a> {
    AllowSet::of(scope.specs(), &scope.namespace.name, labels, Direction::Egress)
}

/// Smaller is narrower: more requirements first, then fewer values to choose from.
fn breadth(selector: &Selector) -> (Reverse<usize>, usize) {
    let choices = selector.requirements.iter().map(|requirement| match &requirement.operator {
        Operator::In(values) => values.len(),
        Operator::DoesNotExist | Operator::Exists | Operator::NotIn(_) => 1000,
    });
    (Reverse(selector.requirements.len()), choices.sum())
}
