//! The life of the process: probes from the start, writing while it is our turn, a Lease let go at the end.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum_server::Handle as ServerHandle;
use kube::Client;
use tokio::sync::watch;

use crate::cluster::{Connection, Handle};
use crate::model::{Reports as ReportKind, Settings};
use crate::report::Flavour;
use crate::telemetry;
use crate::webhook::{ServeError, listen};

use super::events::Events;
use super::judge::{Audited, judge};
use super::labels::Backfill;
use super::lease::{Candidate, Turn};
use super::metrics::Metrics;
use super::provisioning::Provisioner;
use super::reports::{Reports, retire};

/// No complete rounds more often than that.
const SHORTEST: Duration = Duration::from_secs(10);
/// For answers that are still being written at the end.
const LAST: Duration = Duration::from_secs(1);

/// What the controller stands on.
#[derive(Debug)]
pub struct Ground {
    /// To write with.
    pub connection: Connection,
    /// The watches.
    pub watched: Handle,
    /// The settings.
    pub settings: Arc<Settings>,
    /// The namespace that Portcullis runs in, where the Lease is.
    pub namespace: String,
    /// What tells this process from all others.
    pub identity: String,
}

/// A controller that is not running yet.
#[derive(Debug)]
pub struct Controller {
    ground: Ground,
    listener: tokio::net::TcpListener,
    address: SocketAddr,
}

/// Why the controller does not run.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say what happened")]
pub enum ControllerError {
    #[error(transparent)]
    Bind(#[from] ServeError),

    #[error("the probes are no longer answered")]
    Probes(#[from] io::Error),

    #[error("the cluster is no longer audited: {0}")]
    Audit(String),
}

impl Controller {
    /// Binds the address of probes and metrics; must run inside the runtime that will serve.
    pub fn bind(ground: Ground, mut address: SocketAddr) -> Result<Self, ControllerError> {
        let listener = listen(&mut address)?;
        Ok(Self { ground, listener, address })
    }

    /// Where probes and metrics are.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Runs until `stop` is ready.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<(), ControllerError> {
        let Ground { connection, watched, settings, namespace, identity } = self.ground;
        let (mut candidate, turn) =
            Candidate::new(connection.client(), &namespace, identity.clone());
        let (sender, audited) = watch::channel(None);
        let metrics = Arc::new(Metrics::new(&watched, audited.clone(), turn.clone()));
        let is_leaving = Arc::new(AtomicBool::new(false));
        let state = Arc::new(Probed {
            watched: watched.clone(),
            metrics: Arc::clone(&metrics),
            is_leaving: Arc::clone(&is_leaving),
        });
        let probes = ServerHandle::new();
        let serve = telemetry::serve(self.listener, probes.clone(), telemetry::router(state));
        let interval = interval(&settings);
        let judged = judge(watched.clone(), Arc::clone(&settings), interval, sender);
        let writers = Writers {
            client: connection.client(),
            watched: watched.clone(),
            settings,
            identity,
            metrics,
            turn: turn.clone(),
        };
        let election = async {
            // Who does not know the cluster yet keeps nobody from writing.
            watched.synced().await;
            candidate.run().await;
        };
        // Whatever of this ends, ends the process: nothing may fail unseen while the rest goes on.
        let ended = tokio::select! {
            () = stop => Ok(()),
            served = serve => served.map_err(ControllerError::from),
            why = judged => Err(ControllerError::Audit(why)),
            why = watched.ended() => Err(ControllerError::Audit(why)),
            () = election => Err(ControllerError::Audit("the election has ended".to_owned())),
            () = writers.run(audited) => Ok(()),
        };
        is_leaving.store(true, Ordering::Relaxed);
        candidate.leave().await;
        probes.graceful_shutdown(Some(LAST));
        ended
    }
}

/// How often everything is judged; the settings were read, so it is a duration.
fn interval(settings: &Settings) -> Duration {
    let parsed = settings.controller.interval.parse::<jiff::SignedDuration>().ok();
    let interval = parsed.and_then(|interval| Duration::try_from(interval).ok());
    interval.unwrap_or_default().max(SHORTEST)
}

/// Those who write while it is our turn.
struct Writers {
    client: Client,
    watched: Handle,
    settings: Arc<Settings>,
    identity: String,
    metrics: Arc<Metrics>,
    turn: Turn,
}

impl Writers {
    /// Lets them write whenever it is our turn, from the beginning each time: what others wrote meanwhile is read first.
    async fn run(&self, audited: Audited) {
        let (mut begin, mut end) = (self.turn.clone(), self.turn.clone());
        loop {
            begin.begins().await;
            tokio::select! {
                () = end.ends() => {}
                () = self.write(&audited) => {}
            }
        }
    }

    /// Each in its own time: none waits for another.
    async fn write(&self, audited: &Audited) {
        let (client, settings) = (&self.client, &self.settings.controller);
        let flavour = match settings.reports {
            ReportKind::OpenReports => Some(Flavour::OpenReports),
            ReportKind::PolicyReports => Some(Flavour::PolicyReports),
            ReportKind::Off => None,
        };
        let reports = async {
            for other in Flavour::ALL.into_iter().filter(|other| Some(*other) != flavour) {
                retire(client.clone(), other, &self.turn).await;
            }
            let Some(flavour) = flavour else { return };
            let metrics = Arc::clone(&self.metrics);
            let (interval, turn) = (interval(&self.settings), self.turn.clone());
            let reports = Reports::new(client.clone(), flavour, interval, metrics, turn);
            reports.run(audited.clone()).await;
        };
        let events = Events::new(
            client.clone(),
            self.identity.clone(),
            settings.events_per_minute,
            Arc::clone(&self.metrics),
        );
        let labels = Backfill::new(
            client.clone(),
            Arc::clone(&self.settings),
            Arc::clone(&self.metrics),
            self.turn.clone(),
        );
        let provisioner = Provisioner::new(
            client.clone(),
            Arc::clone(&self.settings),
            self.identity.clone(),
            Arc::clone(&self.metrics),
            self.turn.clone(),
        );
        tokio::join!(
            reports,
            events.run(audited.clone()),
            labels.run(audited.clone()),
            provisioner.run(self.watched.clone()),
        );
    }
}

/// What the probes look at.
struct Probed {
    watched: Handle,
    metrics: Arc<Metrics>,
    is_leaving: Arc<AtomicBool>,
}

impl telemetry::Probed for Probed {
    fn is_leaving(&self) -> bool {
        self.is_leaving.load(Ordering::Relaxed)
    }

    fn unready(&self) -> Option<String> {
        self.watched.unready()
    }

    fn missing(&self) -> Vec<String> {
        self.watched.missing()
    }

    fn metrics(&self) -> Result<String, fmt::Error> {
        self.metrics.encode()
    }
}
