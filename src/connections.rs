//! Who may talk to whom: an exact model of the connections that the policies of a World allow.
//!
//! A connection is allowed when the policies of both ends allow it; replies are implied. Ends are pods or ranges of addresses,
//! ports are sets: nothing is sampled. What depends on something unknown is neither allowed nor denied but unknown.

mod between;
mod chosen;
mod class;
mod decisions;
mod difference;
mod effect;
mod engines;
mod everyone;
mod label_keys;
mod matrix;
mod network;
mod outside;
mod peers;
mod side;
mod stages;

#[cfg(test)]
mod always_tests;
#[cfg(test)]
pub(crate) mod laws;

pub use between::between;
pub use class::{Class, classes};
pub use difference::{Difference, difference};
pub use effect::{
    InUse, Shift, States, TooMuch, Work, effect_of, effect_of_labels, effect_of_policy,
    labels_in_use,
};
pub use everyone::{Connection, Connections, Party, connections};
pub use network::network;
pub use stages::{Governed, Halves, governing_tier};
