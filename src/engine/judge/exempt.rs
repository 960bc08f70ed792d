//! What exemptions silence: findings about an object that is exempt, or in a namespace that is, and on a policy what is said of
//! workloads that are.

use std::collections::BTreeMap;

use crate::model::{Exemption, Finding, Now, Problem, Rule, Scope, exempting, exemptions};
use crate::object::{Meta, ObjectRef, Workload};

/// Marks the findings that the annotations of one of these objects silence: the subject, its namespace.
pub(super) fn exempt<'a>(
    findings: &mut [Finding],
    annotated: impl IntoIterator<Item = &'a Meta>,
    now: Now,
) {
    let granted: Vec<Exemption> = annotated
        .into_iter()
        .flat_map(|meta| exemptions(&meta.annotations, now).unwrap_or_default())
        .collect();
    for finding in findings {
        let found = granted.iter().find(|granted| granted.rule == finding.rule.name);
        finding.exempted = found.cloned().or_else(|| finding.exempted.take());
    }
}

/// What `judge` finds, with the exemption that silences it: a problem of exempt workloads alone is exempt with them, and one of
/// others too is the problem of the others.
pub(super) fn problems(
    rule: &Rule,
    scope: &Scope<'_>,
    judge: impl Fn(&Scope<'_>) -> Vec<Problem>,
) -> Vec<(Problem, Option<Exemption>)> {
    let problems = judge(scope);
    let about = problems.iter().flat_map(|problem| &problem.about);
    let exempt: BTreeMap<ObjectRef, Exemption> = about
        .filter_map(|workload| Some((workload.clone(), exemption(rule, workload, scope)?)))
        .collect();
    if exempt.is_empty() {
        return problems.into_iter().map(|problem| (problem, None)).collect();
    }
    let others = judge(&scope.leaving_out(exempt.keys().cloned().collect()));
    let of_others = |problem: Problem| {
        let Some(granted) = problem.about.iter().find_map(|workload| exempt.get(workload)) else {
            return (problem, None);
        };
        let is_left = problem.about.iter().any(|workload| !exempt.contains_key(workload));
        let same = others
            .iter()
            .find(|other| (other.direction, &other.key) == (problem.direction, &problem.key));
        match same.filter(|_| is_left) {
            Some(same) => (same.clone(), None),
            None => (problem, Some(granted.clone())),
        }
    };
    problems.into_iter().map(of_others).collect()
}

/// What exempts a workload from the rule: its own annotations, or those of the controller that made it.
fn exemption(rule: &Rule, workload: &ObjectRef, scope: &Scope<'_>) -> Option<Exemption> {
    let key = (workload.kind, workload.name.clone());
    let known = scope.namespace.workloads.get(&key).map(AsRef::as_ref);
    let is_it = |focus: &&Workload| focus.reference() == *workload;
    let found = scope.focus().filter(is_it).or(known)?;
    let source = exempting(found, scope.namespace)?;
    let granted = exemptions(&source.meta.annotations, scope.now).ok()?;
    granted.into_iter().find(|granted| granted.rule == rule.name)
}
