//! What a check of a change sees: one namespace before the change and after it.

use std::any::Any;
use std::sync::Arc;

use crate::object::ObjectRef;

use super::Scope;
use super::memo::Memo;

/// The state before a change and the state after it.
pub struct Transition<'a> {
    /// The object that is written.
    pub subject: &'a ObjectRef,
    /// Its namespace as it was.
    pub before: Scope<'a>,
    /// Its namespace as it would be.
    pub after: Scope<'a>,
    memo: Memo,
}

impl<'a> Transition<'a> {
    /// The change of `subject` between two states.
    pub fn new(subject: &'a ObjectRef, before: Scope<'a>, after: Scope<'a>) -> Self {
        Self { subject, before, after, memo: Memo::default() }
    }

    /// What `derive` makes of the change, derived once for all checks of it.
    pub(crate) fn derived<T: Any + Send + Sync>(&self, derive: impl Fn(&Self) -> T) -> Arc<T> {
        self.memo.get_or_derive(|| derive(self))
    }
}
