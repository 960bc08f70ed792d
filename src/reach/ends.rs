//! From what a person writes to the pods and addresses that it stands for.

use std::collections::BTreeSet;

use crate::connections::{Class, classes};
use crate::model::{World, pod_labels};
use crate::netpol::{AddressSet, End, Labels, PodEnd};
use crate::object::ObjectRef;

use super::Named;

/// The pods of a World, to find ends among.
#[derive(Debug)]
pub struct Ends<'w> {
    pub(super) world: &'w World,
    classes: Vec<Class<'w>>,
}

/// Why an end stands for nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} does not exist{hint}")]
pub struct Unresolved {
    /// The end, as it was written.
    pub name: String,
    /// What is there instead.
    pub hint: String,
}

/// What an end stands for: pods that policies tell apart, or an address.
#[derive(Clone, Debug)]
pub(super) enum Resolved<'e> {
    Pods(Vec<PodEnd<'e>>),
    Labelled { namespace: &'e str, namespace_labels: Labels, labels: &'e Labels },
    Address(AddressSet),
}

impl<'w> Ends<'w> {
    /// The ends of `world`.
    pub fn of(world: &'w World) -> Self {
        Self { world, classes: classes(world) }
    }

    /// The labels of the pods of an end, as far as a selector can name them; `None` for addresses.
    pub fn labels(&self, named: &Named) -> Option<Labels> {
        let resolved = self.resolve(named).ok()?;
        let labels = resolved.ends().into_iter().find_map(|end| match end {
            End::Pod(pod) => Some(pod.labels.clone()),
            End::Addresses(_) => None,
        })?;
        match named {
            Named::Workload { kind, namespace, name } => {
                let view = self.world.namespace(namespace)?;
                let workload = view.workloads.get(&(*kind, name.clone()));
                workload.map(|workload| pod_labels(&workload.template.labels)).or(Some(labels))
            }
            _ => Some(labels),
        }
    }

    pub(super) fn resolve<'e>(&'e self, named: &'e Named) -> Result<Resolved<'e>, Unresolved> {
        match named {
            Named::Workload { kind, namespace, name } => {
                let reference = ObjectRef {
                    kind: *kind,
                    namespace: Some(namespace.clone()),
                    name: name.clone(),
                };
                let pods = self.pods(&reference);
                if pods.is_empty() {
                    Err(self.unresolved(named, &reference))
                } else {
                    Ok(Resolved::Pods(pods))
                }
            }
            Named::Labelled { namespace, labels } => match self.world.namespace(namespace) {
                None => Err(Unresolved {
                    name: format!("namespace {namespace}"),
                    hint: self.namespaces_there(),
                }),
                Some(view) => {
                    Ok(Resolved::Labelled { namespace, namespace_labels: view.labels(), labels })
                }
            },
            Named::Address(address) => {
                let of_pod =
                    self.classes.iter().map(Class::end).find(|end| end.addresses.contains(address));
                Ok(match of_pod {
                    Some(end) => Resolved::Pods(vec![end]),
                    None => Resolved::Address(AddressSet::from(ipnet::IpNet::from(*address))),
                })
            }
        }
    }

    /// The pods that a workload stands for, or that run under its name.
    fn pods(&self, reference: &ObjectRef) -> Vec<PodEnd<'_>> {
        let is_meant = |class: &&Class<'_>| {
            class.workloads.contains(reference) || class.workload.reference() == *reference
        };
        self.classes.iter().filter(is_meant).map(Class::end).collect()
    }

    fn unresolved(&self, named: &Named, reference: &ObjectRef) -> Unresolved {
        let here = |workload: &&ObjectRef| workload.namespace == reference.namespace;
        let known: BTreeSet<&ObjectRef> =
            self.classes.iter().flat_map(|class| &class.workloads).collect();
        let mut there: Vec<String> = known
            .iter()
            .copied()
            .filter(here)
            .map(|workload| format!("{}/{}", workload.kind.name().to_lowercase(), workload.name))
            .collect();
        let more = there.len().saturating_sub(8);
        there.truncate(8);
        let namespace = reference.namespace.as_deref().unwrap_or_default();
        let hint = match (there.is_empty(), more) {
            (true, _) if self.world.namespace(namespace).is_none() => self.namespaces_there(),
            (true, _) => format!("; there is no workload in {namespace}"),
            (false, 0) => format!("; in {namespace} there are {}", there.join(", ")),
            (false, more) => {
                format!("; in {namespace} there are {} and {more} more", there.join(", "))
            }
        };
        Unresolved { name: named.to_string(), hint }
    }

    fn namespaces_there(&self) -> String {
        let names: Vec<&str> =
            self.world.namespaces().map(|view| view.name.as_str()).take(8).collect();
        format!("; there are the namespaces {}", names.join(", "))
    }
}

impl Resolved<'_> {
    /// The ends of connections; never none.
    pub(super) fn ends(&self) -> Vec<End<'_>> {
        match self {
            Self::Pods(pods) => pods.iter().copied().map(End::Pod).collect(),
            Self::Labelled { namespace, namespace_labels, labels } => vec![End::Pod(PodEnd {
                namespace,
                namespace_labels,
                labels,
                service_account: "default",
                ports: &[],
                addresses: &[],
                host_network: false,
            })],
            Self::Address(addresses) => vec![End::Addresses(addresses)],
        }
    }
}
