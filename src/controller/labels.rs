//! The labels that existing namespaces lack: added one namespace at a time, never changed.
//!
//! What is missing follows from the World, so there is nothing to remember: who takes over goes on where the other stopped.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::Namespace;
use kube::Client;
use kube::api::{Api, Patch, PatchParams};
use serde_json::json;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::cluster::reason;
use crate::model::{Mode, NamespaceView, Operation, Settings, label_additions};
use crate::netpol::Labels;
use crate::object::{self, Kind, Object};

use super::FIELD_MANAGER;
use super::judge::Audited;
use super::lease::Turn;
use super::metrics::{Metrics, Written};
use super::rounds::Found;

/// A write takes no longer.
const LONGEST: Duration = Duration::from_secs(10);
/// Until a namespace is tried again whose labels could not be written, or of which the World does not know yet that they were.
const LATER: Duration = Duration::from_secs(30);

/// Adds labels.
pub(super) struct Backfill {
    api: Api<Namespace>,
    settings: Arc<Settings>,
    metrics: Arc<Metrics>,
    turn: Turn,
    /// The namespaces that were tried, and when they may be again.
    tried: BTreeMap<String, Instant>,
}

impl Backfill {
    pub(super) fn new(
        client: Client,
        settings: Arc<Settings>,
        metrics: Arc<Metrics>,
        turn: Turn,
    ) -> Self {
        Self { api: Api::all(client), settings, metrics, turn, tried: BTreeMap::new() }
    }

    /// Adds them as long as it is polled.
    pub(super) async fn run(mut self, mut audited: Audited) {
        let per_second = self.settings.controller.labels_per_second;
        if per_second == 0 {
            return std::future::pending().await;
        }
        let pause = Duration::from_secs(1) / per_second;
        loop {
            let found = audited.borrow_and_update().clone();
            let lacking = found.map(|found| self.lacking(&found)).unwrap_or_default();
            for name in lacking {
                self.tried.insert(name.clone(), Instant::now() + LATER);
                // A pass can take long: each namespace is completed as it is known by then.
                let latest = audited.borrow().clone();
                self.complete(&name, latest.as_deref()).await;
                sleep(pause).await;
            }
            let again = self.tried.values().min().copied();
            tokio::select! {
                changed = audited.changed() => if changed.is_err() {
                    return std::future::pending().await;
                },
                () = sleep_until(again.unwrap_or_else(Instant::now)), if again.is_some() => {}
            }
        }
    }

    /// The namespaces that lack labels and may be tried now, by name.
    fn lacking(&mut self, found: &Found) -> Vec<String> {
        let now = Instant::now();
        self.tried.retain(|_, until| now < *until);
        let views = found.world.namespaces();
        let lacking = views.filter(|view| !missing(&self.settings, view).is_empty());
        let names = lacking.map(|view| view.name.clone());
        names.filter(|name| !self.tried.contains_key(name)).collect()
    }

    async fn complete(&self, name: &str, found: Option<&Found>) {
        let view = found.and_then(|found| found.world.namespace(name));
        let (Some(view), true) = (view, self.turn.is_ours()) else { return };
        let written = async {
            match self.write(view).await {
                // Somebody wrote in between: what is missing now?
                Err(kube::Error::Api(status)) if status.code == 409 => self.write(view).await,
                written => written,
            }
        };
        let error = match timeout(LONGEST, written).await {
            Ok(Ok(None)) => return,
            Ok(Ok(Some(labels))) => {
                tracing::info!(namespace = name, %labels, "labels were added");
                return self.metrics.wrote(Written::Labels, true);
            }
            Ok(Err(error)) => reason(&error),
            Err(_) => "the API server does not answer in time".to_owned(),
        };
        self.metrics.wrote(Written::Labels, false);
        tracing::info!(namespace = name, error, "labels were not added");
    }

    /// Adds what the namespace lacks as it is now, and tells what that was. Somebody who wrote in between wins: with the
    /// resourceVersion that was read, a label that came in the meantime cannot be overwritten.
    async fn write(&self, view: &NamespaceView) -> Result<Option<Labels>, kube::Error> {
        let Some(there) = self.api.get_opt(&view.name).await? else { return Ok(None) };
        let (uid, version) = (there.metadata.uid.clone(), there.metadata.resource_version.clone());
        let there = serde_json::to_value(there).map_err(kube::Error::SerdeError)?;
        let there = Object::from_value(Kind::Namespace, &there).map_err(kube::Error::SerdeError)?;
        let Object::Namespace(there) = there else { return Ok(None) };
        let labels = additions(&self.settings, &there, operation(view));
        if labels.is_empty() || !self.turn.is_ours() {
            return Ok(None);
        }
        let added: BTreeMap<&str, &str> = labels.iter().collect();
        let metadata = json!({"uid": uid, "resourceVersion": version, "labels": added});
        let parameters =
            PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
        let patch = Patch::Merge(json!({"metadata": metadata}));
        self.api.patch(&view.name, &parameters, &patch).await?;
        Ok(Some(labels))
    }
}

/// The labels that a namespace lacks and whose values are known.
fn missing(settings: &Settings, view: &NamespaceView) -> Labels {
    match &view.object {
        Some(namespace) => additions(settings, namespace, operation(view)),
        None => Labels::default(),
    }
}

/// What is added to a namespace as it is now; nothing where the mode is `audit`.
fn additions(settings: &Settings, namespace: &object::Namespace, operation: Operation) -> Labels {
    if settings.levels_in(&namespace.meta.labels).mode() == Mode::Audit {
        return Labels::default();
    }
    label_additions(settings, namespace, operation, None).labels
}

/// A namespace without workloads is completed as at its creation, its declaration too; what runs somewhere is declared by its
/// owners (DESIGN: `namespaces.undeclared`).
fn operation(view: &NamespaceView) -> Operation {
    if view.workloads.is_empty() { Operation::Create } else { Operation::Update }
}

#[cfg(test)]
mod tests {
    use crate::sample::{live, settings};

    use super::*;

    fn lacking(asked: &str, namespace: &str) -> String {
        let world = live(namespace);
        missing(&settings(asked), world.namespace("shop").unwrap()).to_string()
    }

    const EMPTY: &str =
        "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {team: a}}}";
    const RUNNING: &str = "
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop}, spec: {containers: []}}
";

    #[test]
    fn only_what_is_missing_is_added() {
        let asked = "labels: [{key: name, value: '{name}'}, {key: team, value: b}]";
        assert_eq!(lacking(asked, EMPTY), "name=shop");
        assert_eq!(lacking(asked, RUNNING), "name=shop,team=b");
    }

    #[test]
    fn a_namespace_without_workloads_is_declared_as_at_its_creation() {
        let asked = "labels: []\nnamespaces: {undeclared: self}";
        assert_eq!(lacking(asked, EMPTY), "portcullis.dev/default-deny=self");
        assert_eq!(lacking(asked, RUNNING), "{}", "what runs is declared by its owners");
        assert_eq!(lacking("labels: []", EMPTY), "{}");
    }

    #[test]
    fn nothing_is_added_in_mode_audit() {
        assert_eq!(lacking("mode: audit", EMPTY), "{}");
        let some = "overrides: [{namespaceSelector: {matchLabels: {team: a}}, mode: audit}]";
        assert_eq!(
            (lacking(some, EMPTY), lacking(some, RUNNING)),
            ("{}".to_owned(), "name=shop".to_owned())
        );
    }

    #[test]
    fn exempt_and_terminating_namespaces_are_left_alone() {
        let asked = "namespaces: {exempt: [shop]}";
        assert_eq!(lacking(asked, EMPTY), "{}");
        let leaving = "{apiVersion: v1, kind: Namespace, metadata: {name: shop, deletionTimestamp: '2026-11-22T11:59:00Z'}}";
        assert_eq!(lacking("", leaving), "{}");
    }
}
