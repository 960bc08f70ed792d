//! `uncovered-workload`: a pod template that no policy isolates in a required direction.

use crate::model::{Check, Depends, Problem, Rule, RuleLevel, Scope, labels_shown};
use crate::netpol::{AllowSet, Direction, Level};
use crate::object::{Kind, Workload};

use super::missing_default_deny::default_deny;

/// The rule.
pub static RULE: Rule = Rule {
    name: "uncovered-workload",
    level: RuleLevel::Deny,
    summary: "no policy isolates the pods of a workload in a required direction",
    page: include_str!("uncovered_workload.md"),
    depends: Depends::Others,
    check: Check::Workload(check),
};

fn check(workload: &Workload, scope: &Scope<'_>) -> Vec<Problem> {
    if !workload.is_governed() {
        return Vec::new();
    }
    Direction::BOTH
        .into_iter()
        .filter_map(|direction| uncovered(workload, scope, direction))
        .collect()
}

fn uncovered(workload: &Workload, scope: &Scope<'_>, direction: Direction) -> Option<Problem> {
    let severity = scope.governance().severity(direction)?;
    let labels = &workload.template.labels;
    let (kind, name) = (workload.kind, workload.meta.display_name());
    let namespace = &scope.namespace.name;
    let what = if !scope.isolates(labels, direction) {
        // The back-off of a controller that was refused grows to many minutes.
        let then = match workload.meta.controller() {
            Some(_) => ", then `kubectl rollout restart` its owner",
            None => "",
        };
        let shown = labels_shown(labels);
        format!(
            "no NetworkPolicy of namespace {namespace} isolates its pods ({shown}) for {direction}; apply one first{then}"
        )
    } else if is_open(workload, scope, direction) {
        // One line of allow-all would open the gate otherwise: isolated by name, and free to do everything.
        let shown = labels_shown(labels);
        format!(
            "its pods ({shown}) are isolated for {direction} and allowed everything, and namespace {namespace} has no \
             default-deny behind it; name the peers or ports that are meant, or add a default-deny"
        )
    } else {
        return None;
    };
    let problem = Problem::new(format!("{kind} {name}: {what}")).fix(default_deny(
        scope,
        direction,
        Level::Isolated,
    ));
    Some(problem.at(labels_path(workload.kind)).direction(direction).at_most(severity))
}

/// Everything is allowed, in a namespace that is not isolated: a targeted exception beside a default-deny is none of this.
fn is_open(workload: &Workload, scope: &Scope<'_>, direction: Direction) -> bool {
    let labels = &workload.template.labels;
    if scope.coverage(direction).level >= Level::Isolated || scope.is_overridden(labels, direction)
    {
        return false;
    }
    let allowed = AllowSet::of(scope.specs(), &scope.namespace.name, labels, direction);
    allowed.is_everything(scope.families())
}

fn labels_path(kind: Kind) -> &'static str {
    match kind {
        Kind::Pod => "/metadata/labels",
        Kind::CronJob => "/spec/jobTemplate/spec/template/metadata/labels",
        _ => "/spec/template/metadata/labels",
    }
}
