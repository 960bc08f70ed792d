//! What happens to the objects of a cluster.

use std::fmt;

use crate::object::{Kind, Object, ObjectRef};

/// One thing that a watch reports; the order counts within a kind only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A list of all objects of the kind begins; a list that was not finished before is void.
    Init(Kind),
    /// An object of that list.
    InitApply(Result<Box<Object>, Unreadable>),
    /// The list is complete: what it does not hold does not exist.
    InitDone(Kind),
    /// An object has come or changed.
    Apply(Result<Box<Object>, Unreadable>),
    /// An object has gone.
    Delete(ObjectRef),
}

/// An object that exists and cannot be read. It counts as absent: what it said before is no longer true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// How it is named; the name is empty when even that cannot be read.
    pub reference: ObjectRef,
    /// Why it cannot be read.
    pub reason: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cannot be read: {}", self.reference, self.reason)
    }
}
