//! Policies that let in who was forgotten.

use serde_json::{Value, json};

use crate::model::{Fix, Scope};
use crate::netpol::{Labels, Operator, Protocol, Requirement, Selector};
use crate::object::{Kind, Policy};

use super::super::remedy::{as_json, free_name};

/// Who is to be let in to which pods.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Admission {
    /// The pods.
    pub(in super::super) pods: Selector,
    /// The peers of the rule; none for everybody.
    pub(in super::super) from: Vec<Value>,
    /// The ports.
    pub(in super::super) ports: Vec<(Protocol, u16)>,
}

impl Admission {
    fn rule(&self) -> Value {
        let port = |(protocol, port): &(Protocol, u16)| json!({"protocol": protocol, "port": port});
        let ports: Vec<Value> = self.ports.iter().map(port).collect();
        match self.from.as_slice() {
            [] => json!({"ports": ports}),
            from => json!({"from": from, "ports": ports}),
        }
    }
}

/// Policies that admit all of these, one for each choice of pods, named `base`, or after the `subject` that lacks them. They
/// select only pods that `isolating` selects too: a policy that is added for other pods would isolate them, and cut what they
/// have now.
pub(in super::super) fn policies(
    base: &str,
    subject: Option<&str>,
    isolating: &Policy,
    admissions: &[Admission],
    scope: &Scope<'_>,
) -> Fix {
    let mut rules: Vec<(Selector, Vec<Value>)> = Vec::new();
    for admission in admissions {
        let pods = both(&isolating.spec.selector, &admission.pods);
        let rule = admission.rule();
        match rules.iter_mut().find(|(known, _)| *known == pods) {
            Some((_, known)) if known.contains(&rule) => {}
            Some((_, known)) => known.push(rule),
            None => rules.push((pods, vec![rule])),
        }
    }
    let base = subject.map_or_else(|| base.to_owned(), |subject| format!("{base}-for-{subject}"));
    let objects = rules.into_iter().enumerate().map(|(index, (pods, rules))| {
        let name = if index == 0 { base.clone() } else { format!("{base}-{}", index + 1) };
        json!({
            "apiVersion": Kind::NetworkPolicy.api_version(),
            "kind": Kind::NetworkPolicy.name(),
            "metadata": {"name": free_name(&name, scope), "namespace": scope.namespace.name},
            "spec": {"podSelector": as_json(&pods), "policyTypes": ["Ingress"], "ingress": rules},
        })
    });
    Fix { objects: objects.collect() }
}

/// What both select, each requirement once.
fn both(one: &Selector, other: &Selector) -> Selector {
    let mut requirements: Vec<Requirement> = Vec::new();
    for requirement in one.requirements.iter().chain(&other.requirements) {
        if !requirements.contains(requirement) {
            requirements.push(requirement.clone());
        }
    }
    Selector { requirements }
}

/// A selector of all pods that carry these labels.
pub(in super::super) fn with_labels(labels: &Labels) -> Selector {
    let requirement = |(key, value): (&str, &str)| Requirement {
        key: key.to_owned(),
        operator: Operator::In([value.to_owned()].into()),
    };
    Selector { requirements: labels.iter().map(requirement).collect() }
}
