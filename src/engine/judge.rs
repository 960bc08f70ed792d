//! Asks the rules about one subject in one state.

use crate::model::{Check, Depends, Finding, Problem, Rule, RuleLevel, Scope};
use crate::object::{Kind, ObjectRef, Policy, Workload};
use crate::rules::RULES;

/// The findings about the namespace of the scope.
pub(super) fn namespace(scope: &Scope<'_>) -> Vec<Finding> {
    let name = scope.namespace.name.clone();
    let subject = ObjectRef { kind: Kind::Namespace, namespace: None, name };
    ask(scope, &subject, |check| match check {
        Check::Namespace(check) => check(scope),
        _ => Vec::new(),
    })
}

/// The findings about one policy of the scope's namespace, by the rules that depend on `depends` or on anything.
pub(super) fn policy(policy: &Policy, scope: &Scope<'_>, depends: Option<Depends>) -> Vec<Finding> {
    let subject = reference(Kind::NetworkPolicy, scope, &policy.meta.name);
    let rules =
        RULES.iter().copied().filter(|rule| depends.is_none_or(|depends| rule.depends == depends));
    ask_rules(rules, scope, &subject, |check| match check {
        Check::Policy(check) => check(policy, scope),
        _ => Vec::new(),
    })
}

/// The findings about one workload of the scope's namespace.
pub(super) fn workload(workload: &Workload, scope: &Scope<'_>) -> Vec<Finding> {
    let subject = reference(workload.kind, scope, &workload.meta.name);
    ask(scope, &subject, |check| match check {
        Check::Workload(check) => check(workload, scope),
        _ => Vec::new(),
    })
}

/// The findings of one rule about one workload.
pub(super) fn workload_by(
    rule: &'static Rule,
    workload: &Workload,
    scope: &Scope<'_>,
) -> Vec<Finding> {
    let subject = reference(workload.kind, scope, &workload.meta.name);
    ask_rules(std::iter::once(rule), scope, &subject, |check| match check {
        Check::Workload(check) => check(workload, scope),
        _ => Vec::new(),
    })
}

fn reference(kind: Kind, scope: &Scope<'_>, name: &str) -> ObjectRef {
    ObjectRef { kind, namespace: Some(scope.namespace.name.clone()), name: name.to_owned() }
}

fn ask(
    scope: &Scope<'_>,
    subject: &ObjectRef,
    judge: impl Fn(Check) -> Vec<Problem>,
) -> Vec<Finding> {
    ask_rules(RULES.iter().copied(), scope, subject, judge)
}

fn ask_rules(
    rules: impl Iterator<Item = &'static Rule>,
    scope: &Scope<'_>,
    subject: &ObjectRef,
    judge: impl Fn(Check) -> Vec<Problem>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in rules {
        let level = scope.settings.level(rule);
        if level == RuleLevel::Off {
            continue;
        }
        let problems = judge(rule.check).into_iter();
        findings
            .extend(problems.map(|problem| Finding::new(rule, level, subject.clone(), problem)));
    }
    findings.retain(|finding| finding.level > RuleLevel::Off);
    findings
}
