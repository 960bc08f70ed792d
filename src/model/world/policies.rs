//! The policies beside `NetworkPolicies` that a World holds.

use std::sync::Arc;

use crate::netpol::calico::{NetworkSet, Tier};
use crate::object::{CalicoPolicy, CalicoSet, CiliumPolicy, Kind, Object, ObjectRef, TieredPolicy};

use super::super::NamespaceView;
use super::{Origin, World};

impl World {
    /// The policies of the tiers around `NetworkPolicies` that are not being deleted, by kind and name.
    pub fn tiered_policies(&self) -> impl Iterator<Item = &TieredPolicy> {
        let objects = Kind::TIERED.into_iter().flat_map(|kind| self.cluster_objects(kind));
        objects.filter_map(|object| match object {
            Object::TieredPolicy(policy) if !policy.meta.is_terminating() => Some(policy),
            _ => None,
        })
    }

    /// Cilium's policies that are not being deleted, of every namespace and of the cluster.
    pub fn cilium_policies(&self) -> impl Iterator<Item = &CiliumPolicy> {
        let in_namespaces = self.foreign.iter().filter(|it| it.kind == Kind::CiliumNetworkPolicy);
        let in_namespaces = in_namespaces.filter_map(|reference| self.other(reference));
        let of_cluster = self.cluster_objects(Kind::CiliumClusterwideNetworkPolicy);
        in_namespaces.chain(of_cluster).filter_map(as_cilium)
    }

    /// Cilium's policies that are not being deleted and can be about pods of the namespace.
    pub fn cilium_policies_for<'w>(
        &'w self,
        view: &'w NamespaceView,
    ) -> impl Iterator<Item = &'w CiliumPolicy> {
        let of_cluster = self.cluster_objects(Kind::CiliumClusterwideNetworkPolicy);
        view.others(Kind::CiliumNetworkPolicy).chain(of_cluster).filter_map(as_cilium)
    }

    /// Calico's policies that are not being deleted, of every namespace and of the cluster.
    pub fn calico_policies(&self) -> impl Iterator<Item = &CalicoPolicy> {
        let in_namespaces = self.foreign.iter().filter(|it| it.kind == Kind::CalicoNetworkPolicy);
        let in_namespaces = in_namespaces.filter_map(|reference| self.other(reference));
        let of_cluster = self.cluster_objects(Kind::GlobalNetworkPolicy);
        in_namespaces.chain(of_cluster).filter_map(as_calico)
    }

    /// Calico's policies that are not being deleted and can be about pods of the namespace.
    pub fn calico_policies_for<'w>(
        &'w self,
        view: &'w NamespaceView,
    ) -> impl Iterator<Item = &'w CalicoPolicy> {
        let of_cluster = self.cluster_objects(Kind::GlobalNetworkPolicy);
        view.others(Kind::CalicoNetworkPolicy).chain(of_cluster).filter_map(as_calico)
    }

    /// Calico's sets of addresses with labels; `None` when it is not known which there are.
    pub fn calico_sets(&self) -> Option<Arc<[NetworkSet]>> {
        let hides = || Kind::CALICO_SETS.into_iter().any(|kind| self.hides(kind));
        if self.origin == Origin::Part || hides() {
            return None;
        }
        let derived = self.calico_sets.get_or_derive(|| {
            let others = [Kind::GlobalNetworkSet, Kind::HostEndpoint].into_iter();
            let of_cluster = others.flat_map(|kind| self.cluster_objects(kind));
            let all = self.network_sets().chain(of_cluster);
            let read = |object: &Object| match object {
                Object::CalicoSet(set) => self.network_set(set),
                _ => None,
            };
            all.map(read).collect::<Option<Arc<[NetworkSet]>>>()
        });
        derived.as_ref().clone()
    }

    /// Whether rules of Calico's policies choose ends by labels, which sets of addresses may have.
    pub fn rests_on_sets(&self) -> bool {
        self.calico_policies().any(|policy| policy.placed().chooses_by_labels())
    }

    /// A set with what it inherits from its namespace; `None` when its addresses are not known.
    pub fn network_set(&self, set: &CalicoSet) -> Option<NetworkSet> {
        let namespace = set.kind.is_namespaced().then_some(&set.meta.namespace);
        let with_labels = |name: &String| {
            let labels = self.namespace(name).map(NamespaceView::labels).unwrap_or_default();
            (name.clone(), labels)
        };
        Some(NetworkSet {
            namespace: namespace.map(with_labels),
            labels: set.meta.labels.clone(),
            addresses: set.addresses.clone()?,
            names_ports: set.names_ports,
        })
    }

    pub(super) fn network_sets(&self) -> impl Iterator<Item = &Object> {
        let kind = Kind::NetworkSet;
        let first = ObjectRef { kind, namespace: None, name: String::new() };
        let references = self.foreign.range(first..).take_while(move |it| it.kind == kind);
        references.filter_map(|reference| self.other(reference))
    }

    /// The tiers of Calico's policies, by name; those that are being deleted too, as their policies go first.
    pub fn calico_tiers(&self) -> impl Iterator<Item = &Tier> {
        self.cluster_objects(Kind::Tier).filter_map(|object| match object {
            Object::CalicoTier(tier) => Some(&tier.tier),
            _ => None,
        })
    }

    /// The policies of other engines that are not being deleted.
    pub fn other_policies(&self) -> impl Iterator<Item = ObjectRef> {
        let tiered = self.tiered_policies().map(TieredPolicy::reference);
        let calico = self.calico_policies().map(CalicoPolicy::reference);
        tiered.chain(self.cilium_policies().map(CiliumPolicy::reference)).chain(calico)
    }
}

impl NamespaceView {
    /// The policies of other engines in this namespace that are not being deleted.
    pub fn other_policies(&self) -> impl Iterator<Item = ObjectRef> {
        let calico = self.others(Kind::CalicoNetworkPolicy).filter_map(as_calico);
        let cilium = self.others(Kind::CiliumNetworkPolicy).filter_map(as_cilium);
        cilium.map(CiliumPolicy::reference).chain(calico.map(CalicoPolicy::reference))
    }
}

fn as_calico(object: &Object) -> Option<&CalicoPolicy> {
    match object {
        Object::CalicoPolicy(policy) if !policy.meta.is_terminating() => Some(policy),
        _ => None,
    }
}

fn as_cilium(object: &Object) -> Option<&CiliumPolicy> {
    match object {
        Object::CiliumPolicy(policy) if !policy.meta.is_terminating() => Some(policy),
        _ => None,
    }
}
