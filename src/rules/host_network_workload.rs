//! `host-network-workload`.

use crate::model::{Check, Depends, Problem, Rule, RuleLevel, Scope};
use crate::object::Workload;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "host-network-workload",
    level: RuleLevel::Audit,
    summary: "",
    page: include_str!("host_network_workload.md"),
    depends: Depends::Alone,
    check: Check::Workload(check),
};

fn check(_workload: &Workload, _scope: &Scope<'_>) -> Vec<Problem> {
    Vec::new()
}
