//! The controller: what the rules find in the cluster becomes Reports, Events and metrics, and namespaces get the labels that
//! they lack.
//!
//! ```text
//! Handle (World) -> judge (rounds) -> Found -> reports, events, metrics
//!                                          -> labels
//! ```
//!
//! One replica writes, by a Lease. The Lease does not fence: two who write at once for a while must come to the same end. So names
//! are deterministic, the field manager is fixed, every write names the UID and the resourceVersion that it was made for, and
//! what is written follows from the World alone.

mod bucket;
mod clock;
mod events;
mod judge;
mod labels;
mod lease;
mod ledger;
mod metrics;
mod notice;
mod process;
mod provisioning;
mod reports;
mod rounds;
mod shelf;
mod turn;

pub(crate) use lease::NAME as LEASE;
pub use process::{Controller, ControllerError, Ground};

pub(crate) use crate::provision::FIELD_MANAGER;
