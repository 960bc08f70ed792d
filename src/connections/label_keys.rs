//! The label keys that selectors somewhere ask pods for: two pods that differ in other labels alone are alike.

use std::collections::BTreeSet;

use crate::netpol::{Labels, Peer, PolicySpec, Selector};

use super::engines::Engines;

/// The label keys that matter.
#[derive(Debug)]
pub(super) struct LabelKeys(BTreeSet<String>);

impl LabelKeys {
    /// The keys that the selectors of `policies` and of other engines ask pods for.
    pub(super) fn of<'p>(
        engines: &Engines<'p>,
        policies: impl Iterator<Item = &'p PolicySpec>,
    ) -> Self {
        let requirements = policies.flat_map(pod_selectors).flat_map(|it| &it.requirements);
        let keys = requirements.map(|requirement| requirement.key.as_str());
        Self(keys.chain(engines.label_keys()).map(str::to_owned).collect())
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
