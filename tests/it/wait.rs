//! Waiting for what others do.

use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(100);

/// Asks until there is an answer; an error ends it at once, and so does the end of patience.
pub(crate) async fn until<T, F: Future<Output = Result<Option<T>>>>(
    patience: Duration,
    what: &str,
    ask: impl Fn() -> F,
) -> Result<T> {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        if start.elapsed() > patience {
            bail!("waited {patience:?} in vain for {what}");
        }
        tokio::time::sleep(PAUSE).await;
    }
}
