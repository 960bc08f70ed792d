//! Confirmation: what a verdict rests on, read anew from the API server.
//!
//! A cache may lag behind a policy that was created milliseconds ago, so nothing is denied on its word alone. Every answer
//! here stems from a consistent read (no `resourceVersion`) that began after the question was asked.

mod flights;
mod read;
mod readings;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use futures::future::{BoxFuture, FutureExt, try_join_all};
use thiserror::Error;
use tokio::time::timeout_at;

use crate::engine::Need;
use crate::model::Settings;

use super::reason::reason;
use super::{Connection, Unreadable};
use flights::Flights;
use read::Reader;

pub use readings::{Reading, Readings};

/// Reads what verdicts need. Clones share their reads.
#[derive(Clone, Debug)]
pub struct Live {
    flights: Flights<Need, Result<Arc<Reading>, ReadError>>,
    /// Whether policies beside `NetworkPolicies` may count as coverage.
    others_count: Arc<AtomicBool>,
}

/// Why something could not be read live.
#[derive(Clone, Debug, Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum ReadError {
    #[error("{what} could not be read from the API server: {}", reason(.error))]
    Failed { what: String, error: Arc<kube::Error> },
    #[error("{what} could not be read from the API server in time")]
    Late { what: String },
    #[error("{0}")]
    Unreadable(Unreadable),
    #[error("the read of {what} ended without an answer")]
    Lost { what: String },
}

impl Live {
    /// Reads from the API server.
    pub fn new(connection: Connection, settings: &Settings) -> Self {
        let others_count = Arc::new(AtomicBool::new(counts_others(settings)));
        let reader = Arc::new(Reader::new(connection, Arc::clone(&others_count)));
        let live = Self::of(move |need| {
            let reader = Arc::clone(&reader);
            async move { reader.read(&need).await }.boxed()
        });
        Self { others_count, ..live }
    }

    /// From now on these settings hold.
    pub fn adopt(&self, settings: &Settings) {
        self.others_count.store(counts_others(settings), Ordering::Relaxed);
    }

    /// Reads by `read`, wherever that reads from.
    pub fn of<F>(read: F) -> Self
    where
        F: Fn(Need) -> BoxFuture<'static, Result<Reading, ReadError>> + Send + Sync + 'static,
    {
        Self {
            flights: Flights::new(move |need| read(need).map(|read| read.map(Arc::new)).boxed()),
            others_count: Arc::default(),
        }
    }

    /// Reads all that `needs` name, by reads that begin after this call. All requests that wait for the same thing share a read.
    pub async fn read(
        &self,
        needs: &BTreeSet<Need>,
        deadline: Instant,
    ) -> Result<Readings, ReadError> {
        let reads = needs.iter().map(|need| async move {
            let lost = || ReadError::Lost { what: describe(need) };
            let reading = self.flights.join(need.clone()).await.ok_or_else(lost)??;
            Ok((need.clone(), reading))
        });
        let late = |_| {
            let what: Vec<String> = needs.iter().map(describe).collect();
            ReadError::Late { what: what.join(", ") }
        };
        let readings = timeout_at(deadline.into(), try_join_all(reads)).await.map_err(late)?;
        Ok(readings?.into_iter().collect())
    }
}

fn counts_others(settings: &Settings) -> bool {
    !settings.coverage.accept.is_empty()
}

/// `the policies of namespace shop`
fn describe(need: &Need) -> String {
    match need {
        Need::ClusterPolicies => "the cluster-scoped policies".to_owned(),
        Need::Namespace(name) => format!("the namespace {name}"),
        Need::Namespaces => "the namespaces".to_owned(),
        Need::Policies(namespace) => format!("the policies of namespace {namespace}"),
        Need::Sets => "Calico's sets of addresses".to_owned(),
        Need::Workloads(namespace) => format!("the workloads of namespace {namespace}"),
    }
}
