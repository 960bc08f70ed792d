//! Something derived from a World, kept with it.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// A place for one derived value. Clones share it; it is emptied when what it was derived from changes.
#[derive(Clone, Default)]
pub(super) struct Memo(Arc<OnceLock<Arc<dyn Any + Send + Sync>>>);

impl Memo {
    /// The value, derived by the first who asks.
    pub(super) fn get_or_derive<T: Any + Send + Sync>(&self, derive: impl Fn() -> T) -> Arc<T> {
        let value = self.0.get_or_init(|| Arc::new(derive()));
        Arc::clone(value).downcast().unwrap_or_else(|_| Arc::new(derive()))
    }

    /// Forgets the value; clones that were made before keep it.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

/// What is derived says nothing new about a World.
impl PartialEq for Memo {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl fmt::Debug for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memo")
    }
}
