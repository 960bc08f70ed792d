//! Whether the API server still talks to us, kind by kind.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http_body_util::BodyExt;
use kube::Client;
use tower::service_fn;

use crate::object::Kind;

/// How the watch of one kind is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// How long ago the API server said anything on it; `None` when it never did.
    ///
    /// A watch is renewed every half minute, so a quiet cluster does not look like a lost one.
    pub age: Option<Duration>,
    /// What went wrong since; `None` while all is well.
    pub error: Option<String>,
}

/// The contacts of all kinds.
#[derive(Debug, Default)]
pub(super) struct Contacts(Mutex<BTreeMap<Kind, Last>>);

#[derive(Clone, Debug, Default)]
struct Last {
    heard: Option<Instant>,
    error: Option<String>,
}

impl Contacts {
    /// How every watch is doing at `now`.
    pub(super) fn at(&self, now: Instant) -> BTreeMap<Kind, Contact> {
        let contacts = self.lock();
        let contact = |kind| {
            let last = contacts.get(&kind).cloned().unwrap_or_default();
            let age = last.heard.map(|heard| now.saturating_duration_since(heard));
            (kind, Contact { age, error: last.error })
        };
        Kind::watched().map(contact).collect()
    }

    /// The API server said something on the watch of `kind`.
    fn heard(&self, kind: Kind) {
        self.lock().insert(kind, Last { heard: Some(Instant::now()), error: None });
    }

    /// The watch of `kind` failed.
    pub(super) fn failed(&self, kind: Kind, error: String) {
        self.lock().entry(kind).or_default().error = Some(error);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Kind, Last>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A client that notes whatever the API server answers it as a contact for `kind`.
///
/// The watcher itself passes on neither bookmarks nor the renewal of a watch, so what it yields cannot tell silence from loss.
pub(super) fn noting(client: Client, kind: Kind, contacts: Arc<Contacts>) -> Client {
    let namespace = client.default_namespace().to_owned();
    let service = service_fn(move |request| {
        let (client, contacts) = (client.clone(), Arc::clone(&contacts));
        async move {
            let response = client.send(request).await?;
            if response.status().is_success() {
                contacts.heard(kind);
            }
            let noted = response.map(|body| {
                body.map_frame(move |frame| {
                    contacts.heard(kind);
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

    #[test]
    fn an_error_stands_until_the_next_contact() {
        let contacts = Contacts::default();
        let pods = |now| contacts.at(now)[&Kind::Pod].clone();
        let start = Instant::now();
        assert_eq!(pods(start), Contact { age: None, error: None });
        contacts.failed(Kind::Pod, "forbidden".to_owned());
        assert_eq!(pods(start), Contact { age: None, error: Some("forbidden".to_owned()) });
        contacts.heard(Kind::Pod);
        contacts.failed(Kind::Job, "gone".to_owned());
        let later = pods(Instant::now() + Duration::from_secs(9));
        assert!(later.age.unwrap() >= Duration::from_secs(9) && later.error.is_none());
        assert_eq!(contacts.at(start).len(), Kind::watched().count());
    }
}
