//! The meaning of `CiliumNetworkPolicy` and `CiliumClusterwideNetworkPolicy` (`cilium.io/v2`; SEMANTICS 7.2).
//!
//! One object holds one or several specs, each with its own subject. A spec that has a rule for a direction isolates its
//! pods in that direction, unless it says otherwise; rules that deny beat every rule that allows, those of
//! `NetworkPolicies` too. Peers are chosen by identity: blocks of addresses match neither pods nor (by default) nodes.
//!
//! What only the cluster knows (names that resolve, groups, filters of requests, options of the agent) stays unknown: such a
//! rule may match and never surely does. Cilium refuses an object as a whole; one that it may refuse is possible as a whole.
//!
//! Read from the sources of Cilium 1.16 to 1.20 (`pkg/policy`, `pkg/policy/api`, `pkg/k8s/apis/cilium.io/utils`). As for
//! `NetworkPolicies`, what a node sends to its own pods is not told from what other nodes send.

mod entity;
mod governing;
mod identity;
mod key;
mod open;
mod peer;
mod policy;
mod port;
mod read;
mod relabelled;
mod scope;
mod selection;
mod selector;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
pub(crate) mod laws;
#[cfg(test)]
mod tests;

use super::truth;

pub use governing::Governing;
pub use policy::Specs;
pub use scope::{Placed, Scoped};
pub use selection::Selection;
