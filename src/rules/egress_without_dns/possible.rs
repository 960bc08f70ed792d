//! Pods that a policy would select, while none is there.

use crate::model::Scope;
use crate::netpol::{Labels, PolicySpec, Search, Selector, search};
use crate::object::Policy;

use super::super::egress::Way;
use super::cluster::Cluster;
use super::gap::Gap;
use super::subject::possible;

/// No workload tells: labels of a pod that the policy selects and that no other policy helps to DNS (SEMANTICS 2.4).
pub(super) fn pod(policy: &Policy, scope: &Scope<'_>, cluster: &Cluster) -> Option<Labels> {
    let nothing = Labels::default();
    // Whatever labels the pod has, it is selected.
    let open =
        |policy: &Policy| PolicySpec { selector: Selector::default(), ..policy.spec.clone() };
    let suffices = |policies: &[PolicySpec]| {
        let way = Way::by(policies, possible(&nothing, scope), &cluster.network);
        Gap::of(&way, cluster).is_none()
    };
    if suffices(&[open(policy)]) {
        return None;
    }
    let helps = |other: &&Policy| suffices(&[open(policy), open(other)]);
    let sufficing: Vec<&Selector> = scope
        .policies()
        .filter(|other| other.spec.types.egress)
        .filter(helps)
        .map(|other| &other.spec.selector)
        .collect();
    match search(&policy.spec.selector, &sufficing) {
        Search::Found(labels) => Some(labels),
        _ => None,
    }
}
