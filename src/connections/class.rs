//! The pods of a World, grouped: pods that no policy can tell apart are judged once.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::model::{NamespaceView, World, head, is_alive};
use crate::netpol::{AddressSet, ContainerPort, Labels, PodEnd, PolicySpec};
use crate::object::{ObjectRef, Workload};

use super::engines::Engines;
use super::label_keys::LabelKeys;

/// Pods of one namespace that no policy can tell apart.
#[derive(Clone, Debug)]
pub struct Class<'w> {
    /// Their namespace.
    pub view: &'w NamespaceView,
    /// The labels of the namespace.
    pub namespace_labels: Labels,
    /// Their labels, as far as a selector somewhere asks for them.
    pub labels: Labels,
    /// One of them.
    pub workload: &'w Workload,
    /// The workloads that stand for them, each once, sorted.
    pub workloads: Vec<ObjectRef>,
}

impl Class<'_> {
    /// The pods as the end of a connection.
    pub fn end(&self) -> PodEnd<'_> {
        PodEnd { labels: &self.labels, ..self.workload.end(&self.namespace_labels) }
    }
}

/// The pods of the World: those that run, and the templates of workloads of which none runs.
pub fn classes(world: &World) -> Vec<Class<'_>> {
    let policies = world.namespaces().flat_map(NamespaceView::effective_policies);
    let policies: Vec<&PolicySpec> = policies.map(|policy| &policy.spec).collect();
    let engines = Engines::everywhere(world);
    let keys = LabelKeys::of(&engines, policies.iter().copied());
    let parts = address_parts(&engines, policies.iter().copied());
    world.namespaces().flat_map(|view| grouped(view, pods(view), &keys, &parts)).collect()
}

/// What policies tell pods of one namespace apart by.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Traits<'w> {
    labels: Labels,
    service_account: &'w str,
    host_network: bool,
    ports: Vec<(&'w str, crate::netpol::Protocol, u16, bool)>,
    parts: Vec<usize>,
}

/// Pods of `view`, each with the workload that stands for it, grouped by what policies tell them apart by: labels with these
/// keys, and the parts of the address space that begin at `parts`.
pub(super) fn grouped<'w>(
    view: &'w NamespaceView,
    pods: impl IntoIterator<Item = (&'w Workload, &'w Workload)>,
    keys: &LabelKeys,
    parts: &[IpAddr],
) -> Vec<Class<'w>> {
    let mut groups: BTreeMap<Traits<'w>, Class<'w>> = BTreeMap::new();
    for (workload, head) in pods {
        let labels = keys.relevant(&workload.template.labels);
        let named = workload.template.ports.iter().filter(|port| !port.name.is_empty());
        let of_port =
            |port: &'w ContainerPort| (port.name.as_str(), port.protocol, port.port, port.sidecar);
        let of_address = |address: &IpAddr| parts.partition_point(|start| start <= address);
        let traits = Traits {
            labels: labels.clone(),
            service_account: &workload.template.service_account,
            host_network: workload.template.host_network,
            ports: named.map(of_port).collect(),
            parts: addresses(workload).iter().map(of_address).collect(),
        };
        let class = groups.entry(traits).or_insert_with(|| Class {
            view,
            namespace_labels: view.labels(),
            labels,
            workload,
            workloads: Vec::new(),
        });
        class.workloads.push(head.reference());
    }
    let mut classes: Vec<Class<'w>> = groups.into_values().collect();
    for class in &mut classes {
        class.workloads.sort();
        class.workloads.dedup();
    }
    classes
}

/// The Pods that run, and the templates of workloads of which none runs, each with the workload that stands for it.
pub(super) fn pods(view: &NamespaceView) -> Vec<(&Workload, &Workload)> {
    let alive = view.workloads.values().map(AsRef::as_ref);
    let alive: Vec<(&Workload, &Workload)> = alive
        .filter(|workload: &&Workload| is_alive(workload, view))
        .map(|workload| (workload, head(workload, view)))
        .collect();
    let mut running: Vec<ObjectRef> = alive
        .iter()
        .filter(|(workload, _)| workload.pod.is_some())
        .map(|(_, head)| head.reference())
        .collect();
    running.sort();
    let counts = |(workload, head): &(&Workload, &Workload)| {
        let is_head = std::ptr::eq(*workload, *head);
        workload.pod.is_some() || (is_head && running.binary_search(&head.reference()).is_err())
    };
    alive.into_iter().filter(counts).collect()
}

fn addresses(workload: &Workload) -> &[IpAddr] {
    workload.pod.as_ref().map_or(&[], |pod| &pod.addresses)
}

/// The first addresses of the parts into which all blocks of `policies` and of other engines cut the address space, sorted.
pub(super) fn address_parts<'p>(
    engines: &Engines<'p>,
    policies: impl Iterator<Item = &'p PolicySpec>,
) -> Vec<IpAddr> {
    let mut starts: Vec<IpAddr> = policies
        .flat_map(PolicySpec::blocks)
        .flat_map(|block| std::iter::once(&block.cidr).chain(&block.except))
        .flat_map(|net| AddressSet::from(*net).edges())
        .chain(engines.edges())
        .collect();
    starts.sort_unstable();
    starts.dedup();
    starts
}
