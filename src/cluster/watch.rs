//! The tasks: one watcher per kind, and one owner that folds what they report.

use std::pin::pin;
use std::sync::Arc;

use futures::StreamExt;
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::model::Settings;
use crate::object::Kind;

use super::arrival::{Arrival, api_resource};
use super::contact::{Contacts, noting};
use super::intake::Intake;
use super::reason::reason;
use super::{Connection, Event, Handle, Snapshot, State};

/// How long one watch request lasts in seconds: a connection that died in silence is noticed five seconds later.
const RENEW: u32 = 30;
/// Objects per page of a list, as client-go asks for them.
const PAGE: u32 = 500;
/// Events that may wait for the owner before the watchers have to.
const QUEUE: usize = 1024;

/// The watches of a cluster.
#[derive(Debug)]
pub struct Watch;

impl Watch {
    /// Begins to watch; must be called within a tokio runtime.
    pub fn start(connection: &Connection, settings: &Settings) -> Handle {
        let contacts = Arc::new(Contacts::default());
        let intake = Arc::new(Intake::new(settings));
        let (sender, receiver) = mpsc::channel(QUEUE);
        let (publisher, snapshots) = watch::channel(Arc::new(Snapshot::of(&State::default())));
        let mut tasks = JoinSet::new();
        for kind in Kind::watched() {
            let client = noting(connection.client.clone(), kind, Arc::clone(&contacts));
            let watcher = Watcher {
                kind,
                intake: Arc::clone(&intake),
                contacts: Arc::clone(&contacts),
                sender: sender.clone(),
            };
            tasks.spawn(watcher.run(client));
        }
        // A thread of its own: taking in a list of a large cluster must not keep requests waiting.
        tasks.spawn_blocking(move || own(receiver, &publisher));
        let token = CancellationToken::new();
        let stop = Arc::new(token.clone().drop_guard());
        let (reason, ended) = watch::channel(None);
        tokio::spawn(async move {
            let _ = reason.send(Some(supervise(tasks, token).await));
        });
        Handle { snapshots, contacts, ended, _stop: stop }
    }
}

/// Waits for the first task to end, and ends the others: a World that follows only some kinds is wrong.
async fn supervise(mut tasks: JoinSet<String>, token: CancellationToken) -> String {
    tokio::select! {
        () = token.cancelled() => "stopped".to_owned(),
        ended = tasks.join_next() => match ended {
            Some(Ok(reason)) => reason,
            Some(Err(error)) => error.to_string(),
            None => "there are no watches".to_owned(),
        },
    }
}

/// The one place where events become a World.
fn own(mut events: mpsc::Receiver<Event>, snapshots: &watch::Sender<Arc<Snapshot>>) -> String {
    let mut state = State::default();
    let mut chunk = Vec::new();
    while events.blocking_recv_many(&mut chunk, QUEUE) > 0 {
        for event in chunk.drain(..) {
            state.apply(event);
        }
        let snapshot = Arc::new(Snapshot::of(&state));
        if snapshot.world.is_some() && snapshots.borrow().world.is_none() {
            tracing::info!("all kinds are listed");
        }
        snapshots.send_replace(snapshot);
    }
    "no events any more".to_owned()
}

/// The watch of one kind.
struct Watcher {
    kind: Kind,
    intake: Arc<Intake>,
    contacts: Arc<Contacts>,
    sender: mpsc::Sender<Event>,
}

impl Watcher {
    async fn run(self, client: Client) -> String {
        let api: Api<Arrival> = Api::all_with(client, &api_resource(self.kind));
        let config = watcher::Config::default().timeout(RENEW).page_size(PAGE);
        let mut events = pin!(watcher(api, config).default_backoff());
        while let Some(event) = events.next().await {
            let event = match event {
                Ok(event) => self.intake.event(self.kind, event),
                Err(error) => {
                    let error = failure(&error);
                    tracing::warn!(kind = %self.kind, error, "watch failed; it is tried again");
                    self.contacts.failed(self.kind, error);
                    continue;
                }
            };
            let Some(event) = event else { continue };
            if let Event::Apply(Err(unreadable)) | Event::InitApply(Err(unreadable)) = &event {
                tracing::error!(object = %unreadable.reference, reason = unreadable.reason, "object cannot be read");
            }
            if self.sender.send(event).await.is_err() {
                return "nobody folds the events".to_owned();
            }
        }
        format!("the watch of {} gave up", self.kind.plural())
    }
}

fn failure(error: &watcher::Error) -> String {
    match error {
        watcher::Error::InitialListFailed(error)
        | watcher::Error::WatchStartFailed(error)
        | watcher::Error::WatchFailed(error) => reason(error),
        watcher::Error::WatchError(status) => status.message.clone(),
        watcher::Error::NoResourceVersion => error.to_string(),
    }
}
