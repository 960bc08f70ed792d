//! The Reports: one in every namespace where something is found, one of the cluster, and none where nothing is.
//!
//! A report that says what it should is not written. One that finds nothing any more is deleted: its readers (Policy Reporter,
//! Kyverno's own) keep no empty ones either.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use serde_json::Value;
use tokio::time::{Instant, sleep_until, timeout};

use crate::cluster::reason;
use crate::model::Finding;
use crate::report::{Flavour, said};

use super::judge::Audited;
use super::lease::Turn;
use super::metrics::{Metrics, Written};
use super::rounds::Found;
use super::shelf::{Shelf, WriteError};

/// How soon it is noticed that reports are served now, and how soon what failed is tried again.
const SOON: Duration = Duration::from_secs(15);
/// A write takes no longer, its repetitions included.
const LONGEST: Duration = Duration::from_secs(20);

/// Where a report belongs: a namespace, or the cluster.
type Place = Option<String>;

/// Writes reports.
pub(super) struct Reports {
    shelf: Shelf,
    flavour: Flavour,
    metrics: Arc<Metrics>,
    turn: Turn,
    /// What the reports that exist say, as far as this process knows.
    there: BTreeMap<Place, Value>,
    /// The findings that `there` was last compared with.
    compared: BTreeMap<Place, Arc<Vec<Finding>>>,
    /// How often all of them are read: somebody may have changed or deleted one.
    interval: Duration,
    /// When that is to be done next.
    next_read: Instant,
    is_served: bool,
}

impl Reports {
    pub(super) fn new(
        client: Client,
        flavour: Flavour,
        interval: Duration,
        metrics: Arc<Metrics>,
        turn: Turn,
    ) -> Self {
        Self {
            shelf: Shelf::new(client, flavour),
            flavour,
            metrics,
            turn,
            there: BTreeMap::new(),
            compared: BTreeMap::new(),
            interval,
            next_read: Instant::now(),
            is_served: false,
        }
    }

    /// Writes them as long as it is polled.
    pub(super) async fn run(mut self, mut audited: Audited) {
        loop {
            let found = audited.borrow_and_update().clone();
            let is_done = match &found {
                Some(found) => self.follow(found).await,
                None => true,
            };
            let again = Instant::now() + if is_done { self.interval } else { SOON };
            tokio::select! {
                changed = audited.changed() => if changed.is_err() {
                    return std::future::pending().await;
                },
                () = sleep_until(again) => {}
            }
        }
    }

    /// Brings the reports to what was found; whether nothing is left to do.
    async fn follow(&mut self, found: &Found) -> bool {
        if Instant::now() >= self.next_read {
            self.is_served = self.read_all().await;
            self.next_read = Instant::now() + if self.is_served { self.interval } else { SOON };
        }
        if !self.is_served {
            return false;
        }
        let mut is_done = true;
        for place in self.differing(found) {
            if !self.turn.is_ours() {
                return false;
            }
            let findings = found.findings.get(&place);
            is_done &= self.bring(found, place, findings).await;
        }
        is_done
    }

    /// Reads what is there; false when reports are not served, or cannot be read.
    async fn read_all(&mut self) -> bool {
        match timeout(LONGEST, self.shelf.read_all()).await {
            Ok(Ok(Some(there))) => {
                if !self.is_served {
                    tracing::info!(api = self.flavour.api_version(), "reports are written");
                }
                self.there = there;
                self.compared.clear();
                return true;
            }
            Ok(Ok(None)) => {}
            Ok(Err(error)) => {
                tracing::info!(error = reason(&error), "the reports could not be read");
            }
            Err(_) => tracing::info!("the reports could not be read in time"),
        }
        false
    }

    /// The places whose reports may have to be written.
    fn differing(&self, found: &Found) -> BTreeSet<Place> {
        let is_new = |(place, findings): &(&Place, &Arc<Vec<Finding>>)| {
            let compared = self.compared.get(*place);
            compared.is_none_or(|compared| !Arc::ptr_eq(compared, findings))
        };
        let new = found.findings.iter().filter(is_new).map(|(place, _)| place);
        let gone = self.there.keys().filter(|place| !found.findings.contains_key(*place));
        new.chain(gone).filter(|place| is_open(found, place)).cloned().collect()
    }

    /// Brings one report to what was found; whether it says that now.
    async fn bring(
        &mut self,
        found: &Found,
        place: Place,
        findings: Option<&Arc<Vec<Finding>>>,
    ) -> bool {
        let of_place = findings.map(|findings| findings.as_slice()).unwrap_or_default();
        let wanted = self.flavour.report(place.as_deref(), of_place, &found.world);
        let is_so = match (self.there.get(&place), &wanted) {
            (Some(there), Some(wanted)) => said(there) == said(wanted),
            (there, wanted) => there.is_none() && wanted.is_none(),
        };
        if !is_so {
            let written = self.shelf.bring(place.as_deref(), wanted.as_ref(), &self.turn);
            match timeout(LONGEST, written).await {
                Ok(Ok(is_written)) => {
                    if is_written {
                        self.metrics.wrote(Written::Report, true);
                    }
                    match wanted {
                        Some(wanted) => self.there.insert(place.clone(), wanted),
                        None => self.there.remove(&place),
                    };
                }
                Ok(Err(WriteError::NotOurTurn)) => return false,
                Ok(Err(WriteError::Kube(error))) => return self.failed(&place, &reason(&error)),
                Err(_) => return self.failed(&place, "the API server does not answer in time"),
            }
        }
        match findings {
            Some(findings) => self.compared.insert(place, Arc::clone(findings)),
            None => self.compared.remove(&place),
        };
        true
    }

    fn failed(&self, place: &Place, error: &str) -> bool {
        self.metrics.wrote(Written::Report, false);
        tracing::info!(namespace = place, error, "a report was not written");
        false
    }
}

/// Deletes the reports of a kind that is no longer wanted: nobody would keep them true. What may not be read is left.
pub(super) async fn retire(client: Client, flavour: Flavour, turn: &Turn) {
    let shelf = Shelf::new(client, flavour);
    let Ok(Ok(Some(there))) = timeout(LONGEST, shelf.read_all()).await else { return };
    for place in there.into_keys() {
        let deleted = timeout(LONGEST, shelf.bring(place.as_deref(), None, turn)).await;
        match deleted {
            Ok(Ok(_)) => tracing::info!(namespace = place, "a report of another kind was deleted"),
            Ok(Err(WriteError::NotOurTurn)) => return,
            Ok(Err(WriteError::Kube(error))) => {
                tracing::info!(
                    namespace = place,
                    error = reason(&error),
                    "a report of another kind was not deleted"
                );
            }
            Err(_) => {}
        }
    }
}

/// Whether something can be written there: what is in a namespace that goes, goes with it.
fn is_open(found: &Found, place: &Place) -> bool {
    let Some(name) = place else { return true };
    let view = found.world.namespace(name);
    view.is_some_and(|view| view.object.is_some() && !view.is_terminating())
}
