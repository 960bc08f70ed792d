//! `unmatched-namespace-selector`: a peer names namespaces that do not exist.

use crate::model::{Check, Depends, Problem, Rule, RuleLevel, Scope};
use crate::netpol::{Operator, Selector};
use crate::object::Policy;

use super::known::{NAME, matches_a_namespace};
use super::parts::pod_peers;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "unmatched-namespace-selector",
    level: RuleLevel::Warn,
    summary: "a namespaceSelector matches no namespace of the cluster",
    page: include_str!("unmatched_namespace_selector.md"),
    depends: Depends::Others,
    check: Check::Policy(check),
};

pub(super) fn check(policy: &Policy, scope: &Scope<'_>) -> Vec<Problem> {
    let selected = pod_peers(policy).filter_map(|(at, pods)| Some((at, pods.namespaces.as_ref()?)));
    let unmatched = selected.filter(|(_, selector)| {
        // A contradiction has a rule of its own.
        matches_a_namespace(selector, scope) == Some(false)
            && selector.is_satisfiable() != Some(false)
    });
    unmatched
        .map(|(at, selector)| {
            let shown: String = selector.to_string().chars().take(70).collect();
            let message = format!(
                "NetworkPolicy {}: the namespaceSelector {shown} matches no namespace; {}",
                policy.meta.name,
                hint(selector, scope),
            );
            let path = format!("{}/namespaceSelector", at.path);
            Problem::new(message).at(path).direction(at.direction).key(selector.to_string())
        })
        .collect()
}

/// What is missing, and what the author may have meant.
fn hint(selector: &Selector, scope: &Scope<'_>) -> String {
    for requirement in &selector.requirements {
        let Operator::In(values) = &requirement.operator else { continue };
        let named = values
            .iter()
            .find(|value| requirement.key != NAME && scope.world.namespace(value).is_some());
        if let Some(name) = named {
            return format!("there is a namespace {name}: select it by {NAME}: {name}");
        }
    }
    let missing = selector.requirements.iter().find(|requirement| {
        let asks = matches!(requirement.operator, Operator::Exists | Operator::In(_));
        asks && requirement.key != NAME && !scope.world.has_namespace_label(&requirement.key)
    });
    match missing {
        Some(requirement) => {
            let key: String = requirement.key.chars().take(50).collect();
            format!(
                "no namespace has the label {key}: label the one that is meant, or select it by {NAME}"
            )
        }
        None => format!("correct it, or select the namespace that is meant by {NAME}"),
    }
}
