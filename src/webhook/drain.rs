//! The lame duck: on the way out the server is unready at once, but serves on until its clients have left.
//!
//! The API server learns of an endpoint's end late, keeps idle connections for 90 seconds and does not repeat a call
//! that failed on one; so connections end by `Connection: close` on an answer, never by us.

use std::io;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep};

/// How the server leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drain {
    /// It goes when there was no connection for this long: time in which proxies learn that the endpoint is gone.
    pub quiet: Duration,
    /// It goes at the latest after this. Longer than the 90 seconds that clients keep idle connections.
    pub longest: Duration,
}

impl Default for Drain {
    fn default() -> Self {
        Self { quiet: Duration::from_secs(5), longest: Duration::from_secs(100) }
    }
}

impl Drain {
    /// Returns when it is time to go; `connections` counts the open ones.
    pub(super) async fn wait(self, connections: impl Fn() -> usize) {
        let poll = (self.quiet / 10).clamp(Duration::from_millis(5), Duration::from_millis(100));
        let end = Instant::now() + self.longest;
        let mut quiet_since = Instant::now();
        while Instant::now() < end {
            if connections() > 0 {
                quiet_since = Instant::now();
            } else if quiet_since.elapsed() >= self.quiet {
                return;
            }
            sleep(poll).await;
        }
    }
}

/// Returns when the process is asked to end, by SIGTERM (Kubernetes) or SIGINT (a terminal).
pub async fn termination() -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
