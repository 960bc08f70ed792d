//! What must reach pods, by the objects that say so.

use crate::model::NamespaceView;
use crate::netpol::{Labels, Protocol, Selector};
use crate::object::{
    Kind, Meta, ObjectRef, PodTemplate, PortRef, Scrape, Service, ServicePort, TargetPort,
};

use super::client::Client;

/// A reason why something must be able to connect to pods of one namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// The object that says so: a route, a monitor, a webhook configuration, a Service; `None` where the pods say so themselves,
    /// by their annotations.
    pub origin: Option<ObjectRef>,
    /// What the origin calls it: the name of the webhook, where there are several; else empty.
    pub detail: String,
    /// The name of the Service in between, in the namespace of the pods.
    pub service: Option<String>,
    /// The pods.
    pub pods: DemandedPods,
    /// The ports at the pods.
    pub ports: Vec<DemandedPort>,
    /// Who connects. One of them is enough: the others may be spares. Never empty.
    pub clients: Vec<Client>,
    /// Requests to the API server fail while it is not reached (`failurePolicy: Fail`, aggregated APIs, conversion).
    pub fails: bool,
}

/// Which pods of the namespace are connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DemandedPods {
    /// Those whose annotations ask for it.
    Annotated,
    /// Those that a selector matches.
    Selected(Selector),
    /// Those that carry the labels of a Service's selector.
    With(Labels),
}

/// A port that is connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemandedPort {
    /// The protocol.
    pub protocol: Protocol,
    /// Where it is at the pod; `None` for what the annotations of the pod say.
    pub target: Option<TargetPort>,
}

/// A port of one pod.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PodPort {
    /// The protocol.
    pub protocol: Protocol,
    /// The number.
    pub port: u16,
    /// Its name at the pod, empty when it has none.
    pub name: String,
    /// Only a sidecar declares that name: whether policies that name it mean it depends on the network plugin.
    pub sidecar: bool,
}

impl Demand {
    /// Whether it is about pods of this template. Pods of the host network are beyond any policy.
    pub fn is_about(&self, template: &PodTemplate) -> bool {
        let labels = &template.labels;
        !template.host_network
            && match &self.pods {
                DemandedPods::Annotated => template.scrape.is_some(),
                DemandedPods::Selected(selector) => selector.matches(labels),
                DemandedPods::With(wanted) => {
                    wanted.iter().all(|(key, value)| labels.value(key) == Some(value))
                }
            }
    }

    /// The ports at pods of this template, sorted; names that none of its containers declares lead nowhere.
    pub fn ports_at(&self, template: &PodTemplate) -> Vec<PodPort> {
        let ports = self.ports.iter().flat_map(|port| match &port.target {
            Some(target) => resolved(port.protocol, target, template),
            None => annotated(template),
        });
        let mut ports: Vec<PodPort> = ports.collect();
        ports.sort();
        ports.dedup();
        ports
    }
}

impl DemandedPort {
    pub(super) fn of(port: &ServicePort) -> Self {
        Self { protocol: port.protocol, target: Some(port.target.clone()) }
    }

    pub(super) fn tcp(target: TargetPort) -> Self {
        Self { protocol: Protocol::Tcp, target: Some(target) }
    }
}

/// The name of what says so.
pub(super) fn origin(kind: Kind, meta: &Meta) -> ObjectRef {
    let namespace = kind.is_namespaced().then(|| meta.namespace.clone());
    ObjectRef { kind, namespace, name: meta.name.clone() }
}

/// The pods behind a Service of `view`, when it selects some, with the Service itself.
pub(super) fn behind<'w>(view: &'w NamespaceView, service: &str) -> Option<(&'w Service, Labels)> {
    let service = view.services.get(service)?;
    Some((service, service.selector.clone()?))
}

/// The port of a Service that is named `port`; all of them when none is.
pub(super) fn of_service(service: &Service, port: Option<&PortRef>) -> Vec<DemandedPort> {
    let is_meant = |candidate: &&ServicePort| match port {
        None => true,
        Some(PortRef::Name(name)) => candidate.name == *name,
        Some(PortRef::Number(number)) => candidate.port == *number,
    };
    service.ports.iter().filter(is_meant).map(DemandedPort::of).collect()
}

/// Those of them that are TCP: what routes and the API server speak.
pub(super) fn tcp_of_service(service: &Service, port: Option<&PortRef>) -> Vec<DemandedPort> {
    let mut ports = of_service(service, port);
    ports.retain(|port| port.protocol == Protocol::Tcp);
    ports
}

fn resolved(protocol: Protocol, target: &TargetPort, template: &PodTemplate) -> Vec<PodPort> {
    let declared = template.ports.iter().filter(|port| port.protocol == protocol);
    match target {
        TargetPort::Number(number) => {
            let named = declared.clone().find(|port| port.port == *number && !port.name.is_empty());
            vec![PodPort {
                protocol,
                port: *number,
                name: named.map(|port| port.name.clone()).unwrap_or_default(),
                sidecar: named.is_some_and(|port| port.sidecar),
            }]
        }
        TargetPort::Name(name) => {
            let named = declared.filter(|port| port.name == *name);
            let port = |port: &crate::netpol::ContainerPort| PodPort {
                protocol,
                port: port.port,
                name: name.clone(),
                sidecar: port.sidecar,
            };
            named.map(port).collect()
        }
    }
}

/// The port that the annotations name; else the only TCP port that the containers declare. With several, which of them has
/// metrics is not known.
fn annotated(template: &PodTemplate) -> Vec<PodPort> {
    let Some(Scrape { port }) = template.scrape else { return Vec::new() };
    let mut declared = template.ports.iter().filter(|port| port.protocol == Protocol::Tcp);
    let port = port.or_else(|| {
        let first = declared.next()?;
        declared.next().is_none().then_some(first.port)
    });
    let port = port.map(TargetPort::Number);
    port.map(|port| resolved(Protocol::Tcp, &port, template)).unwrap_or_default()
}
