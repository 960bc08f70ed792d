//! What is missing, in words.

use crate::facts::{Client, Demand};
use crate::model::{Scope, labels_shown, three_of};
use crate::netpol::Labels;
use crate::object::ObjectRef;

use super::gap::Gap;
use super::peer::telling;

/// Parts of a message about some gaps.
pub(in super::super) struct Words {
    /// Whose pods are not reached: `Deployment/web`; `its pods` when that is the subject.
    pub(in super::super) whose: String,
    /// Who does not reach them: `Prometheus monitoring/k8s`.
    pub(in super::super) clients: String,
    /// Where: `TCP 9091`.
    pub(in super::super) ports: String,
    /// What asks for it: `ServiceMonitor web`.
    pub(in super::super) origins: String,
    /// Requests to the API server fail meanwhile.
    pub(in super::super) fails: bool,
    /// `from pods app=prometheus of namespace monitoring`
    pub(super) allow: String,
}

impl Words {
    /// About gaps of one policy, or of one workload that is the subject.
    pub(super) fn of(gaps: &[Gap<'_>], is_subject: bool, scope: &Scope<'_>) -> Self {
        let whose =
            |gap: &Gap<'_>| format!("{}/{}", gap.workload.kind, gap.workload.meta.display_name());
        let whose = if is_subject { "its pods".to_owned() } else { each(gaps.iter().map(whose)) };
        let clients = || gaps.iter().flat_map(|gap| &gap.demand.clients);
        let ports = gaps.iter().flat_map(|gap| &gap.ports);
        let ports = each(ports.map(|port| format!("{} {}", port.protocol, port.port)));
        Self {
            whose,
            clients: each(clients().map(|client| client.name.clone())),
            origins: each(gaps.iter().map(|gap| origin(gap.demand, scope))),
            fails: gaps.iter().any(|gap| gap.demand.fails),
            allow: each(clients().map(|client| place(client, scope))),
            ports,
        }
    }
}

/// Each once, no more than three of them.
fn each(names: impl Iterator<Item = String>) -> String {
    let mut known: Vec<String> = Vec::new();
    for name in names {
        if !known.contains(&name) {
            known.push(name);
        }
    }
    three_of(&known)
}

/// How a rule can admit a client.
fn place(client: &Client, scope: &Scope<'_>) -> String {
    match &client.labels {
        None if client.is_outside() => "without `from`: no selector matches it".to_owned(),
        None => "from the addresses of nodes: no selector matches the host network".to_owned(),
        Some(labels) => {
            let pods = format!("from pods {}", labels_shown(&shortest(labels)));
            if client.namespace == scope.namespace.name {
                pods
            } else {
                format!("{pods} of namespace {}", client.namespace)
            }
        }
    }
}

/// The label that says most: the fix has the others, and a warning has no room for them.
fn shortest(labels: &Labels) -> Labels {
    const NAME: &str = "app.kubernetes.io/name";
    match labels.value(NAME) {
        Some(name) => [(NAME, name)].into_iter().collect(),
        None => telling(labels),
    }
}

fn origin(demand: &Demand, scope: &Scope<'_>) -> String {
    let Some(origin) = &demand.origin else { return "the annotations of the pods".to_owned() };
    let ObjectRef { kind, namespace, name } = origin;
    match namespace {
        Some(namespace) if *namespace != scope.namespace.name => origin.to_string(),
        _ => format!("{kind} {name}"),
    }
}
