//! Whether a controller is at work: somebody holds its Lease.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use kube::Api;
use tokio::time::timeout_at;

use super::Connection;
use super::reason::reason;

/// An answer counts for so long: who waits for the controller need not ask each for himself.
const FRESH: Duration = Duration::from_secs(2);

/// Asks for the Lease of the controller.
pub struct Leader {
    api: Api<Lease>,
    name: &'static str,
    /// The last answer, and when it was asked for.
    last: Mutex<Option<(Instant, bool)>>,
}

impl Leader {
    /// The holder of the Lease `name` in `namespace`.
    pub fn new(connection: &Connection, namespace: &str, name: &'static str) -> Self {
        Self { api: Api::namespaced(connection.client(), namespace), name, last: Mutex::default() }
    }

    /// Whether somebody holds it and renews it; false as well where nobody knows.
    pub async fn is_there(&self, deadline: Instant) -> bool {
        let asked = Instant::now();
        if let Some(known) = self.known(asked) {
            return known;
        }
        let is_there = match timeout_at(deadline.into(), self.api.get_opt(self.name)).await {
            Ok(Ok(lease)) => {
                let spec = lease.and_then(|lease| lease.spec);
                spec.is_some_and(|spec| is_held(&spec, now()))
            }
            Ok(Err(error)) => {
                tracing::warn!(error = reason(&error), "the controller's Lease cannot be read");
                false
            }
            Err(_) => return false,
        };
        if let Ok(mut last) = self.last.lock() {
            *last = Some((asked, is_there));
        }
        is_there
    }

    fn known(&self, at: Instant) -> Option<bool> {
        let last = self.last.lock().ok()?;
        last.filter(|(asked, _)| at.saturating_duration_since(*asked) < FRESH)
            .map(|(_, is_there)| is_there)
    }
}

/// Whether the Lease is held and was renewed in time, by the clocks of both sides: where they differ much, nobody waits.
fn is_held(lease: &LeaseSpec, now: Timestamp) -> bool {
    let Some(renewed) = &lease.renew_time else { return false };
    let seconds = lease.lease_duration_seconds.unwrap_or_default();
    let is_somebody = lease.holder_identity.as_deref().is_some_and(|holder| !holder.is_empty());
    is_somebody && now.duration_since(renewed.0) < SignedDuration::from_secs(seconds.into())
}

#[expect(clippy::disallowed_methods, reason = "a Lease is dated by the wall clock")]
fn now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;

    use super::*;

    #[test]
    fn a_lease_is_held_as_long_as_it_is_renewed() {
        let renewed: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let lease = |holder: &str, seconds| LeaseSpec {
            holder_identity: Some(holder.to_owned()),
            lease_duration_seconds: Some(seconds),
            renew_time: Some(MicroTime(renewed)),
            ..LeaseSpec::default()
        };
        let after = |seconds| renewed + SignedDuration::from_secs(seconds);
        assert!(is_held(&lease("a", 15), after(14)));
        assert!(is_held(&lease("a", 15), after(-3)), "clocks differ");
        assert!(!is_held(&lease("a", 15), after(15)));
        assert!(!is_held(&lease("", 15), after(1)), "it was let go");
        assert!(!is_held(&LeaseSpec { renew_time: None, ..lease("a", 15) }, after(1)));
    }
}
