//! What the fixes of several rules share.

use serde_json::{Map, Value, json};

use crate::model::{Fix, Scope};
use crate::netpol::{Operator, Requirement, Selector};
use crate::object::{Kind, Policy};

/// A policy that allows this egress besides, for the pods that `policy` selects; called `base`, or after both.
pub(super) fn egress_policy(
    base: &str,
    policy: &Policy,
    egress: &[Value],
    scope: &Scope<'_>,
) -> Fix {
    let selector = &policy.spec.selector;
    let base = if selector.is_everything() {
        base.to_owned()
    } else {
        format!("{base}-for-{}", policy.meta.name)
    };
    Fix::apply(json!({
        "apiVersion": Kind::NetworkPolicy.api_version(),
        "kind": Kind::NetworkPolicy.name(),
        "metadata": {"name": free_name(&base, scope), "namespace": scope.namespace.name},
        "spec": {"podSelector": as_json(selector), "policyTypes": ["Egress"], "egress": egress},
    }))
}

/// `base`, or `base-2` and so on where a policy of that name exists already: a fix never rewrites another policy.
pub(super) fn free_name(base: &str, scope: &Scope<'_>) -> String {
    let is_free = |name: &String| !scope.namespace.policies.contains_key(name);
    let numbered = (2..).map(|number| format!("{base}-{number}"));
    let mut names = std::iter::once(base.to_owned()).chain(numbered);
    names.find(is_free).expect("there are more numbers than policies")
}

/// Parts of `policy` that change, as a fix.
pub(super) fn part(policy: &Policy, scope: &Scope<'_>, spec: &Value) -> Value {
    json!({
        "apiVersion": Kind::NetworkPolicy.api_version(),
        "kind": Kind::NetworkPolicy.name(),
        "metadata": {"name": policy.meta.name, "namespace": scope.namespace.name},
        "spec": spec,
    })
}

/// A label selector as a manifest writes it.
pub(super) fn as_json(selector: &Selector) -> Value {
    let mut labels = Map::new();
    let mut expressions = Vec::new();
    for Requirement { key, operator } in &selector.requirements {
        let (operator, values) = match operator {
            Operator::In(values) if values.len() == 1 && !labels.contains_key(key) => {
                labels.extend(values.iter().map(|value| (key.clone(), json!(value))));
                continue;
            }
            Operator::In(values) => ("In", Some(values)),
            Operator::NotIn(values) => ("NotIn", Some(values)),
            Operator::Exists => ("Exists", None),
            Operator::DoesNotExist => ("DoesNotExist", None),
        };
        let mut expression = json!({"key": key, "operator": operator});
        if let Some(values) = values {
            expression["values"] = json!(values);
        }
        expressions.push(expression);
    }
    let mut selector = Map::new();
    if !labels.is_empty() {
        selector.insert("matchLabels".to_owned(), Value::Object(labels));
    }
    if !expressions.is_empty() {
        selector.insert("matchExpressions".to_owned(), Value::Array(expressions));
    }
    Value::Object(selector)
}
