//! What the rest of the program sees of the watches.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use imbl::OrdMap;
use tokio::sync::watch::Receiver;
use tokio_util::sync::DropGuard;

use crate::model::World;
use crate::object::{Kind, ObjectRef};

use super::contact::Contacts;
use super::{Contact, Feed, State};

/// Three watches that were not renewed: by then nobody knows whether the World still holds.
const SILENCE: Duration = Duration::from_secs(90);

/// The state of the cluster at one moment, published whole.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The World; `None` until all that is served has been listed once.
    pub world: Option<Arc<World>>,
    /// What has not been listed yet.
    pub waiting_for: Vec<Feed>,
    /// The objects that exist and cannot be read, with the reason.
    pub unreadable: OrdMap<ObjectRef, String>,
}

impl Snapshot {
    /// The state as it is now; costs a few pointers.
    pub(super) fn of(state: &State) -> Self {
        Self {
            world: state.world().cloned().map(Arc::new),
            waiting_for: state.waiting_for().collect(),
            unreadable: state.unreadable().clone(),
        }
    }
}

/// The running watches; they stop when the last handle is dropped.
#[derive(Clone, Debug)]
pub struct Handle {
    pub(super) snapshots: Receiver<Arc<Snapshot>>,
    pub(super) contacts: Arc<Contacts>,
    pub(super) ended: Receiver<Option<String>>,
    pub(super) _stop: Arc<DropGuard>,
}

impl Handle {
    /// The World as last published; `None` until all that is served has been listed once. Costs a pointer. It is marked as old
    /// when the API server has been silent for so long that a watch must have been lost.
    pub fn world(&self) -> Option<Arc<World>> {
        let world = self.snapshots.borrow().world.clone()?;
        if self.contacts.is_silent(Instant::now(), SILENCE) {
            return Some(Arc::new(world.as_ref().clone().old()));
        }
        Some(world)
    }

    /// Everything as last published.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshots.borrow())
    }

    /// Tells of everything that is published from now on.
    pub fn publications(&self) -> Receiver<Arc<Snapshot>> {
        self.snapshots.clone()
    }

    /// Returns when another World than `world` is published, or none will be.
    pub async fn follows(&self, world: &Arc<World>) {
        let mut snapshots = self.snapshots.clone();
        let is_other = |snapshot: &Arc<Snapshot>| {
            snapshot.world.as_ref().is_none_or(|published| !Arc::ptr_eq(published, world))
        };
        let _ = snapshots.wait_for(is_other).await;
    }

    /// Returns once the World is known, or never will be because the watches have ended.
    pub async fn synced(&self) {
        let mut snapshots = self.snapshots.clone();
        let _ = snapshots.wait_for(|snapshot| snapshot.world.is_some()).await;
    }

    /// How the watches of every kind are doing that is watched.
    pub fn contacts(&self) -> BTreeMap<Kind, Contact> {
        self.contacts.at(Instant::now())
    }

    /// Why the caches are not complete yet, for people; `None` when they are.
    pub fn unready(&self) -> Option<String> {
        let snapshot = self.snapshot();
        if snapshot.world.is_some() {
            return None;
        }
        let line = |feed: &Feed| match self.contacts.error(*feed) {
            Some(error) => format!("{feed}: {error}"),
            None => format!("{feed}: not listed yet"),
        };
        let lines: Vec<String> = snapshot.waiting_for.iter().map(line).collect();
        Some(lines.join("\n"))
    }

    /// What cannot be read though it is there, for people, one line each: what it would tell is unknown.
    pub fn missing(&self) -> Vec<String> {
        let missing = self.contacts.missing().into_iter();
        missing.map(|(feed, error)| format!("{feed}: {error}")).collect()
    }

    /// Returns when the state is no longer kept up to date, with the reason.
    pub fn ended(&self) -> impl Future<Output = String> + Send + use<> {
        let mut ended = self.ended.clone();
        async move {
            match ended.wait_for(Option::is_some).await {
                Ok(reason) => reason.clone().unwrap_or_default(),
                Err(_) => "the watches were dropped".to_owned(),
            }
        }
    }
}
