//! The Lease that says which of several replicas writes.

use std::time::Instant;

use k8s_openapi::api::coordination::v1::Lease;
use kube::Client;
use kube::api::{Api, ObjectMeta, PostParams};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::cluster::reason;

use super::FIELD_MANAGER;
use super::clock;
use super::turn::{EVERY, PATIENCE, Seen, Step, held, released};

/// Its name, in the namespace that Portcullis runs in.
pub(crate) const NAME: &str = "portcullis-controller";

/// Takes part in the election.
pub(super) struct Candidate {
    api: Api<Lease>,
    me: String,
    seen: Seen,
    /// Until when this process writes; `None` when it does not.
    until: watch::Sender<Option<Instant>>,
}

/// Whether this process is the one that writes.
#[derive(Clone, Debug)]
pub(crate) struct Turn(watch::Receiver<Option<Instant>>);

impl Turn {
    /// Whether it is now; false as well when the Lease could not be renewed in time.
    pub(crate) fn is_ours(&self) -> bool {
        self.0.borrow().is_some_and(|until| Instant::now() < until)
    }

    /// Returns when it is.
    pub(super) async fn begins(&mut self) {
        while !self.is_ours() {
            if self.0.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    /// Returns when it is no longer.
    pub(super) async fn ends(&mut self) {
        loop {
            let Some(until) = *self.0.borrow_and_update() else { return };
            tokio::select! {
                () = tokio::time::sleep_until(until.into()) => {
                    if !self.is_ours() {
                        return;
                    }
                }
                changed = self.0.changed() => if changed.is_err() { return },
            }
        }
    }
}

impl Candidate {
    /// Stands for election as `me` in `namespace`.
    pub(super) fn new(client: Client, namespace: &str, me: String) -> (Self, Turn) {
        let (until, receiver) = watch::channel(None);
        let api = Api::namespaced(client, namespace);
        (Self { api, me, seen: Seen::default(), until }, Turn(receiver))
    }

    /// Takes the Lease when it is free, and renews it, for ever.
    pub(super) async fn run(&mut self) {
        loop {
            let begun = Instant::now();
            match timeout(EVERY, self.stand(begun)).await {
                Ok(Ok(true)) => self.lead(begun),
                Ok(Ok(false)) => self.follow("another replica holds the Lease"),
                Ok(Err(error)) => self.fail(&reason(&error)),
                Err(_) => self.fail("the API server does not answer in time"),
            }
            sleep(EVERY.saturating_sub(begun.elapsed())).await;
        }
    }

    /// Lets go of the Lease, so that another replica can begin at once.
    pub(super) async fn leave(&self) {
        if self.until.send_replace(None).is_none() {
            return;
        }
        let release = async {
            let mut lease = self.api.get(NAME).await?;
            let spec = lease.spec.take().unwrap_or_default();
            if spec.holder_identity.as_deref() == Some(&self.me) {
                lease.spec = Some(released(&spec));
                self.api.replace(NAME, &parameters(), &lease).await?;
            }
            Ok::<_, kube::Error>(())
        };
        if let Ok(Err(error)) = timeout(EVERY, release).await {
            tracing::info!(error = reason(&error), "the Lease was not released: it runs out");
        }
    }

    /// Whether this process holds the Lease now.
    async fn stand(&mut self, at: Instant) -> Result<bool, kube::Error> {
        let Some(mut lease) = self.api.get_opt(NAME).await? else {
            let metadata = ObjectMeta { name: Some(NAME.to_owned()), ..ObjectMeta::default() };
            let spec = Some(held(None, &self.me, clock::now()));
            return won(self.api.create(&parameters(), &Lease { metadata, spec }).await);
        };
        let spec = lease.spec.take().unwrap_or_default();
        if self.seen.step(&spec, &self.me, at) == Step::Wait {
            return Ok(false);
        }
        // With the resourceVersion that was read: of two who try at once, one is refused.
        lease.spec = Some(held(Some(&spec), &self.me, clock::now()));
        won(self.api.replace(NAME, &parameters(), &lease).await)
    }

    fn lead(&self, begun: Instant) {
        // Counted from before the request: nobody else may think that the Lease ran out while we think that we hold it.
        if self.until.send_replace(Some(begun + PATIENCE)).is_none() {
            tracing::info!(identity = self.me, "this replica writes from now on");
        }
    }

    fn follow(&self, why: &str) {
        if self.until.send_replace(None).is_some() {
            tracing::warn!(why, "this replica no longer writes");
        }
    }

    /// The Lease could not be renewed: what was won holds on for a while.
    fn fail(&self, error: &str) {
        tracing::info!(error, "the Lease could not be renewed");
        let is_over = self.until.borrow().is_some_and(|until| Instant::now() >= until);
        if is_over {
            self.follow("the Lease could not be renewed in time");
        }
    }
}

fn parameters() -> PostParams {
    PostParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PostParams::default() }
}

/// Whether a write of the Lease won the election: who is refused for having come second has lost it.
fn won(written: Result<Lease, kube::Error>) -> Result<bool, kube::Error> {
    match written {
        Ok(_) => Ok(true),
        Err(kube::Error::Api(status)) if status.code == 409 => Ok(false),
        Err(error) => Err(error),
    }
}
