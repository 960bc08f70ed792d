//! A bound on a rate: so many in a minute, some of them at once.

use std::time::{Duration, Instant};

/// A token bucket; full at first.
#[derive(Debug)]
pub(super) struct Bucket {
    /// The time in which one token comes.
    every: Duration,
    /// How many there can be.
    size: u32,
    tokens: u32,
    /// When the last token came.
    filled: Instant,
}

impl Bucket {
    /// At most `size` at once, and one more `every` so often.
    pub(super) fn new(size: u32, every: Duration, at: Instant) -> Self {
        Self { every, size, tokens: size, filled: at }
    }

    /// Takes a token; how long to wait when there is none.
    pub(super) fn take(&mut self, at: Instant) -> Result<(), Duration> {
        while self.tokens < self.size && at.duration_since(self.filled) >= self.every {
            self.tokens += 1;
            self.filled += self.every;
        }
        if self.tokens == self.size {
            self.filled = at;
        }
        match self.tokens.checked_sub(1) {
            Some(left) => {
                self.tokens = left;
                Ok(())
            }
            None => Err(self.every.saturating_sub(at.duration_since(self.filled))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_followed_by_the_rate() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut bucket = Bucket::new(2, Duration::from_secs(1), start);
        assert_eq!(bucket.take(at(500)), Ok(()));
        assert_eq!(bucket.take(at(600)), Ok(()));
        assert_eq!(
            bucket.take(at(700)),
            Err(Duration::from_millis(800)),
            "since it was full at 500"
        );
        assert_eq!(bucket.take(at(1500)), Ok(()));
        assert_eq!(bucket.take(at(1600)), Err(Duration::from_millis(900)));
        assert_eq!(bucket.take(at(60_000)), Ok(()));
        assert_eq!(bucket.take(at(60_000)), Ok(()), "no more than its size is saved up");
        assert!(bucket.take(at(60_000)).is_err());
    }
}
