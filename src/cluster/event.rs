//! What happens to the objects of a cluster.

use std::fmt;

use crate::object::{Object, ObjectRef};

use super::Feed;

/// One thing that a watch reports; the order counts within a feed only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A list of all objects of the feed begins; a list that was not finished before is void.
    Init(Feed),
    /// An object of that list.
    InitApply(Result<Box<Object>, Unreadable>),
    /// The list is complete: what it does not hold does not exist.
    InitDone(Feed),
    /// An object has come or changed.
    Apply(Result<Box<Object>, Unreadable>),
    /// An object has gone.
    Delete(ObjectRef),
    /// The feed is not served: it has no objects, and nobody need wait for any.
    Absent(Feed),
    /// The feed cannot be read: of its objects nothing is known any more, and nobody need wait for them.
    Hidden(Feed),
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
