//! The policies beside `NetworkPolicies` that can be about some pods: what they tell pods apart by.

use std::net::IpAddr;

use crate::model::{NamespaceView, World};
use crate::netpol::AddressSet;
use crate::object::{CalicoPolicy, CiliumPolicy, TieredPolicy};

/// Policies of other engines.
#[derive(Debug)]
pub(super) struct Engines<'w> {
    tiered: Vec<&'w TieredPolicy>,
    cilium: Vec<&'w CiliumPolicy>,
    calico: Vec<&'w CalicoPolicy>,
    /// Where sets of addresses begin that policies of Calico ask for, and where they have ended.
    sets: Vec<IpAddr>,
}

impl<'w> Engines<'w> {
    /// All there are.
    pub(super) fn everywhere(world: &'w World) -> Self {
        let (cilium, calico) =
            (world.cilium_policies().collect(), world.calico_policies().collect());
        Self::of(world, cilium, calico)
    }

    /// Those that can be about pods of these namespaces.
    pub(super) fn around(world: &'w World, homes: &[&'w NamespaceView]) -> Self {
        let homes = || homes.iter().copied();
        let cilium = homes().flat_map(|view| world.cilium_policies_for(view)).collect();
        let calico = homes().flat_map(|view| world.calico_policies_for(view)).collect();
        Self::of(world, cilium, calico)
    }

    fn of(world: &'w World, cilium: Vec<&'w CiliumPolicy>, calico: Vec<&'w CalicoPolicy>) -> Self {
        let sets = if calico.is_empty() { None } else { world.calico_sets() };
        let sets = sets.as_deref().unwrap_or_default().iter();
        let sets = sets.flat_map(|set| set.addresses.edges()).collect();
        Self { tiered: world.tiered_policies().collect(), cilium, calico, sets }
    }

    /// How much there is to look at.
    pub(super) fn len(&self) -> usize {
        self.tiered.len() + self.cilium.len() + self.calico.len() + self.sets.len()
    }

    /// The label keys that their selectors ask pods for.
    pub(super) fn label_keys(&self) -> impl Iterator<Item = &'w str> {
        let tiered = self.tiered.iter().flat_map(|policy| policy.spec.pod_selectors());
        let tiered = tiered.flat_map(|selector| &selector.requirements);
        let cilium = self.cilium.iter().flat_map(|policy| policy.specs.label_keys());
        let calico = self.calico.iter().flat_map(|policy| policy.placed().label_keys());
        tiered.map(|requirement| requirement.key.as_str()).chain(cilium).chain(calico)
    }

    /// Where their blocks begin, and where they have ended.
    pub(super) fn edges(&self) -> impl Iterator<Item = IpAddr> {
        let tiered = self.tiered.iter().flat_map(|policy| policy.spec.blocks());
        let tiered = tiered.flat_map(|block| std::iter::once(&block.cidr).chain(&block.except));
        let tiered = tiered.flat_map(|net| AddressSet::from(*net).edges());
        let cilium = self.cilium.iter().flat_map(|policy| policy.specs.blocks());
        let calico = self.calico.iter().flat_map(|policy| policy.placed().edges());
        let sets = self.sets.iter().copied();
        tiered.chain(cilium.flat_map(AddressSet::edges)).chain(calico).chain(sets)
    }
}
