//! The gate itself: a review in, a verdict out, confirmed by live reads where it rests on other objects.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use axum::body::Bytes;
use http::StatusCode;

use crate::engine::{Need, Verdict, evaluate};
use crate::model::{Change, Mode, Now, Requester, Right, Settings, World};
use crate::review::{Answer, Asked, Envelope, Unreadable, change, mutation};

use super::decided::Decided;
use super::waiting::Waiting;
use super::{Endpoint, Gate, Metrics, Reply};

/// What the gate knows of the cluster.
pub trait Knowledge: Send + Sync + 'static {
    /// The state as last seen; `None` until everything has been seen once.
    fn world(&self) -> Option<Arc<World>>;

    /// What has not been seen yet, one line each; `None` when the state is complete.
    fn unready(&self) -> Option<String>;

    /// What the state lacks because it cannot be read, one line each: verdicts do not rest on it.
    fn missing(&self) -> Vec<String> {
        Vec::new()
    }

    /// `world` with what `needs` name read anew, by reads that begin after this call; the error says what failed.
    fn confirm(
        &self,
        world: &World,
        needs: &BTreeSet<Need>,
        deadline: Instant,
    ) -> impl Future<Output = Result<World, String>> + Send;

    /// Returns when the state is another one than `world`; never where it stays as it is.
    fn follows(&self, _world: &Arc<World>) -> impl Future<Output = ()> + Send {
        std::future::pending()
    }

    /// Whether a controller is at work that gives managed namespaces their policies, as far as is known by the deadline.
    fn has_controller(&self, _deadline: Instant) -> impl Future<Output = bool> + Send {
        std::future::ready(false)
    }

    /// Whether `requester` may loosen what guards `namespace`; the error says why nobody knows.
    fn may_loosen(
        &self,
        requester: &Requester,
        namespace: &str,
        deadline: Instant,
    ) -> impl Future<Output = Result<bool, String>> + Send;

    /// From now on these settings hold.
    fn adopt(&self, _: &Settings) {}
}

/// A state read from files: all there is, so nothing is ever read again.
impl Knowledge for Arc<World> {
    fn world(&self) -> Option<Arc<World>> {
        Some(Self::clone(self))
    }

    fn unready(&self) -> Option<String> {
        None
    }

    async fn confirm(&self, _: &World, _: &BTreeSet<Need>, _: Instant) -> Result<World, String> {
        Ok(self.as_ref().clone())
    }

    async fn may_loosen(&self, _: &Requester, _: &str, _: Instant) -> Result<bool, String> {
        Err("there is no cluster to ask".to_owned())
    }
}

/// Judges reviews by the rules, over what it knows.
pub struct RuleGate<K> {
    settings: ArcSwap<Settings>,
    knowledge: K,
    metrics: Arc<Metrics>,
    waiting: Waiting,
}

/// Left for writing the answer when a live read takes long.
const RESERVE: Duration = Duration::from_millis(300);
/// A confirmation may show a need that was not seen before (the namespace was unknown); more rounds mean the cluster
/// changes faster than it can be read.
const ROUNDS: usize = 3;

impl<K: Knowledge> RuleGate<K> {
    /// A gate with these settings over this knowledge.
    pub fn new(settings: Arc<Settings>, knowledge: K, metrics: Arc<Metrics>) -> Self {
        let settings = ArcSwap::new(settings);
        Self { settings, knowledge, metrics, waiting: Waiting::default() }
    }

    /// The settings that hold.
    pub fn settings(&self) -> Arc<Settings> {
        self.settings.load_full()
    }

    /// From the next request on these settings hold; returns those that did.
    pub fn adopt(&self, settings: Arc<Settings>) -> Arc<Settings> {
        self.knowledge.adopt(&settings);
        self.settings.swap(settings)
    }

    /// The state as last seen.
    pub(super) fn world(&self) -> Option<Arc<World>> {
        self.knowledge.world()
    }

    /// Objects arrive here before the API server has validated them: one that cannot be read is left to its own words.
    fn mutate(&self, envelope: &Envelope<'_>) -> (Answer, Decided) {
        match change(envelope) {
            Err(why) | Ok(Asked::Nothing(why)) => ignore(envelope, &why),
            Ok(Asked::Change(change)) => {
                let answer = mutation(envelope, &self.settings.load(), &change);
                let decided = Decided::mutation(&change, &answer);
                (answer, decided)
            }
        }
    }

    async fn validate(
        &self,
        envelope: &Envelope<'_>,
        world: &World,
        deadline: Instant,
    ) -> Result<(Answer, Decided), String> {
        match change(envelope) {
            Err(reason) => Ok(refuse(envelope, &reason)),
            Ok(Asked::Nothing(why)) => Ok(ignore(envelope, &why)),
            Ok(Asked::Change(change)) => {
                let verdict = self.judge(&change, world, deadline).await?;
                Ok((Answer::of(envelope, &verdict), Decided::verdict(&change, &verdict)))
            }
        }
    }

    /// The verdict, and whatever it rests on read after the request arrived. When that cannot be read, there is no verdict,
    /// and the API server's `failurePolicy` decides; a mode that denies nothing has no need to be that sure.
    async fn judge(
        &self,
        change: &Change,
        world: &World,
        deadline: Instant,
    ) -> Result<Verdict, String> {
        // One request is judged by one set of settings, also when others come in between.
        let (settings, now) = (self.settings(), now());
        let mut verdict = evaluate(&settings, world, change, now);
        let mut confirmed = world.clone();
        let mut change = Cow::Borrowed(change);
        let mut read = BTreeSet::new();
        let end = deadline.checked_sub(RESERVE).unwrap_or(deadline);
        for _ in 0..ROUNDS {
            let needs = verdict.unread(&read);
            if needs.is_empty() && verdict.asks.is_none() {
                break;
            }
            if let Some(namespace) = &verdict.asks {
                change.to_mut().right = self.right(&change, namespace, end).await;
            }
            if !needs.is_empty() {
                match self.knowledge.confirm(&confirmed, &needs, end).await {
                    Ok(world) => confirmed = world,
                    Err(_) if verdict.mode != Mode::Enforce => return Ok(verdict),
                    Err(error) => return Err(error),
                }
                read.extend(needs);
            }
            verdict = evaluate(&settings, &confirmed, &change, now);
        }
        let judged = (change.as_ref(), settings.as_ref(), &confirmed);
        Ok(self.waiting.wait(verdict, judged, (&self.knowledge, now, deadline)).await)
    }

    /// What nobody can say is not granted.
    async fn right(&self, change: &Change, namespace: &str, deadline: Instant) -> Right {
        match self.knowledge.may_loosen(&change.requester, namespace, deadline).await {
            Ok(true) => Right::Granted,
            Ok(false) => Right::Refused,
            Err(error) => {
                tracing::error!(namespace, error, "the right to loosen could not be asked for");
                Right::Unanswered
            }
        }
    }
}

impl<K: Knowledge> Gate for RuleGate<K> {
    fn is_ready(&self) -> bool {
        self.knowledge.world().is_some()
    }

    fn unready(&self) -> Option<String> {
        self.knowledge.unready()
    }

    fn missing(&self) -> Vec<String> {
        self.knowledge.missing()
    }

    async fn decide(&self, endpoint: Endpoint, body: Bytes, deadline: Instant) -> Reply {
        let started = Instant::now();
        let Some(world) = self.knowledge.world() else {
            return Reply::text(StatusCode::SERVICE_UNAVAILABLE, "the caches have not synced yet");
        };
        let envelope = match Envelope::read(&body) {
            Ok(envelope) => envelope,
            Err(Unreadable::Anonymous(reason)) => {
                return Reply::text(StatusCode::BAD_REQUEST, reason);
            }
            Err(Unreadable::Identified { uid, reason }) => {
                return Reply::review(Answer::bad_request(uid, &reason).to_bytes());
            }
        };
        let decided = match endpoint {
            Endpoint::Mutate => Ok(self.mutate(&envelope)),
            Endpoint::Validate => self.validate(&envelope, &world, deadline).await,
        };
        match decided {
            Ok((answer, decided)) => {
                decided.record(endpoint, &envelope, &self.metrics, started);
                Reply::review(answer.to_bytes())
            }
            Err(error) => {
                tracing::error!(uid = %envelope.uid, %error, "no verdict");
                Reply::text(StatusCode::SERVICE_UNAVAILABLE, format!("no verdict: {error}"))
            }
        }
    }
}

fn refuse(envelope: &Envelope<'_>, reason: &str) -> (Answer, Decided) {
    (Answer::bad_request(envelope.uid.as_ref(), reason), Decided::error())
}

fn ignore(envelope: &Envelope<'_>, why: &str) -> (Answer, Decided) {
    (Answer::ignore(envelope.uid.as_ref(), why), Decided::ignored())
}

#[expect(clippy::disallowed_methods, reason = "the one place where a request gets its time")]
pub(super) fn now() -> Now {
    Now(jiff::Timestamp::now())
}
