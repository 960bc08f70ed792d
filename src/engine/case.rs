//! One change with the state before and after it.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use crate::model::{Change, Finding, Mode, NamespaceView, Now, Operation, Scope, Settings, World};
use crate::object::{Kind, Object, ObjectRef};

use super::Need;

/// One change, and the state before and after it.
pub(super) struct Case<'a> {
    pub(super) settings: &'a Settings,
    pub(super) change: &'a Change,
    pub(super) after: World,
    /// The namespace that the change touches, as it would be.
    pub(super) after_view: NamespaceView,
    /// The state before, with the namespace as it was: made when a check asks, because most changes leave nothing to find.
    before: OnceCell<(World, NamespaceView)>,
    world: &'a World,
    subject: &'a ObjectRef,
    pub(super) now: Now,
}

impl<'a> Case<'a> {
    /// `world` with the change's own old object is the state before it, with the new object the state after it.
    pub(super) fn new(
        settings: &'a Settings,
        world: &'a World,
        change: &'a Change,
        subject: &'a ObjectRef,
        now: Now,
    ) -> Self {
        let (after, after_view) = with(world, subject, change.after.as_ref());
        let before = OnceCell::new();
        Self { settings, change, after, after_view, before, world, subject, now }
    }

    /// The namespace before the change.
    pub(super) fn scope_before(&self) -> Scope<'_> {
        let (world, view) =
            self.before.get_or_init(|| with(self.world, self.subject, self.change.before.as_ref()));
        Scope::new(self.settings, world, view, self.now)
    }

    /// The namespace after the change.
    pub(super) fn scope_after(&self) -> Scope<'_> {
        Scope::new(self.settings, &self.after, &self.after_view, self.now)
    }

    /// The mode that holds after the change.
    pub(super) fn mode(&self) -> Mode {
        self.scope_after().levels().mode()
    }

    /// Whether the namespace is being deleted, before the change or after it: only a write of the Namespace makes that differ.
    pub(super) fn is_in_terminating_namespace(&self) -> bool {
        let was = match &self.change.before {
            Some(Object::Namespace(namespace)) => namespace.meta.is_terminating(),
            _ => false,
        };
        was || self.after_view.is_terminating()
    }

    /// The World of a live cluster does not know the namespace, or one of that name that has gone since: it is read before any
    /// verdict. The API server itself refuses writes to one that is really missing, and creations in one that is really going.
    /// Of an old World nothing is known at all: what it allows may have been denied since.
    pub(super) fn is_ignorant(&self) -> bool {
        if self.after.is_old() {
            return true;
        }
        let is_creation = self.change.operation == Operation::Create;
        let view = &self.after_view;
        let is_known = view.object.is_some() && !(is_creation && view.is_terminating());
        self.subject.kind != Kind::Namespace && self.after.is_live() && !is_known
    }

    /// What a denial that depends on other objects rests on.
    pub(super) fn needs(&self) -> BTreeSet<Need> {
        let home = || self.after_view.name.clone();
        let mut needs = BTreeSet::from([Need::Namespace(home()), Need::Policies(home())]);
        let has_others = self.after.other_policies().next().is_some();
        if has_others || !self.settings.coverage.accept.is_empty() {
            needs.insert(Need::ClusterPolicies);
        }
        needs.extend(Need::of_cluster(self.settings, &self.after));
        if !self.subject.kind.is_workload() {
            needs.insert(Need::Workloads(home()));
        }
        needs
    }
}

/// `world` in which the subject is `object`, or nothing; and the subject's namespace in it.
fn with(world: &World, subject: &ObjectRef, object: Option<&Object>) -> (World, NamespaceView) {
    let mut world = world.clone();
    match object {
        Some(object) => world.put(object.clone()),
        None => world.remove(subject),
    }
    let home = subject.namespace.as_deref().unwrap_or(&subject.name);
    let view = world.namespace(home).cloned().unwrap_or_else(|| NamespaceView::new(home));
    (world, view)
}

/// The findings of `after`, those that `before` holds too marked as existing.
///
/// Most states are clean, so what was wrong before is asked only when something is wrong after.
pub(super) fn marked(after: Vec<Finding>, before: impl FnOnce() -> Vec<Finding>) -> Vec<Finding> {
    if after.is_empty() {
        return after;
    }
    let before = before();
    let mark = |mut finding: Finding| {
        finding.existing = before.iter().any(|old| old.is_same(&finding));
        finding
    };
    after.into_iter().map(mark).collect()
}
