//! `egress-without-api-server`.

use crate::model::{Check, Depends, Problem, Rule, RuleLevel, Scope};
use crate::object::Policy;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "egress-without-api-server",
    level: RuleLevel::Warn,
    summary: "",
    page: include_str!("egress_without_api_server.md"),
    depends: Depends::Alone,
    check: Check::Policy(check),
};

fn check(_policy: &Policy, _scope: &Scope<'_>) -> Vec<Problem> {
    Vec::new()
}
