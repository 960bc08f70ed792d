//! What the rules about forgotten ingress allowances share (SEMANTICS 4, 13.5): who gets in to which pods.

mod door;
mod mend;

pub(super) use door::Door;
pub(super) use mend::{Admission, policies, proven, with_labels};
