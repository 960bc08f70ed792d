//! Which namespaces are looked at next: what changed first, what failed again after a while, none twice at once.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

/// After the first failure in a row; twice as long after each further one.
const FIRST: Duration = Duration::from_secs(1);
/// But never longer.
const LONGEST: Duration = Duration::from_mins(1);

/// The namespaces that wait, and those that are being looked at.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: VecDeque<String>,
    busy: BTreeSet<String>,
    /// Came while it was being looked at.
    again: BTreeSet<String>,
    /// How often in a row it failed, and when it is tried again.
    failed: BTreeMap<String, (u32, Instant)>,
}

impl Queue {
    /// A namespace changed by itself: it is next.
    pub(super) fn first(&mut self, name: String) {
        if self.is_new(&name) {
            self.waiting.push_front(name);
        }
    }

    /// A namespace may be concerned by what changed elsewhere.
    pub(super) fn last(&mut self, name: String) {
        if self.is_new(&name) {
            self.waiting.push_back(name);
        }
    }

    fn is_new(&mut self, name: &str) -> bool {
        if self.busy.contains(name) {
            self.again.insert(name.to_owned());
            return false;
        }
        !self.waiting.iter().any(|waiting| waiting == name)
    }

    /// The next one; it counts as being looked at until it is [`Self::done`].
    pub(super) fn next(&mut self, at: Instant) -> Option<String> {
        let due: Vec<String> = self
            .failed
            .iter()
            .filter(|(_, (_, due))| *due <= at)
            .map(|(name, _)| name.clone())
            .collect();
        for name in due {
            if let Some((_, due)) = self.failed.get_mut(&name) {
                *due = at + LONGEST;
            }
            self.last(name);
        }
        let name = self.waiting.pop_front()?;
        self.busy.insert(name.clone());
        Some(name)
    }

    /// A namespace was looked at; what failed is tried again after a while.
    pub(super) fn done(&mut self, name: &str, is_well: bool, at: Instant) {
        self.busy.remove(name);
        if is_well {
            self.failed.remove(name);
        } else {
            let times = self.failed.get(name).map_or(0, |(times, _)| *times);
            let pause = FIRST.saturating_mul(2_u32.saturating_pow(times)).min(LONGEST);
            self.failed.insert(name.to_owned(), (times.saturating_add(1), at + pause));
        }
        if self.again.remove(name) {
            self.first(name.to_owned());
        }
    }

    /// When something that failed is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.failed.values().map(|(_, due)| *due).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(queue: &mut Queue, at: Instant) -> Vec<String> {
        std::iter::from_fn(|| queue.next(at)).collect()
    }

    #[test]
    fn what_changed_comes_before_what_may_have() {
        let mut queue = Queue::default();
        for name in ["a", "b", "a"] {
            queue.last(name.to_owned());
        }
        queue.first("c".to_owned());
        assert_eq!(all(&mut queue, Instant::now()), ["c", "a", "b"]);
    }

    #[test]
    fn none_is_looked_at_twice_at_once_and_none_is_forgotten() {
        let (mut queue, at) = (Queue::default(), Instant::now());
        queue.first("a".to_owned());
        assert_eq!(queue.next(at).as_deref(), Some("a"));
        queue.first("a".to_owned());
        queue.last("a".to_owned());
        assert_eq!(queue.next(at), None);
        queue.done("a", true, at);
        assert_eq!(queue.next(at).as_deref(), Some("a"));
        queue.done("a", true, at);
        assert_eq!((queue.next(at), queue.due()), (None, None));
    }

    #[test]
    fn what_fails_is_tried_less_and_less_often_and_for_ever() {
        let (mut queue, mut at) = (Queue::default(), Instant::now());
        queue.first("a".to_owned());
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
            assert_eq!(queue.next(at).as_deref(), Some("a"), "{seconds}");
            queue.done("a", false, at);
            let pause = Duration::from_secs(seconds);
            assert_eq!(queue.due(), Some(at + pause));
            let almost = pause.saturating_sub(Duration::from_millis(1));
            assert_eq!(queue.next(at + almost), None);
            at += pause;
        }
        assert_eq!(queue.next(at).as_deref(), Some("a"));
        queue.done("a", true, at);
        assert_eq!(queue.due(), None);
    }
}
