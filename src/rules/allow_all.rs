//! `allow-all`: a rule that admits everything.

use crate::model::{Check, Depends, Problem, Rule, RuleLevel, Scope};
use crate::netpol::Direction;
use crate::object::Policy;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "allow-all",
    level: RuleLevel::Warn,
    summary: "a rule of a policy admits everything",
    page: include_str!("allow_all.md"),
    depends: Depends::Alone,
    check: Check::Policy(check),
};

fn check(policy: &Policy, scope: &Scope<'_>) -> Vec<Problem> {
    Direction::BOTH.into_iter().flat_map(|direction| everything(policy, scope, direction)).collect()
}

fn everything(policy: &Policy, scope: &Scope<'_>, direction: Direction) -> Vec<Problem> {
    let rules = policy.spec.rules(direction).iter().enumerate();
    let everything = rules.filter(|(_, rule)| rule.is_everything(scope.families()));
    everything
        .map(|(index, _)| {
            let (whom, field) = match direction {
                Direction::Ingress => ("from everyone", "from"),
                Direction::Egress => ("to everywhere", "to"),
            };
            Problem::new(format!(
                "NetworkPolicy {}: {direction} rule {} allows all traffic {whom} on every port; name the peers in \
                 `{field}`, and the ports",
                policy.meta.name,
                index + 1,
            ))
            .at(format!("/spec/{direction}/{index}"))
            .direction(direction)
        })
        .collect()
}
