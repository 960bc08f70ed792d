//! `unsatisfiable-selector`: a selector that contradicts itself.

use crate::model::{Check, Depends, Problem, Rule, RuleLevel, Scope};
use crate::object::Policy;

use super::parts::selectors;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "unsatisfiable-selector",
    level: RuleLevel::Warn,
    summary: "a selector of a policy contradicts itself and can never match",
    page: include_str!("unsatisfiable_selector.md"),
    depends: Depends::Alone,
    check: Check::Policy(check),
};

pub(super) fn check(policy: &Policy, _: &Scope<'_>) -> Vec<Problem> {
    let never = selectors(policy).filter(|(selector, ..)| selector.is_satisfiable() == Some(false));
    never
        .map(|(selector, path, direction)| {
            let shown: String = selector.to_string().chars().take(80).collect();
            let message = format!(
                "NetworkPolicy {}: the selector {shown} asks for what no labels have at once, so it never matches; for one \
                 of several values write `In`",
                policy.meta.name,
            );
            Problem { direction, ..Problem::new(message).at(path).key(selector.to_string()) }
        })
        .collect()
}
