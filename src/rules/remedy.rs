//! What the fixes of several rules share.

mod barrier;

use serde_json::{Map, Value, json};

use crate::model::{Fix, Scope, World};
use crate::netpol::{Operator, Requirement, Selector};
use crate::object::{Kind, Object, Policy};

pub(super) use barrier::{barrier, opened, others};

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

/// `fix`, policies as whole objects, when `is_mended` says so of the state after it: another engine may still deny.
pub(super) fn proven(
    fix: Fix,
    scope: &Scope<'_>,
    is_mended: impl FnOnce(&Scope<'_>) -> bool,
) -> Option<Fix> {
    let world = with(&fix.objects, scope)?;
    judged(&world, scope, is_mended)?.then_some(fix)
}

/// The World of `scope` with these policies besides; `None` when one of them cannot be read.
pub(super) fn with(policies: &[Value], scope: &Scope<'_>) -> Option<World> {
    let mut world = scope.world.clone();
    for policy in policies {
        world.put(Object::from_value(Kind::NetworkPolicy, policy).ok()?);
    }
    Some(world)
}

/// What `judge` says of the same namespace in another World; `None` when it is not there.
pub(super) fn judged<T>(
    world: &World,
    scope: &Scope<'_>,
    judge: impl FnOnce(&Scope<'_>) -> T,
) -> Option<T> {
    let view = world.namespace(&scope.namespace.name)?;
    let there = Scope::new(scope.settings, world, view, scope.now);
    Some(match scope.focus() {
        Some(workload) => judge(&there.focused(workload)),
        None => judge(&there),
    })
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
