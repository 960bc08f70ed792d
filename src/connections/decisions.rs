//! Decisions by number: a cluster has many pairs and few different answers.

use std::collections::HashMap;
use std::sync::Arc;

use crate::netpol::Decided;

/// The number of a decision.
pub(super) type Number = u32;

/// Every different decision once.
#[derive(Clone, Debug, Default)]
pub(super) struct Decisions {
    list: Vec<Arc<Decided>>,
    numbers: HashMap<Arc<Decided>, Number>,
}

impl Decisions {
    /// The number of `decided`, which is kept when it is new.
    pub(super) fn number(&mut self, decided: Decided) -> Number {
        if let Some(number) = self.numbers.get(&decided) {
            return *number;
        }
        // A cluster has no four billion different answers: its memory would have ended before.
        let number = Number::try_from(self.list.len()).unwrap_or(Number::MAX);
        let decided = Arc::new(decided);
        self.list.push(Arc::clone(&decided));
        self.numbers.insert(decided, number);
        number
    }

    /// The decision with this number.
    pub(super) fn get(&self, number: Number) -> &Arc<Decided> {
        &self.list[number as usize]
    }

    /// Whether nothing is possible by this decision.
    pub(super) fn is_nothing(&self, number: Number) -> bool {
        let decided = self.get(number);
        decided.allowed.is_empty() && decided.unknown.is_empty()
    }
}
