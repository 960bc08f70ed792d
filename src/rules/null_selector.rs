//! `null-selector`: a peer's selector that was written and has no value.

use crate::model::{Check, Depends, Problem, Rule, RuleLevel, Scope};
use crate::netpol::{Direction, NullSelector, Peer, PeerSelector, Pods, Selector};
use crate::object::Policy;

use super::parts::{list, shown};

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "null-selector",
    level: RuleLevel::Warn,
    summary: "a selector of a peer is written without a value, which counts as left out",
    page: include_str!("null_selector.md"),
    depends: Depends::Alone,
    check: Check::Policy(check),
};

/// SEMANTICS 1.2 and 5 (NULL-SEL). Rules without effect are what `ignored-rules` speaks about.
pub(super) fn check(policy: &Policy, scope: &Scope<'_>) -> Vec<Problem> {
    let nulls = policy.spec.nulls.iter().filter(|null| policy.spec.types.contains(null.direction));
    nulls.filter_map(|null| problem(policy, null, scope)).collect()
}

fn problem(policy: &Policy, null: &NullSelector, scope: &Scope<'_>) -> Option<Problem> {
    let Peer::Pods(Pods { namespaces, pods }) = policy.spec.peer(null)? else { return None };
    let verb = match null.direction {
        Direction::Ingress => "admits",
        Direction::Egress => "allows",
    };
    let (other, means) = match null.field {
        PeerSelector::Namespaces => {
            let other = pods.as_ref()?;
            let means = format!(
                "{} of namespace {} alone; write `namespaceSelector: {{}}` for those of all namespaces, or delete the line",
                of_pods(other),
                scope.namespace.name,
            );
            (other, means)
        }
        PeerSelector::Pods => {
            let other = namespaces.as_ref()?;
            let means = format!(
                "every pod of {}; write `podSelector: {{}}` if that is meant",
                of_namespaces(other)
            );
            (other, means)
        }
    };
    let (field, list) = (null.field.name(), list(null.direction));
    let message = format!(
        "NetworkPolicy {}: `{field}:` without a value counts as left out, so this item of `{list}` {verb} {means}",
        policy.meta.name,
    );
    let path = format!("/spec/{}/{}/{list}/{}/{field}", null.direction, null.rule, null.peer);
    let key = format!("{field} {other}");
    Some(Problem::new(message).at(path).direction(null.direction).key(key))
}

fn of_pods(selector: &Selector) -> String {
    if selector.is_everything() {
        "the pods".to_owned()
    } else {
        format!("pods {}", shown(selector))
    }
}

fn of_namespaces(selector: &Selector) -> String {
    if selector.is_everything() {
        "every namespace".to_owned()
    } else {
        format!("namespaces {}", shown(selector))
    }
}
