//! Timing without a framework: batches of calls, and the median of the batches.

use std::fmt;
use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

/// How long is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    batches: usize,
    batch: Duration,
}

impl Effort {
    /// Short with `--quick`, and without the `--bench` that `cargo bench` passes: then it is a test.
    pub(crate) fn of_arguments() -> Self {
        let given = |name: &str| std::env::args().any(|argument| argument == name);
        if given("--quick") || !given("--bench") {
            Self { batches: 3, batch: Duration::from_millis(1) }
        } else {
            Self { batches: 21, batch: Duration::from_millis(10) }
        }
    }

    /// Whether it is only to be seen that it works.
    pub(crate) fn is_short(self) -> bool {
        self.batches < 10
    }
}

impl fmt::Display for Effort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} batches of {} ms", self.batches, self.batch.as_millis())
    }
}

/// Whether a part is to be measured: all are, unless the arguments name some.
pub(crate) fn wants(part: &str) -> bool {
    let mut named =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).peekable();
    named.peek().is_none() || named.any(|name| name == part)
}

/// Microseconds for one call.
pub(crate) fn measure<T>(effort: Effort, call: impl Fn() -> T) -> f64 {
    let begin = Instant::now();
    black_box(call());
    let one = begin.elapsed().max(Duration::from_nanos(50));
    let calls = u32::try_from(effort.batch.as_nanos() / one.as_nanos()).unwrap_or(u32::MAX).max(1);
    let mut batches: Vec<Duration> = (0..effort.batches)
        .map(|_| {
            let begin = Instant::now();
            for _ in 0..calls {
                black_box(call());
            }
            begin.elapsed() / calls
        })
        .collect();
    batches.sort_unstable();
    batches[batches.len() / 2].as_secs_f64() * 1e6
}

/// Resident memory of this process in MiB.
pub(crate) fn memory() -> Result<u64> {
    status("VmRSS:")
}

/// The most that was resident since [`reset_peak`], in MiB.
pub(crate) fn peak() -> Result<u64> {
    status("VmHWM:")
}

/// Forgets the peak of before.
pub(crate) fn reset_peak() -> Result<()> {
    std::fs::write("/proc/self/clear_refs", "5").context("this needs Linux")
}

fn status(field: &str) -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status").context("this needs Linux")?;
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let number = line.and_then(|line| line.split_whitespace().next()).context("no such field")?;
    Ok(number.parse::<u64>()? >> 10)
}
