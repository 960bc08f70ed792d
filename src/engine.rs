//! The engine: what the rules find in a World, and what a change would make of it.
//!
//! [`inspect()`] judges a state, [`audit()`] does so for a cluster that lives, [`evaluate()`] judges the state before and after one
//! change and keeps the difference. All are total, synchronous and deterministic: no IO, clock, randomness, log or environment; time is an argument.

mod audit;
mod beside;
mod case;
mod cluster_policy_change;
mod effect;
mod evaluate;
mod inspect;
mod judge;
mod loosening;
mod managed;
mod namespace_change;
mod policy_change;
mod touched;
mod verdict;
mod workload_change;

#[cfg(test)]
mod decisions;
#[cfg(test)]
mod laws;

pub use crate::model::{Additions, label_additions};
pub use audit::{audit, audit_namespace};
pub use evaluate::evaluate;
pub use inspect::{inspect, inspect_cluster, inspect_namespace, judged};
pub use verdict::{Need, Verdict};
