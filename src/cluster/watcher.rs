//! The watch of one feed.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client};
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::object::{GroupVersion, Kind};

use super::apis::Apis;
use super::arrival::{Arrival, api_resource_in};
use super::contact::{Contacts, noting};
use super::reason::{Refusal, watch_reason};
use super::{Event, Feed, intake};

/// How long one watch request lasts in seconds: a connection that died in silence is noticed five seconds later.
const RENEW: u32 = 30;
/// Objects per page of a list, as client-go asks for them.
const PAGE: u32 = 500;
/// The schema of a definition makes it a hundred times as large as what is kept of it.
const PAGE_OF_DEFINITIONS: u32 = 20;
/// Until the API server is asked again for what it has refused.
const REFUSED: Duration = Duration::from_secs(30);

/// What all watches share.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) client: Client,
    pub(super) contacts: Arc<Contacts>,
    pub(super) apis: Arc<Apis>,
    pub(super) sender: mpsc::Sender<Event>,
}

/// The watch of one feed, in the API in which its kind is served.
pub(super) struct Watcher {
    pub(super) feed: Feed,
    pub(super) api: GroupVersion,
    pub(super) shared: Shared,
}

/// Why a stream of events has ended.
enum End {
    /// The API server refuses to serve it.
    Refused,
    /// For ever, with the reason.
    Over(String),
}

impl Watcher {
    /// Reports what happens, and goes on after every failure; returns when there is no use in it any more, with the reason.
    pub(super) async fn run(&self) -> String {
        self.shared.contacts.begin(self.feed);
        loop {
            match self.follow().await {
                End::Refused => sleep(REFUSED).await,
                End::Over(reason) => return reason,
            }
        }
    }

    /// Nobody asks for the feed any more.
    pub(super) async fn leave(&self) {
        self.shared.contacts.end(self.feed);
        // When nobody listens, nobody remembers its objects either.
        let _ = self.shared.sender.send(Event::Absent(self.feed)).await;
    }

    /// One stream of events, from a list on.
    async fn follow(&self) -> End {
        let mut events = pin!(watcher(self.api(), self.config()).default_backoff());
        let mut is_listed = false;
        while let Some(event) = events.next().await {
            let mut refusal = None;
            let event = match event {
                Ok(event) => {
                    is_listed |= matches!(event, watcher::Event::InitDone);
                    intake::event(self.feed, event)
                }
                Err(error) => {
                    refusal = Refusal::of(&error).filter(|_| self.is_dispensable());
                    self.failed(&error, is_listed, refusal)
                }
            };
            if let Some(event) = event
                && self.shared.sender.send(told(event)).await.is_err()
            {
                return End::Over("nobody folds the events".to_owned());
            }
            if refusal.is_some() {
                return End::Refused;
            }
        }
        End::Over(format!("the watch of {} gave up", self.feed))
    }

    /// Whether there is a World without it.
    fn is_dispensable(&self) -> bool {
        !self.feed.kind().is_indispensable()
    }

    /// What a failure means. Where a World can do without the kind, nobody waits for it; what was refused for good is
    /// forgotten as well, and what has failed otherwise is still true as far as anybody knows.
    fn failed(
        &self,
        error: &watcher::Error,
        is_listed: bool,
        refusal: Option<Refusal>,
    ) -> Option<Event> {
        let feed = self.feed;
        let error = watch_reason(error);
        let is_unserved = refusal == Some(Refusal::Unserved);
        let is_unknown = refusal.is_some() || !is_listed;
        let is_missing = self.is_dispensable() && is_unknown && !is_unserved;
        let is_news = self.shared.contacts.failed(feed, error.clone(), is_missing);
        if is_missing && is_news {
            tracing::warn!(kind = %feed, error, "cannot be read: what it would tell stays unknown; it is tried again");
        } else if self.is_dispensable() {
            tracing::info!(kind = %feed, error, "watch failed; it is tried again");
        } else {
            tracing::warn!(kind = %feed, error, "watch failed; it is tried again");
        }
        if is_unserved {
            return Some(Event::Absent(feed));
        }
        is_missing.then_some(Event::Hidden(feed))
    }

    fn api(&self) -> Api<Arrival> {
        let Shared { client, contacts, .. } = &self.shared;
        let client = noting(client.clone(), self.feed, Arc::clone(contacts));
        let resource = api_resource_in(self.feed.kind(), self.api);
        match self.feed.only() {
            Some((namespace, _)) => Api::namespaced_with(client, namespace, &resource),
            None => Api::all_with(client, &resource),
        }
    }

    fn config(&self) -> watcher::Config {
        let is_large = self.feed.kind() == Kind::CustomResourceDefinition;
        let page = if is_large { PAGE_OF_DEFINITIONS } else { PAGE };
        let config = watcher::Config::default().timeout(RENEW).page_size(page);
        match self.feed.only() {
            Some((_, name)) => config.fields(&format!("metadata.name={name}")),
            None => config,
        }
    }
}

/// The event, and a word in the log about what cannot be read.
fn told(event: Event) -> Event {
    if let Event::Apply(Err(unreadable)) | Event::InitApply(Err(unreadable)) = &event {
        tracing::error!(object = %unreadable.reference, reason = unreadable.reason, "object cannot be read");
    }
    event
}
