//! Certificate files that change while the server runs.
//!
//! Their content is polled: kubelet swaps a symlink above the files, which watches on the files do not see. A pair that
//! cannot be used never replaces one that can.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::certs::{CertificateError, Loaded, PairPaths, PemPair, ensure};

use super::{Certificates, Metrics};

/// Keeps the served pair equal to the files.
pub struct Reload {
    paths: PairPaths,
    every: Duration,
    certificates: Arc<Certificates>,
    metrics: Arc<Metrics>,
    seen: Option<PemPair>,
    failure: String,
}

impl Reload {
    /// Loads the first pair, which must be good; [`Self::run`] looks for others.
    pub fn new(
        paths: PairPaths,
        every: Duration,
        metrics: Arc<Metrics>,
    ) -> Result<Self, CertificateError> {
        let pair = paths.read()?;
        let loaded = paths.parse(&pair)?;
        metrics.expires("leaf", loaded.not_after.unix_timestamp());
        Ok(Self {
            paths,
            every,
            certificates: Arc::new(Certificates::new(loaded.certified)),
            metrics,
            seen: Some(pair),
            failure: String::new(),
        })
    }

    /// What the server resolves from.
    pub fn certificates(&self) -> Arc<Certificates> {
        Arc::clone(&self.certificates)
    }

    /// Polls for ever.
    pub async fn run(mut self) {
        loop {
            sleep(self.every).await;
            let paths = self.paths.clone();
            match spawn_blocking(move || paths.read()).await {
                Ok(Ok(pair)) => self.look(pair),
                Ok(Err(error)) => self.failed(&error),
                Err(error) => tracing::error!(%error, "certificate reader ended"),
            }
        }
    }

    fn look(&mut self, pair: PemPair) {
        if self.seen.as_ref() == Some(&pair) {
            return;
        }
        match self.paths.parse(&pair) {
            Ok(loaded) => self.serve(loaded),
            Err(error) => self.failed(&error),
        }
        self.seen = Some(pair);
    }

    fn serve(&mut self, loaded: Loaded) {
        let not_after = loaded.not_after.unix_timestamp();
        self.certificates.replace(loaded.certified);
        self.metrics.expires("leaf", not_after);
        self.metrics.reloaded("loaded");
        self.failure.clear();
        tracing::info!(not_after = %loaded.not_after, "certificate reloaded");
    }

    /// Counts and logs a failure once, not at every poll.
    fn failed(&mut self, error: &CertificateError) {
        let failure = error.to_string();
        if self.failure != failure {
            self.metrics.reloaded("failed");
            tracing::error!(%error, "certificate not reloaded, the old one stays");
            self.failure = failure;
        }
    }
}

/// Renews the self-signed pair in `directory` for ever. It looks at the clock every time instead of sleeping until the
/// end of a certificate: a suspended machine sleeps longer.
pub async fn renew(directory: PathBuf, names: Vec<String>, every: Duration) {
    loop {
        sleep(every).await;
        let (directory, names) = (directory.clone(), names.clone());
        let ensured = spawn_blocking(move || ensure(&directory, &names, OffsetDateTime::now_utc()));
        match ensured.await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::error!(%error, "certificate not renewed"),
            Err(error) => tracing::error!(%error, "certificate renewal ended"),
        }
    }
}
