//! Which Events are due: what is new first, then what was not told yet, then what is to be told again.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::notice::Notice;

/// How often a finding that stays is told again: before the API server forgets its Event, by default after an hour.
pub(super) const AGAIN: Duration = Duration::from_mins(30);
/// Whoever said it so lately has said it: a little less, for the clocks of two processes differ.
pub(super) const LATELY: jiff::SignedDuration = jiff::SignedDuration::from_mins(29);

/// What there is to tell, and what was told when.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    entries: BTreeMap<(String, String), Entry>,
    generation: u64,
}

#[derive(Debug)]
struct Entry {
    notice: Notice,
    /// When it came: of two that were not told, the later is more urgent.
    generation: u64,
    told: Option<Instant>,
}

impl Ledger {
    /// What there is to tell is now this.
    pub(super) fn follow(&mut self, notices: impl IntoIterator<Item = Notice>) {
        self.generation += 1;
        let mut before = std::mem::take(&mut self.entries);
        for notice in notices {
            let key = (notice.namespace.clone(), notice.name.clone());
            let new = || Entry { notice, generation: self.generation, told: None };
            let entry = before.remove(&key).unwrap_or_else(new);
            self.entries.insert(key, entry);
        }
    }

    /// What to tell next, at this moment; or when something is to be told again.
    pub(super) fn next(&self, at: Instant) -> Result<&Notice, Option<Instant>> {
        let due = |entry: &&Entry| entry.told.is_none_or(|told| at >= told + AGAIN);
        let first = self.entries.values().filter(due);
        let first = first.min_by_key(|entry| (entry.told, Reverse(entry.generation)));
        first.map(|entry| &entry.notice).ok_or_else(|| {
            let told = self.entries.values().filter_map(|entry| entry.told);
            told.min().map(|told| told + AGAIN)
        })
    }

    /// It was told at this moment.
    pub(super) fn told(&mut self, notice: &Notice, at: Instant) {
        let key = (notice.namespace.clone(), notice.name.clone());
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.told = Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::sample::{findings, live, settings};

    use super::*;

    fn notices(names: &[&str]) -> Vec<Notice> {
        let namespace = |name: &&str| {
            format!(
                "{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}, uid: {name}, labels: {{name: {name}, portcullis.dev/default-deny: self}}}}}}\n---\n"
            )
        };
        let world = live(&names.iter().map(namespace).collect::<String>());
        let found = findings(&settings(""), &world);
        found.iter().filter_map(|finding| Notice::of(finding, &world)).collect()
    }

    #[test]
    fn news_first_then_the_rest_each_once_and_again_after_a_while() {
        let (mut ledger, start) = (Ledger::default(), Instant::now());
        ledger.follow(notices(&["a", "b"]));
        ledger.follow(notices(&["a", "b", "c"]));
        for (expected, minute) in [("c", 0), ("a", 1), ("b", 2)] {
            let at = start + Duration::from_mins(minute);
            let notice = ledger.next(at).unwrap().clone();
            assert_eq!(notice.namespace, expected);
            ledger.told(&notice, at);
        }
        assert_eq!(ledger.next(start + Duration::from_mins(29)), Err(Some(start + AGAIN)));
        assert_eq!(ledger.next(start + AGAIN).unwrap().namespace, "c");
        ledger.follow(notices(&["b"]));
        assert_eq!(ledger.next(start + AGAIN), Err(Some(start + AGAIN + Duration::from_mins(2))));
        ledger.follow([]);
        assert_eq!(ledger.next(start), Err(None));
    }
}
