//! `egress-without-dns`.

use crate::model::{Check, Depends, Problem, Rule, RuleLevel, Scope};
use crate::object::Policy;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "egress-without-dns",
    level: RuleLevel::Warn,
    summary: "",
    page: include_str!("egress_without_dns.md"),
    depends: Depends::Alone,
    check: Check::Policy(check),
};

fn check(_policy: &Policy, _scope: &Scope<'_>) -> Vec<Problem> {
    Vec::new()
}
