//! Whether the API server still talks to us, kind by kind.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http_body_util::BodyExt;
use kube::Client;
use tower::service_fn;

use crate::object::Kind;

use super::Feed;

/// How the watches of one kind are doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// How long ago the API server said anything on it; `None` when it never did.
    ///
    /// A watch is renewed every half minute, so a quiet cluster does not look like a lost one.
    pub age: Option<Duration>,
    /// What went wrong since; `None` while all is well.
    pub error: Option<String>,
    /// The kind, which a World can do without, cannot be read: what it would tell is unknown.
    pub is_missing: bool,
    /// How often something went wrong.
    pub failures: u64,
}

/// The contacts of all watches that run.
#[derive(Debug, Default)]
pub(super) struct Contacts(Mutex<BTreeMap<Feed, Last>>);

#[derive(Clone, Debug, Default)]
struct Last {
    heard: Option<Instant>,
    error: Option<String>,
    is_missing: bool,
    failures: u64,
}

impl Contacts {
    /// How every watch is doing at `now`.
    pub(super) fn at(&self, now: Instant) -> BTreeMap<Kind, Contact> {
        let mut contacts: BTreeMap<Kind, Contact> = BTreeMap::new();
        for (feed, last) in self.lock().iter() {
            let age = last.heard.map(|heard| now.saturating_duration_since(heard));
            let Last { error, is_missing, failures, .. } = last.clone();
            let contact = Contact { age, error, is_missing, failures };
            contacts.entry(feed.kind()).and_modify(|known| known.join(&contact)).or_insert(contact);
        }
        contacts
    }

    /// Whether nothing was heard for `longest` on some watch that verdicts rest on: of namespaces, policies or workloads.
    pub(super) fn is_silent(&self, now: Instant, longest: Duration) -> bool {
        self.lock().iter().any(|(feed, last)| {
            rests_on(feed.kind())
                && last.heard.is_none_or(|heard| now.saturating_duration_since(heard) > longest)
        })
    }

    /// What cannot be read, though a World does without it, with the reason.
    pub(super) fn missing(&self) -> Vec<(Feed, String)> {
        let contacts = self.lock();
        let missing = contacts.iter().filter(|(_, last)| last.is_missing);
        missing.map(|(feed, last)| (*feed, last.error.clone().unwrap_or_default())).collect()
    }

    /// Why nothing was heard on the watch of `feed`, as far as that is known.
    pub(super) fn error(&self, feed: Feed) -> Option<String> {
        self.lock().get(&feed)?.error.clone()
    }

    /// The feed is watched from now on.
    pub(super) fn begin(&self, feed: Feed) {
        self.lock().entry(feed).or_default();
    }

    /// The feed is not watched any more.
    pub(super) fn end(&self, feed: Feed) {
        self.lock().remove(&feed);
    }

    /// The API server said something on the watch of `feed`.
    fn heard(&self, feed: Feed) {
        if let Some(last) = self.lock().get_mut(&feed) {
            last.heard = Some(Instant::now());
            last.error = None;
            last.is_missing = false;
        }
    }

    /// The watch of `feed` failed; whether all was well before.
    pub(super) fn failed(&self, feed: Feed, error: String, is_missing: bool) -> bool {
        let mut contacts = self.lock();
        let last = contacts.entry(feed).or_default();
        last.failures += 1;
        last.is_missing |= is_missing;
        last.error.replace(error).is_none()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Feed, Last>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Contact {
    /// The worst of both.
    fn join(&mut self, other: &Self) {
        self.age = self.age.zip(other.age).map(|(one, other)| one.max(other));
        self.error = self.error.take().or_else(|| other.error.clone());
        self.is_missing |= other.is_missing;
        self.failures += other.failures;
    }
}

fn rests_on(kind: Kind) -> bool {
    kind.is_workload() || matches!(kind, Kind::Namespace | Kind::NetworkPolicy)
}

/// A client that notes whatever the API server answers it as a contact for `feed`.
///
/// The watcher itself passes on neither bookmarks nor the renewal of a watch, so what it yields cannot tell silence from loss.
pub(super) fn noting(client: Client, feed: Feed, contacts: Arc<Contacts>) -> Client {
    let namespace = client.default_namespace().to_owned();
    let service = service_fn(move |request| {
        let (client, contacts) = (client.clone(), Arc::clone(&contacts));
        async move {
            let response = client.send(request).await?;
            if response.status().is_success() {
                contacts.heard(feed);
            }
            let noted = response.map(|body| {
                body.map_frame(move |frame| {
                    contacts.heard(feed);
                    frame
                })
            });
            Ok::<_, kube::Error>(noted)
        }
    });
    Client::new(service, namespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(kind: Kind) -> Feed {
        Feed::of_kind(kind).next().unwrap()
    }

    #[test]
    fn an_error_stands_until_the_next_contact() {
        let contacts = Contacts::default();
        let pods = |now| contacts.at(now)[&Kind::Pod].clone();
        let start = Instant::now();
        contacts.begin(feed(Kind::Pod));
        let nothing = Contact { age: None, error: None, is_missing: false, failures: 0 };
        assert_eq!(pods(start), nothing);
        assert!(contacts.failed(feed(Kind::Pod), "forbidden".to_owned(), true));
        assert!(!contacts.failed(feed(Kind::Pod), "still forbidden".to_owned(), false));
        let error = Some("still forbidden".to_owned());
        let failed = Contact { error, is_missing: true, failures: 2, ..nothing };
        assert_eq!(pods(start), failed);
        assert_eq!(contacts.missing(), [(feed(Kind::Pod), "still forbidden".to_owned())]);
        contacts.heard(feed(Kind::Pod));
        contacts.failed(feed(Kind::Job), "gone".to_owned(), false);
        let later = pods(Instant::now() + Duration::from_secs(9));
        assert!(later.age.unwrap() >= Duration::from_secs(9) && later.error.is_none());
        assert!(!later.is_missing && later.failures == 2 && contacts.missing().is_empty());
        assert!(contacts.at(start).keys().eq(&[Kind::Job, Kind::Pod]));
    }

    #[test]
    fn silence_counts_where_verdicts_rest_on_the_kind() {
        let contacts = Contacts::default();
        let longest = Duration::from_secs(90);
        let silent_after =
            |seconds| contacts.is_silent(Instant::now() + Duration::from_secs(seconds), longest);
        contacts.begin(feed(Kind::Node));
        assert!(!silent_after(1000));
        contacts.begin(feed(Kind::Pod));
        assert!(silent_after(0));
        contacts.heard(feed(Kind::Pod));
        assert!(!silent_after(89) && silent_after(92));
    }

    #[test]
    fn a_kind_is_as_well_as_the_worst_of_its_watches() {
        let contacts = Contacts::default();
        let mut feeds = Feed::of_kind(Kind::ConfigMap);
        let (one, other) = (feeds.next().unwrap(), feeds.next().unwrap());
        contacts.begin(one);
        contacts.begin(other);
        contacts.heard(one);
        contacts.failed(other, "forbidden".to_owned(), true);
        let maps = &contacts.at(Instant::now())[&Kind::ConfigMap];
        let error = Some("forbidden".to_owned());
        assert_eq!(maps, &Contact { age: None, error, is_missing: true, failures: 1 });
        contacts.end(other);
        // A watch that has ended may still have an answer on its way.
        contacts.heard(other);
        assert!(contacts.at(Instant::now())[&Kind::ConfigMap].error.is_none());
        assert!(contacts.missing().is_empty() && contacts.error(other).is_none());
    }
}
