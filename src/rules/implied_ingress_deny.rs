//! `implied-ingress-deny`: an egress policy that also denies all ingress.

use serde_json::json;

use crate::model::{Check, Depends, Fix, Problem, Rule, RuleLevel, Scope};
use crate::netpol::{Direction, TypesWritten};
use crate::object::Policy;

use super::remedy::part;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "implied-ingress-deny",
    level: RuleLevel::Warn,
    summary: "a policy with egress rules alone and no policyTypes also denies all ingress",
    page: include_str!("implied_ingress_deny.md"),
    depends: Depends::Alone,
    check: Check::Policy(check),
};

/// Without `policyTypes` the API server always adds Ingress, and Egress where there are egress rules.
fn check(policy: &Policy, scope: &Scope<'_>) -> Vec<Problem> {
    let spec = &policy.spec;
    let is_implied = spec.types_written == TypesWritten::Absent
        && spec.types.ingress
        && !spec.egress.is_empty()
        && spec.ingress.is_empty();
    if !is_implied {
        return Vec::new();
    }
    let message = format!(
        "NetworkPolicy {}: it has egress rules and no policyTypes, so it also denies all ingress to its pods; write \
         policyTypes: [Egress] if that is not meant, [Ingress, Egress] if it is",
        policy.meta.name
    );
    // Nothing is opened that is closed today: whoever wants ingress left alone says so by hand.
    let spec = json!({"policyTypes": ["Ingress", "Egress"], "ingress": []});
    vec![
        Problem::new(message)
            .at("/spec")
            .direction(Direction::Ingress)
            .fix(Fix::apply(part(policy, scope, &spec))),
    ]
}
