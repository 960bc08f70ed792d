//! `host-network-workload`: pods that no `NetworkPolicy` governs.

use crate::model::{Check, Depends, Problem, Rule, RuleLevel, Scope};
use crate::netpol::Direction;
use crate::object::{Kind, Workload};

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "host-network-workload",
    level: RuleLevel::Audit,
    summary: "the pods of a workload use the host network, where no NetworkPolicy governs them",
    page: include_str!("host_network_workload.md"),
    depends: Depends::Alone,
    check: Check::Workload(check),
};

/// Said where a profile asks for isolation, which these pods can never have.
fn check(workload: &Workload, scope: &Scope<'_>) -> Vec<Problem> {
    let governance = scope.governance();
    let is_asked = |direction: Direction| governance.severity(direction).is_some();
    if workload.is_governed() || !Direction::BOTH.into_iter().any(is_asked) {
        return Vec::new();
    }
    let message = format!(
        "{} {}: its pods use the host network, where no NetworkPolicy governs them; drop hostNetwork unless they need it",
        workload.kind,
        workload.meta.display_name(),
    );
    vec![Problem::new(message).at(path(workload.kind))]
}

fn path(kind: Kind) -> &'static str {
    match kind {
        Kind::Pod => "/spec/hostNetwork",
        Kind::CronJob => "/spec/jobTemplate/spec/template/spec/hostNetwork",
        _ => "/spec/template/spec/hostNetwork",
    }
}
