//! What is derived once per World and kept with it: a walk over nodes, agents and the few other objects that only facts are
//! made of. A request pays for it only when one of those has changed since the last one that asked.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use crate::model::{ClientFacts, Plugin, World};
use crate::netpol::AddressSet;
use crate::object::{Kind, Object, Prometheus};

use super::agents;
use super::cni::{Cni, nodes};

/// The derived facts.
#[derive(Debug)]
pub(super) struct Derived {
    pub(super) cni: Cni,
    /// The addresses of nodes.
    pub(super) nodes: AddressSet,
    /// What nodes give to their pods, where the plugin takes it from there.
    pub(super) pods: AddressSet,
    /// What Services get their addresses from.
    pub(super) services: AddressSet,
    pub(super) controllers: Vec<ClientFacts>,
    pub(super) scrapers: Vec<ClientFacts>,
    /// The pods through which an API server elsewhere reaches the cluster.
    pub(super) tunnels: Vec<ClientFacts>,
    pub(super) prometheuses: Vec<Prometheus>,
    /// Where a `NodeLocal DNSCache` says that it listens; `None` where none runs in the network of its node.
    pub(super) node_cache: Option<Vec<IpAddr>>,
    /// Some node is one of GKE.
    pub(super) is_gke: bool,
    /// Workload Identity of GKE answers in the place of the metadata service.
    pub(super) has_gke_metadata_server: bool,
}

/// The derived facts of `world`.
pub(super) fn derived(world: &World) -> Arc<Derived> {
    world.derived(Derived::of)
}

impl Derived {
    fn of(world: &World) -> Self {
        let cni = Cni::of(world);
        let addresses = nodes(world).flat_map(|node| node.addresses.iter().copied());
        let from_nodes = nodes(world).flat_map(|node| node.pod_ranges.iter().copied());
        let takes_from_nodes = cni.plugin.is_some_and(takes_ranges_from_nodes);
        let cidrs = world.cluster_objects(Kind::ServiceCidr).filter_map(|object| match object {
            Object::ServiceCidr(cidr) => Some(&cidr.ranges),
            _ => None,
        });
        let agents =
            || world.agents().filter(|agent| !agent.meta.is_terminating() && !agent.scaled_to_zero);
        Self {
            nodes: set(addresses.map(IpNet::from)),
            pods: set(from_nodes.filter(|_| takes_from_nodes)),
            services: set(cidrs.flatten().copied()),
            controllers: agents().filter_map(agents::controller).collect(),
            scrapers: agents().filter_map(agents::scraper).collect(),
            tunnels: agents().filter_map(agents::tunnel).collect(),
            prometheuses: world.prometheuses().cloned().collect(),
            node_cache: agents().find_map(agents::node_cache),
            is_gke: nodes(world)
                .any(|node| node.meta.labels.value("cloud.google.com/gke-nodepool").is_some()),
            has_gke_metadata_server: agents().any(agents::is_gke_metadata_server),
            cni,
        }
    }
}

pub(super) fn set(ranges: impl Iterator<Item = IpNet>) -> AddressSet {
    ranges.map(AddressSet::from).collect()
}

/// Calico, Cilium, OVN-Kubernetes and the clouds' own plugins have ranges of their own, whatever the nodes say.
fn takes_ranges_from_nodes(plugin: Plugin) -> bool {
    matches!(
        plugin,
        Plugin::Antrea
            | Plugin::Canal
            | Plugin::Flannel
            | Plugin::K3s
            | Plugin::Kindnet
            | Plugin::KubeRouter
    )
}
