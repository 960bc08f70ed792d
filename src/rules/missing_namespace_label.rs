//! `missing-namespace-label`.

use crate::model::{Check, Depends, Problem, Rule, RuleLevel, Scope};

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "missing-namespace-label",
    level: RuleLevel::Warn,
    summary: "",
    page: include_str!("missing_namespace_label.md"),
    depends: Depends::Alone,
    check: Check::Namespace(check),
};

fn check(_scope: &Scope<'_>) -> Vec<Problem> {
    Vec::new()
}
