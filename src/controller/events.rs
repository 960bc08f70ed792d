//! Events on the objects of what would be refused: each once, again as long as it stays, and never many at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use k8s_openapi::api::events::v1::Event;
use kube::Client;
use kube::api::{Api, Patch, PatchParams, PostParams};
use serde_json::Value;
use tokio::time::{sleep_until, timeout};

use crate::cluster::reason;
use crate::model::Finding;

use super::FIELD_MANAGER;
use super::bucket::Bucket;
use super::clock;
use super::judge::Audited;
use super::ledger::{AGAIN, LATELY, Ledger};
use super::metrics::{Metrics, Written};
use super::notice::{Notice, again};
use super::rounds::Found;

/// A write takes no longer.
const LONGEST: Duration = Duration::from_secs(10);
/// After a failure that may pass.
const PAUSE: Duration = Duration::from_secs(5);

/// Writes Events.
pub(super) struct Events {
    client: Client,
    /// Who reports: the identity of this process.
    me: String,
    per_minute: u32,
    metrics: Arc<Metrics>,
}

impl Events {
    pub(super) fn new(client: Client, me: String, per_minute: u32, metrics: Arc<Metrics>) -> Self {
        Self { client, me, per_minute, metrics }
    }

    /// Writes them as long as it is polled.
    pub(super) async fn run(&self, mut audited: Audited) {
        if self.per_minute == 0 {
            return std::future::pending().await;
        }
        let every = Duration::from_mins(1) / self.per_minute;
        let mut bucket = Bucket::new(self.per_minute, every, Instant::now());
        let mut ledger = Ledger::default();
        audited.mark_changed();
        loop {
            let wait = match ledger.next(Instant::now()) {
                Ok(notice) => match bucket.take(Instant::now()) {
                    Ok(()) => {
                        let notice = notice.clone();
                        if self.tell(&notice).await {
                            ledger.told(&notice, Instant::now());
                            Duration::ZERO
                        } else {
                            PAUSE
                        }
                    }
                    Err(wait) => wait,
                },
                Err(Some(due)) => due.saturating_duration_since(Instant::now()),
                Err(None) => AGAIN,
            };
            // News come before what waits.
            let until = Instant::now() + wait;
            tokio::select! {
                biased;
                changed = audited.changed() => {
                    if changed.is_err() {
                        return std::future::pending().await;
                    }
                    if let Some(found) = audited.borrow_and_update().clone() {
                        ledger.follow(notices(&found));
                    }
                    if wait == PAUSE {
                        sleep_until(until.into()).await;
                    }
                }
                () = sleep_until(until.into()) => {}
            }
        }
    }

    /// Whether it was told; or never will be, because the API server does not want it.
    async fn tell(&self, notice: &Notice) -> bool {
        let told = timeout(LONGEST, self.write(notice)).await;
        let error = match told {
            Ok(Ok(is_news)) => {
                if is_news {
                    self.metrics.wrote(Written::Event, true);
                }
                return true;
            }
            Ok(Err(error)) => error,
            Err(_) => {
                self.metrics.wrote(Written::Event, false);
                return false;
            }
        };
        self.metrics.wrote(Written::Event, false);
        let is_final = matches!(&error, kube::Error::Api(status) if (400..500).contains(&status.code) && !matches!(status.code, 409 | 429));
        tracing::info!(
            namespace = notice.namespace,
            event = notice.name,
            error = reason(&error),
            "an Event was not written"
        );
        is_final
    }

    /// Creates the Event, or counts it once more when it is there; whether anything was written.
    async fn write(&self, notice: &Notice) -> Result<bool, kube::Error> {
        let api: Api<Event> = Api::namespaced(self.client.clone(), &notice.namespace);
        let now = clock::now();
        let event = read(notice.event(&self.me, now))?;
        let parameters =
            PostParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PostParams::default() };
        match api.create(&parameters, &event).await {
            Err(kube::Error::Api(status)) if status.code == 409 => {}
            created => return created.map(|_| true),
        }
        let Some(there) = api.get_opt(&notice.name).await? else { return Ok(false) };
        let there = serde_json::to_value(there).map_err(kube::Error::SerdeError)?;
        let Some(patch) = again(&there, now, LATELY) else { return Ok(false) };
        let parameters =
            PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
        match api.patch(&notice.name, &parameters, &Patch::Merge(patch)).await {
            // Somebody else has just said it.
            Err(kube::Error::Api(status)) if status.code == 409 => Ok(false),
            patched => patched.map(|_| true),
        }
    }
}

fn read(event: Value) -> Result<Event, kube::Error> {
    serde_json::from_value(event).map_err(kube::Error::SerdeError)
}

fn notices(found: &Found) -> Vec<Notice> {
    let findings = found.findings.values().flat_map(|findings| findings.iter());
    findings.filter_map(|finding: &Finding| Notice::of(finding, &found.world)).collect()
}
