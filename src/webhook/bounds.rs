//! How much is carried at a time. Beyond it the answer is 503 at once: a verdict is never invented, and a queue would
//! only make every answer late.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::waiting::AT_ONCE as WAITING;

/// The largest body: clients may send the API server 3 MiB, and an UPDATE carries the object twice, as JSON.
pub(super) const BODY: usize = 8 << 20;

/// Limits on what is in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Requests, those included that wait for the controller.
    pub requests: usize,
    /// Bytes of their bodies.
    pub bytes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        // Who waits takes nothing away from those who are judged.
        Self { requests: 512 + WAITING, bytes: 128 << 20 }
    }
}

/// What is in flight.
#[derive(Debug)]
pub(super) struct InFlight {
    bounds: Bounds,
    requests: AtomicUsize,
    bytes: AtomicUsize,
}

/// The share of one request; given back when dropped.
#[derive(Debug)]
pub(super) struct Share {
    of: Arc<InFlight>,
    bytes: usize,
}

impl InFlight {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self { bounds, requests: AtomicUsize::new(0), bytes: AtomicUsize::new(0) }
    }

    /// Room for one more request, `None` when there is none.
    pub(super) fn admit(self: &Arc<Self>) -> Option<Share> {
        take(&self.requests, 1, self.bounds.requests)
            .then(|| Share { of: Arc::clone(self), bytes: 0 })
    }
}

impl Share {
    /// Room for `bytes` more of the body, or `false`.
    pub(super) fn grow(&mut self, bytes: usize) -> bool {
        let has_room = take(&self.of.bytes, bytes, self.of.bounds.bytes);
        if has_room {
            self.bytes += bytes;
        }
        has_room
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.of.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
        self.of.requests.fetch_sub(1, Ordering::Relaxed);
    }
}

fn take(used: &AtomicUsize, more: usize, limit: usize) -> bool {
    let before = used.fetch_add(more, Ordering::Relaxed);
    let fits = before.saturating_add(more) <= limit;
    if !fits {
        used.fetch_sub(more, Ordering::Relaxed);
    }
    fits
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Bounds, InFlight};

    #[test]
    fn shares_are_given_back() {
        let in_flight = Arc::new(InFlight::new(Bounds { requests: 2, bytes: 10 }));
        let mut one = in_flight.admit().expect("room for two");
        let mut two = in_flight.admit().expect("room for two");
        assert!(in_flight.admit().is_none());
        assert!(one.grow(6) && !two.grow(5) && two.grow(4));
        drop(one);
        assert!(two.grow(6));
        assert!(in_flight.admit().is_some());
    }
}
