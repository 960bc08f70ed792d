//! The policies as objects.

use serde::Deserialize as _;
use serde_json::{Value, json};

use crate::model::NamespaceView;
use crate::netpol::{Direction, PolicySpec, PolicyTypes};
use crate::object::{Kind, Policy};

/// The label that tells whose an object is, and the controller's value of it.
pub const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "portcullis");

/// The field manager of everything that the controller writes.
pub const FIELD_MANAGER: &str = "portcullis";

/// What the names of the controller's policies begin with, so that they are never those of a team's own.
const PREFIX: &str = "portcullis-";

/// What the default-deny is called beside templates.
pub(super) const DEFAULT_DENY: &str = "default-deny";

/// One policy that a namespace is to have.
#[derive(Clone, Debug, PartialEq)]
pub struct DesiredPolicy {
    /// The name of its template, or `default-deny`.
    pub template: String,
    /// The `spec`, with `policyTypes`, `ingress` and `egress` written out: server-side apply owns what is written, and then
    /// nobody else's additions stay (SEMANTICS 13.17).
    pub spec: Value,
}

/// Whether the policy is the controller's: it carries its label, and a name that begins as theirs do.
pub fn is_ours(policy: &Policy) -> bool {
    template(policy).is_some()
}

/// The template of a policy that is the controller's.
pub(super) fn template(policy: &Policy) -> Option<&str> {
    let (key, value) = MANAGED_BY;
    let is_labelled = policy.meta.labels.value(key) == Some(value);
    policy.meta.name.strip_prefix(PREFIX).filter(|_| is_labelled)
}

impl DesiredPolicy {
    /// The default-deny of these directions.
    pub(super) fn default_deny(closed: PolicyTypes) -> Self {
        let spec = spec(&json!({}), closed, Vec::new(), Vec::new());
        Self { template: DEFAULT_DENY.to_owned(), spec }
    }

    /// Its name in a managed namespace.
    pub fn name(&self) -> String {
        format!("{PREFIX}{}", self.template)
    }

    /// The object as the controller applies it.
    pub fn managed(&self, namespace: &str) -> Value {
        let (key, value) = MANAGED_BY;
        let metadata = json!({"name": self.name(), "namespace": namespace, "labels": {key: value}});
        object(&metadata, &self.spec)
    }

    /// The object as a team keeps it itself.
    pub fn of_team(&self, namespace: &str) -> Value {
        object(&json!({"name": self.template, "namespace": namespace}), &self.spec)
    }

    /// What it says.
    pub(super) fn read(&self) -> Option<PolicySpec> {
        PolicySpec::deserialize(&self.spec).ok()
    }

    /// Whether the namespace has it: under its name, as the controller's, and saying the same.
    pub fn is_in(&self, namespace: &NamespaceView) -> bool {
        let there = namespace.policies.get(&self.name());
        there.is_some_and(|policy| {
            is_ours(policy) && !policy.meta.is_terminating() && self.is_said_by(&policy.spec)
        })
    }

    /// Whether a stored `spec` says the same: what defaulting adds and what is ignored makes no difference.
    pub fn is_said_by(&self, stored: &PolicySpec) -> bool {
        self.read().is_some_and(|own| {
            own.selector == stored.selector
                && own.types == stored.types
                && own.ingress == stored.ingress
                && own.egress == stored.egress
        })
    }
}

/// The default-deny that the controller keeps in the namespace, when there is one.
pub(super) fn kept(namespace: &NamespaceView) -> Option<&Policy> {
    let policy = namespace.policies.get(&format!("{PREFIX}{DEFAULT_DENY}"))?;
    (is_ours(policy) && !policy.meta.is_terminating()).then_some(policy.as_ref())
}

/// A `spec` with everything written out, the rules of directions that `types` lacks left out: they have no effect.
pub(super) fn spec(
    pods: &Value,
    types: PolicyTypes,
    ingress: Vec<Value>,
    egress: Vec<Value>,
) -> Value {
    let named = [(Direction::Ingress, "Ingress"), (Direction::Egress, "Egress")];
    let named: Vec<&str> = named
        .into_iter()
        .filter_map(|(direction, name)| types.contains(direction).then_some(name))
        .collect();
    let ingress = if types.ingress { ingress } else { Vec::new() };
    let egress = if types.egress { egress } else { Vec::new() };
    json!({"podSelector": pods, "policyTypes": named, "ingress": ingress, "egress": egress})
}

fn object(metadata: &Value, spec: &Value) -> Value {
    json!({
        "apiVersion": Kind::NetworkPolicy.api_version(),
        "kind": Kind::NetworkPolicy.name(),
        "metadata": metadata,
        "spec": spec,
    })
}
