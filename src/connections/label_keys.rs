//! The label keys that selectors somewhere ask pods for: two pods that differ in other labels alone are alike.

use std::collections::BTreeSet;

use crate::model::World;
use crate::netpol::{Labels, Peer, PolicySpec, Selector};
use crate::object::CalicoPolicy;

/// The label keys that matter.
#[derive(Debug)]
pub(super) struct LabelKeys(BTreeSet<String>);

impl LabelKeys {
    /// The keys that the selectors of `policies` and of the World's other engines ask pods for.
    pub(super) fn of<'p>(world: &'p World, policies: impl Iterator<Item = &'p PolicySpec>) -> Self {
        let selectors = policies.flat_map(pod_selectors);
        let tiered = world.tiered_policies().flat_map(|policy| policy.spec.pod_selectors());
        let requirements = selectors.chain(tiered).flat_map(|selector| &selector.requirements);
        let keys = requirements.map(|requirement| requirement.key.as_str());
        let cilium = world.cilium_policies().flat_map(|policy| policy.specs.label_keys());
        let calico = world.calico_policies().map(CalicoPolicy::placed);
        let calico = calico.flat_map(|policy| policy.label_keys());
        Self(keys.chain(cilium).chain(calico).map(str::to_owned).collect())
    }

    /// The labels that matter.
    pub(super) fn relevant(&self, labels: &Labels) -> Labels {
        labels.iter().filter(|(key, _)| self.0.contains(*key)).collect()
    }
}

fn pod_selectors(spec: &PolicySpec) -> impl Iterator<Item = &Selector> {
    let peers = spec.ingress.iter().chain(&spec.egress).flat_map(|rule| rule.peers.listed());
    let selectors = peers.filter_map(|peer| match peer {
        Peer::Pods(pods) => pods.pods.as_ref(),
        _ => None,
    });
    std::iter::once(&spec.selector).chain(selectors)
}
