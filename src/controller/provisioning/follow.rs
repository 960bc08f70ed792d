//! The task that keeps all managed namespaces as they are to be, as the watches publish what changes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use kube::Client;
use tokio::time::sleep_until;

use crate::cluster::Handle;
use crate::model::{Settings, World};

use super::super::lease::Turn;
use super::super::metrics::{Metrics, Written};
use super::queue::Queue;
use super::told::Told;
use super::{Outcome, provision};

/// So many namespaces are written to at once.
const AT_ONCE: usize = 8;
/// What changes for every namespace is looked at no more often.
const REST: Duration = Duration::from_secs(5);

/// Keeps managed namespaces.
pub(in super::super) struct Provisioner {
    client: Client,
    settings: Arc<Settings>,
    metrics: Arc<Metrics>,
    turn: Turn,
    told: Told,
    queue: Queue,
    /// The World that was last looked at.
    seen: Option<Arc<World>>,
    /// Every namespace is to be looked at, once this moment has come.
    owed: Option<Instant>,
}

impl Provisioner {
    pub(in super::super) fn new(
        client: Client,
        settings: Arc<Settings>,
        identity: String,
        metrics: Arc<Metrics>,
        turn: Turn,
    ) -> Self {
        let told = Told::new(client.clone(), identity);
        let queue = Queue::default();
        Self {
            client,
            settings,
            metrics,
            turn,
            told,
            queue,
            seen: None,
            owed: Some(Instant::now()),
        }
    }

    /// Keeps them as long as it is polled.
    pub(in super::super) async fn run(mut self, watched: Handle) {
        if !self.settings.controller.enabled {
            return std::future::pending().await;
        }
        let mut publications = watched.publications();
        let (client, settings, turn) =
            (self.client.clone(), Arc::clone(&self.settings), self.turn.clone());
        let mut running = FuturesUnordered::new();
        loop {
            publications.borrow_and_update();
            // What may be wrong is not repaired.
            let world = watched.world().filter(|world| !world.is_old());
            if let Some(world) = &world {
                self.look(world, Instant::now());
                while running.len() < AT_ONCE
                    && let Some(name) = self.queue.next(Instant::now())
                {
                    let (client, settings, world, turn) =
                        (&client, &settings, Arc::clone(world), &turn);
                    running.push(async move {
                        let outcome = provision(client, settings, &world, &name, turn).await;
                        (name, world, outcome)
                    });
                }
            }
            let due = [self.owed, self.queue.due()].into_iter().flatten().min();
            let later = Instant::now() + REST;
            let due = due.unwrap_or(later).max(Instant::now() + Duration::from_millis(50));
            tokio::select! {
                changed = publications.changed() => if changed.is_err() {
                    return std::future::pending().await;
                },
                Some((name, world, outcome)) = running.next() => self.note(&name, &world, outcome).await,
                () = sleep_until(due.into()) => {}
            }
        }
    }

    /// Notes what is to be looked at.
    fn look(&mut self, world: &Arc<World>, at: Instant) {
        match &self.seen {
            Some(seen) if Arc::ptr_eq(seen, world) => {}
            Some(seen) => {
                let touched = world.touched_since(seen, &self.settings.namespaces.exempt);
                for name in touched.namespaces {
                    self.queue.first(name);
                }
                if touched.everything && self.owed.is_none() {
                    self.owed = Some(at + REST);
                }
            }
            None => self.owed = Some(at),
        }
        self.seen = Some(Arc::clone(world));
        if self.owed.is_some_and(|owed| owed <= at) {
            self.owed = None;
            for view in world.namespaces() {
                self.queue.last(view.name.clone());
            }
        }
    }

    async fn note(&mut self, name: &str, world: &World, outcome: Outcome) {
        for policy in outcome.applied.iter().chain(&outcome.released) {
            tracing::info!(namespace = name, policy, "a policy was written");
            self.metrics.wrote(Written::Policy, true);
        }
        for (policy, error) in &outcome.failed {
            tracing::warn!(namespace = name, policy, error, "a policy was not written");
            self.metrics.wrote(Written::Policy, false);
        }
        self.told.tell(name, world, &outcome).await;
        self.queue.done(name, outcome.failed.is_empty(), Instant::now());
    }
}
