//! One change with the state before and after it.

use std::collections::BTreeSet;

use crate::model::{Change, Finding, NamespaceView, Now, Scope, Settings, World};
use crate::object::{Kind, Object, ObjectRef};

use super::Need;

/// One change, and the state before and after it.
pub(super) struct Case<'a> {
    pub(super) settings: &'a Settings,
    pub(super) change: &'a Change,
    pub(super) after: World,
    before: World,
    /// The namespace that the change touches, as it was and as it would be.
    pub(super) before_view: NamespaceView,
    pub(super) after_view: NamespaceView,
    kind: Kind,
    now: Now,
}

impl<'a> Case<'a> {
    /// `world` with the change's own old object is the state before it, with the new object the state after it.
    pub(super) fn new(
        settings: &'a Settings,
        world: &World,
        change: &'a Change,
        subject: &ObjectRef,
        now: Now,
    ) -> Self {
        let with = |object: Option<&Object>| {
            let mut world = world.clone();
            match object {
                Some(object) => world.put(object.clone()),
                None => world.remove(subject),
            }
            world
        };
        let (before, after) = (with(change.before.as_ref()), with(change.after.as_ref()));
        let home = subject.namespace.as_deref().unwrap_or(&subject.name);
        let view = |world: &World| {
            world.namespace(home).cloned().unwrap_or_else(|| NamespaceView::new(home))
        };
        let (before_view, after_view) = (view(&before), view(&after));
        Self { settings, change, after, before, before_view, after_view, kind: subject.kind, now }
    }

    /// The namespace before the change.
    pub(super) fn scope_before(&self) -> Scope<'_> {
        Scope::new(self.settings, &self.before, &self.before_view, self.now)
    }

    /// The namespace after the change.
    pub(super) fn scope_after(&self) -> Scope<'_> {
        Scope::new(self.settings, &self.after, &self.after_view, self.now)
    }

    /// The World of a live cluster does not know the namespace: it is read before any verdict. One that is really missing
    /// makes the API server itself refuse the write.
    pub(super) fn is_ignorant(&self) -> bool {
        let known = self.before_view.object.is_some() || self.after_view.object.is_some();
        self.kind != Kind::Namespace && self.after.is_live() && !known
    }

    /// What a denial that depends on other objects rests on.
    pub(super) fn needs(&self) -> BTreeSet<Need> {
        let home = || self.after_view.name.clone();
        let mut needs = BTreeSet::from([Need::Namespace(home()), Need::Policies(home())]);
        if !self.kind.is_workload() {
            needs.insert(Need::Workloads(home()));
        }
        needs
    }
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
