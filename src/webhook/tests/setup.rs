//! A server on free ports around a gate that does what the body says.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use http::StatusCode;
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

use crate::certs::{PairPaths, ensure};
use crate::webhook::{Drain, Endpoint, Gate, Metrics, Reload, Reply, ServeError, ServerSettings};

/// Answers with the endpoint and the length; `panic`, `hold` and `never` do what they say.
#[derive(Default)]
pub(super) struct Scripted {
    pub(super) is_unready: AtomicBool,
    pub(super) held: Notify,
    pub(super) release: Notify,
}

impl Gate for Scripted {
    fn unready(&self) -> Option<String> {
        self.is_unready.load(Ordering::Relaxed).then(|| "pods: not listed yet".to_owned())
    }

    fn missing(&self) -> Vec<String> {
        vec!["nodes: forbidden".to_owned()]
    }

    async fn decide(&self, endpoint: Endpoint, body: Bytes, _deadline: Instant) -> Reply {
        match &*body {
            b"panic" => panic!("asked to"),
            b"hold" => {
                self.held.notify_one();
                self.release.notified().await;
            }
            b"never" => std::future::pending().await,
            _ => {}
        }
        Reply::text(StatusCode::OK, format!("{} {}", endpoint.name(), body.len()))
    }
}

pub(super) struct Running {
    pub(super) settings: ServerSettings,
    pub(super) gate: Arc<Scripted>,
    pub(super) directory: TempDir,
    authority: PathBuf,
    pub(super) metrics: Arc<Metrics>,
    pub(super) task: JoinHandle<Result<(), ServeError>>,
    stop: Option<oneshot::Sender<()>>,
}

impl Running {
    pub(super) fn start() -> Self {
        Self::with(|_| {})
    }

    pub(super) fn with(change: impl FnOnce(&mut ServerSettings)) -> Self {
        let directory = TempDir::new().unwrap();
        issue(directory.path());
        let pair = directory.path().to_owned();
        Self::serving(directory, &pair, change)
    }

    /// With the pair and the authority in a directory of the test.
    pub(super) fn reading(pair: &Path) -> Self {
        Self::serving(TempDir::new().unwrap(), pair, |_| {})
    }

    fn serving(directory: TempDir, pair: &Path, change: impl FnOnce(&mut ServerSettings)) -> Self {
        let metrics = Arc::new(Metrics::new());
        let paths = PairPaths::within(pair);
        let authority = pair.join("ca.crt");
        let reload = Reload::new(paths, Duration::from_millis(20), Arc::clone(&metrics)).unwrap();
        let mut settings = ServerSettings::new(free(), free());
        settings.drain =
            Drain { quiet: Duration::from_millis(200), longest: Duration::from_secs(5) };
        change(&mut settings);
        let bound = settings.bind().unwrap();
        let settings = *bound.settings();
        let gate = Arc::new(Scripted::default());
        let (stop, stopped) = oneshot::channel::<()>();
        let serving =
            bound.serve(Arc::clone(&gate), reload.certificates(), Arc::clone(&metrics), async {
                let _ = stopped.await;
            });
        let task = tokio::spawn(async {
            tokio::select! {
                served = serving => served,
                () = reload.run() => unreachable!("it runs for ever"),
            }
        });
        Self { settings, gate, directory, authority, metrics, task, stop: Some(stop) }
    }

    pub(super) fn authority(&self) -> Vec<u8> {
        contents(&self.authority)
    }

    pub(super) fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    /// The value of a metric, 0 when it is not there yet.
    pub(super) fn metric(&self, name: &str) -> f64 {
        let text = self.metrics.encode().unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.map_or(0.0, |value| value.trim().parse().unwrap())
    }
}

/// An authority if there is none, and a leaf for loopback.
pub(super) fn issue(directory: &Path) {
    let names = ["localhost", "127.0.0.1"].map(String::from);
    ensure(directory, &names, OffsetDateTime::now_utc()).unwrap();
}

#[expect(clippy::disallowed_methods, reason = "a test looks at the files it made")]
pub(super) fn contents(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

fn free() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

/// Waits until something holds, at most five seconds.
pub(super) async fn eventually(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(5);
    while !holds() {
        assert!(Instant::now() < end, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
