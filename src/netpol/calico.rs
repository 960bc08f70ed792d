//! Calico's policies: what `NetworkPolicy`, `GlobalNetworkPolicy` and `Tier` of `projectcalico.org/v3` and of
//! `crd.projectcalico.org/v1` mean for pods (SEMANTICS 7.3).
//!
//! Tiers are tried in their order, in a tier its policies, in a policy its rules; the first match decides. A pod that a
//! policy of a tier selects gets the tier's default action for what no rule decides; what all tiers leave open is allowed.
//! What cannot be read, and what depends on an object that is not known, is an explicit unknown: neither protection nor
//! permission.

mod chain;
mod choice;
mod ends;
mod expression;
mod governing;
mod isolating;
mod labels;
mod level;
mod network_set;
mod order;
mod parse;
mod policy;
mod ports;
mod relabelled;
mod rule;
mod selection;
mod steps;
mod tier;
mod token;
mod told;
mod wire;

#[cfg(test)]
pub(crate) mod laws;
#[cfg(test)]
mod tests;

pub use choice::{Choice, poses_as_namespace};
pub use expression::{Affix, Expression};
pub use governing::Governing;
pub use isolating::{Isolating, isolating};
pub use labels::{AnyPod, LabelSource, Value};
pub use level::{Around, default_level};
pub use network_set::{NetworkSet, read_nets};
pub use order::Order;
pub use parse::{Malformed, parse};
pub use policy::{DEFAULT_TIER, Policy, Spec, Unreadable};
pub use rule::{Entity, PortEntry, Protocols, Rule, RuleAction, RuleProtocol};
pub use selection::Selection;
pub use tier::{DefaultAction, Tier};
pub use told::InTier;
pub use wire::{Api, WireSpec, WireTierSpec};
