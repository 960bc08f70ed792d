//! The tasks: one watcher per feed, and one owner that folds what they report.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::model::Settings;
use crate::object::Kind;

use super::contact::Contacts;
use super::optional::Optional;
use super::watcher::{Shared, Watcher};
use super::{Connection, Event, Feed, Handle, Snapshot, State};

/// Events that may wait for the owner before the watchers have to.
const QUEUE: usize = 1024;

/// The watches of a cluster.
#[derive(Debug)]
pub struct Watch;

impl Watch {
    /// Begins to watch; must be called within a tokio runtime.
    pub fn start(connection: &Connection, settings: &Settings) -> Handle {
        let contacts = Arc::new(Contacts::default());
        let (sender, receiver) = mpsc::channel(QUEUE);
        let state = State::new(settings);
        let (publisher, snapshots) = watch::channel(Arc::new(Snapshot::of(&state)));
        let shared = Shared {
            client: connection.client.clone(),
            contacts: Arc::clone(&contacts),
            apis: Arc::clone(&connection.apis),
            sender,
        };
        let mut tasks = JoinSet::new();
        for feed in Kind::built_in().flat_map(Feed::of_kind) {
            let api = feed.kind().api();
            let watcher = Watcher { feed, api, shared: shared.clone() };
            tasks.spawn(async move { watcher.run().await });
        }
        tasks.spawn(Optional::new(shared).run());
        // A thread of its own: taking in a list of a large cluster must not keep requests waiting.
        tasks.spawn_blocking(move || own(state, receiver, &publisher));
        let token = CancellationToken::new();
        let stop = Arc::new(token.clone().drop_guard());
        let (reason, ended) = watch::channel(None);
        tokio::spawn(async move {
            let _ = reason.send(Some(supervise(tasks, token).await));
        });
        Handle { snapshots, contacts, ended, _stop: stop }
    }
}

/// Waits for the first task to end, and ends the others: a World that stands still in part is wrong.
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
fn own(
    mut state: State,
    mut events: mpsc::Receiver<Event>,
    snapshots: &watch::Sender<Arc<Snapshot>>,
) -> String {
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
