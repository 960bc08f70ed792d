//! The policies that govern a pod, for people to be told which of them decide.

use super::policy::DEFAULT_TIER;
use super::{DefaultAction, Governing, Order, Policy};

/// What governs a pod in one tier.
#[derive(Clone, Debug)]
pub struct InTier<'a> {
    /// The order of the tier.
    pub order: Order,
    /// What happens to what no rule decides, when a policy selects the pod.
    pub default_action: DefaultAction,
    /// It is the tier in which Kubernetes' own policies stand, at [`Order::OF_KUBERNETES`].
    pub is_of_kubernetes: bool,
    /// The policies that govern the pod, or may, in their order.
    pub policies: Vec<Policy<'a>>,
}

impl<'a> Governing<'a> {
    /// The tiers in their order; the one that is always there is among them.
    pub fn tiers(&self) -> impl Iterator<Item = InTier<'a>> {
        self.tiers.iter().map(|chain| InTier {
            order: chain.tier.order,
            default_action: chain.tier.default_action,
            is_of_kubernetes: chain.tier.name == DEFAULT_TIER,
            policies: chain.policies().map(|prepared| prepared.policy).collect(),
        })
    }

    /// The policies of tiers that are not known.
    pub fn of_unknown_tiers(&self) -> impl Iterator<Item = Policy<'a>> {
        self.lost.iter().map(|prepared| prepared.policy)
    }
}
