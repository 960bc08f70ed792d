//! `neutralised-default-deny`: a namespace-wide allow-all beside the default-deny.

use crate::model::{Check, Depends, Problem, Rule, RuleLevel, Scope};
use crate::netpol::{AllowSet, Direction, Labels, Level, PolicySpec};
use crate::object::Policy;

/// The rule.
pub static RULE: Rule = Rule {
    name: "neutralised-default-deny",
    level: RuleLevel::Deny,
    summary: "a namespace-wide allow-all beside the default-deny takes all its effect away",
    page: include_str!("neutralised_default_deny.md"),
    depends: Depends::Others,
    check: Check::Policy(check),
};

fn check(policy: &Policy, scope: &Scope<'_>) -> Vec<Problem> {
    let neutralised =
        Direction::BOTH.into_iter().filter(|direction| neutralises(policy, scope, *direction));
    neutralised
        .map(|direction| {
            let required = scope.governance().severity(direction).unwrap_or(RuleLevel::Warn).max(RuleLevel::Warn);
            Problem::new(format!(
                "NetworkPolicy {} allows every {direction} to all pods of namespace {}: policies add up, so the \
                 default-deny beside it has no effect; select the pods that need it, or delete it",
                policy.meta.name, scope.namespace.name
            ))
            .at(format!("/spec/{direction}"))
            .direction(direction)
            .at_most(required)
        })
        .collect()
}

/// Whether the namespace would be isolated in `direction` without this policy, and is open with it.
pub(super) fn neutralises(policy: &Policy, scope: &Scope<'_>, direction: Direction) -> bool {
    if !policy.spec.types.contains(direction) || scope.coverage(direction).level != Level::Open {
        return false;
    }
    let others: Vec<&PolicySpec> = scope
        .policies()
        .filter(|other| other.meta.name != policy.meta.name)
        .map(|other| &other.spec)
        .collect();
    // Without it a pod nobody wrote a rule for may still do everything, as it may without any policy that does not select it:
    // seen at once, while coverage can take a long search.
    let nobody = Labels::default();
    let is_no_reason = !policy.spec.selector.matches(&nobody)
        || AllowSet::of(&others, &scope.namespace.name, &nobody, direction)
            .is_everything(scope.families());
    !is_no_reason && scope.coverage_by(&others, direction).level >= Level::Isolated
}
