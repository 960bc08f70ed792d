//! The tiers around `NetworkPolicies`: `ClusterNetworkPolicy` (`policy.networking.k8s.io/v1alpha2`), `AdminNetworkPolicy` and
//! `BaselineAdminNetworkPolicy` (v1alpha1).
//!
//! Their rules are read as they stand and in order: they accept, deny or pass on, and never isolate a pod by selecting it. The
//! Admin tier decides before any `NetworkPolicy`, the Baseline tier only about pods that no `NetworkPolicy` isolates in that
//! direction (SEMANTICS 7.1).

mod closing;
mod governing;
mod invalid;
mod spec;
mod wire;

#[cfg(test)]
mod tests;

pub use closing::closed;
pub use governing::TierGoverning;
pub use invalid::validate_tiered;
pub use spec::{ClusterPods, Form, Tier, TieredPeer, TieredRule, TieredSpec};
