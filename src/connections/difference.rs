//! What a change opens and closes.

use super::Connections;

/// The connections that are there after a change and not before, and the other way round.
///
/// What was unknown and is allowed now is opened, and what was allowed and is unknown now is closed. What may be allowed now
/// and surely was not is opened as unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// What the change opens.
    pub opened: Connections,
    /// What the change closes.
    pub closed: Connections,
}

impl Difference {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.opened.is_empty() && self.closed.is_empty()
    }
}

/// What is different between `old` and `new`.
pub fn difference(old: &Connections, new: &Connections) -> Difference {
    Difference { opened: new.beyond(old), closed: old.beyond(new) }
}
