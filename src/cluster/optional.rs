//! The watches of kinds that are served only sometimes: those of custom resources, which come and go with their definitions.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};
use tokio::time::{error::Elapsed, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::object::{GroupVersion, Kind};

use super::served::{Served, served};
use super::watcher::{Shared, Watcher};
use super::{Event, Feed};

/// How soon a new kind is noticed.
const EVERY: Duration = Duration::from_secs(15);
/// Until somebody has said for the first time what is served.
const SOON: Duration = Duration::from_secs(1);
/// A round of questions takes no longer.
const LONGEST: Duration = Duration::from_secs(20);

/// The running watches.
pub(super) struct Optional {
    shared: Shared,
    kinds: Vec<Kind>,
    running: BTreeMap<Kind, Running>,
    /// What the owner of the World knows of each kind.
    told: BTreeMap<Kind, Told>,
    tasks: JoinSet<Left>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    /// It is not served.
    Absent,
    /// Nobody says whether it is served.
    Hidden,
    /// Its watch tells the rest.
    Watched,
}

struct Running {
    api: GroupVersion,
    stop: CancellationToken,
}

/// The watch of a kind has ended, for this reason when it was not asked to.
struct Left {
    kind: Kind,
    reason: Option<String>,
}

impl Optional {
    pub(super) fn new(shared: Shared) -> Self {
        Self {
            shared,
            kinds: Kind::ALL.into_iter().filter(|kind| !kind.is_built_in()).collect(),
            running: BTreeMap::new(),
            told: BTreeMap::new(),
            tasks: JoinSet::new(),
        }
    }

    /// Watches what is served, as long as it is; returns when there is no use in it any more, with the reason.
    pub(super) async fn run(mut self) -> String {
        loop {
            match timeout(LONGEST, served(&self.shared.client, &self.kinds)).await {
                Ok(Ok(served)) => {
                    for (kind, served) in served {
                        self.shared.apis.note(kind, &served);
                        self.follow(kind, served).await;
                    }
                }
                Ok(Err(error)) => tracing::info!(%error, "nobody says which kinds are served"),
                Err(Elapsed { .. }) => tracing::info!("nobody says in time which kinds are served"),
            }
            let pause = if self.told.is_empty() { SOON } else { EVERY };
            tokio::select! {
                () = sleep(pause) => {}
                Some(left) = self.tasks.join_next() => {
                    if let Some(reason) = self.left(left) {
                        return reason;
                    }
                }
            }
        }
    }

    /// Begins or ends the watch of `kind`. What nobody knows stays as it is.
    async fn follow(&mut self, kind: Kind, served: Served) {
        match (self.running.get(&kind), served) {
            // Under way; a watch that has been told to end is followed by another once it has.
            (Some(running), Served::In(api)) if running.api == api => {}
            (Some(running), Served::In(_) | Served::No) => running.stop.cancel(),
            (Some(_), Served::Unknown(_)) => {}
            (None, Served::In(api)) => self.begin(kind, api),
            (None, Served::No) => {
                for feed in Feed::of_kind(kind) {
                    self.shared.contacts.end(feed);
                }
                self.tell(kind, Told::Absent).await;
            }
            (None, Served::Unknown(error)) => {
                for feed in Feed::of_kind(kind) {
                    if self.shared.contacts.failed(feed, error.clone(), true) {
                        tracing::warn!(kind = %feed, error, "nobody says whether it is served: what it would tell stays unknown");
                    }
                }
                self.tell(kind, Told::Hidden).await;
            }
        }
    }

    fn begin(&mut self, kind: Kind, api: GroupVersion) {
        tracing::info!(%kind, %api, "is served, and watched from now on");
        let stop = CancellationToken::new();
        for feed in Feed::of_kind(kind) {
            let watcher = Watcher { feed, api, shared: self.shared.clone() };
            let stop = stop.clone();
            self.tasks.spawn(async move {
                let reason = stop.run_until_cancelled(watcher.run()).await;
                if reason.is_none() {
                    watcher.leave().await;
                }
                Left { kind, reason }
            });
        }
        self.told.insert(kind, Told::Watched);
        self.running.insert(kind, Running { api, stop });
    }

    /// A watch has ended; why that ends everything, if it does.
    fn left(&mut self, left: Result<Left, JoinError>) -> Option<String> {
        match left {
            Ok(Left { reason: Some(reason), .. }) => Some(reason),
            Ok(Left { kind, reason: None }) => {
                tracing::info!(%kind, "is no longer served, and forgotten");
                self.running.remove(&kind);
                self.told.insert(kind, Told::Absent);
                None
            }
            Err(error) => Some(error.to_string()),
        }
    }

    /// Says what there is to say about a kind without a watch, once.
    async fn tell(&mut self, kind: Kind, told: Told) {
        if self.told.insert(kind, told) == Some(told) {
            return;
        }
        for feed in Feed::of_kind(kind) {
            let event =
                if told == Told::Hidden { Event::Hidden(feed) } else { Event::Absent(feed) };
            let _ = self.shared.sender.send(event).await;
        }
    }
}
