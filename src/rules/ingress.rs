//! What the rules about forgotten ingress allowances share (SEMANTICS 4, 13.5): who gets in to which pods, on which object it is
//! said that somebody does not, and what lets him in.

mod consumer;
mod door;
mod gap;
mod mend;
mod peer;
mod words;

pub(super) use consumer::Consumer;
pub(super) use door::Door;
pub(super) use mend::{Admission, policies, with_labels};
pub(crate) use peer::{nodes, peers};
pub(super) use words::Words;
