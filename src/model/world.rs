//! The World: an immutable snapshot of everything that the rules read.

use std::any::Any;
use std::sync::Arc;

use imbl::{OrdMap, OrdSet};

use crate::netpol::Selector;
use crate::object::{Kind, Object, ObjectRef, Policy, Prometheus, Subject, Workload};

use super::NamespaceView;
use super::label_index::LabelIndex;
use super::memo::Memo;
use super::pointers::Pointers;
use super::selector_index::SelectorIndex;

mod families;
mod fold;
mod found;
mod policies;
mod touched;

use families::FamilyCount;
pub use touched::Touched;

/// Everything known about a cluster at one moment.
///
/// Cloning costs a few pointers whatever the size, and a change costs work in proportion to the logarithm of the cluster and
/// to the touched object; so a request can hold the World before and after a change. What rules need to know of the whole
/// cluster (who is bound, which IP families occur) is counted when objects come and go, never searched for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct World {
    namespaces: OrdMap<String, Arc<NamespaceView>>,
    cluster: OrdMap<(Kind, String), Arc<Object>>,
    bound: OrdMap<Subject, usize>,
    addresses: FamilyCount,
    blocks: FamilyCount,
    labelled: LabelIndex,
    pointers: Pointers,
    asking: SelectorIndex,
    agents: OrdSet<ObjectRef>,
    /// The policies of other engines that are in namespaces.
    foreign: OrdSet<ObjectRef>,
    memo: Memo,
    /// Calico's sets of addresses with what they inherit.
    calico_sets: Memo,
    origin: Origin,
    /// Somebody said that every namespace of the cluster is in it.
    has_all_namespaces: bool,
    is_old: bool,
    hidden: OrdSet<Kind>,
}

/// Where a World comes from: what is missing in it means different things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Origin {
    /// Files: what is missing may exist elsewhere.
    #[default]
    Files,
    /// Files that are said to be a part of the whole.
    Part,
    /// A synced live cluster: what is missing does not exist.
    Live,
}

impl World {
    /// The empty World of a live cluster.
    pub fn live() -> Self {
        Self { origin: Origin::Live, ..Self::default() }
    }

    /// A World of the objects of some files.
    pub fn from_objects(objects: impl IntoIterator<Item = Object>) -> Self {
        let mut world = Self::default();
        for object in objects {
            world.put(object);
        }
        world
    }

    /// Whether it mirrors a live cluster, so that what is missing does not exist.
    pub fn is_live(&self) -> bool {
        self.origin == Origin::Live
    }

    /// The same World, of which nobody knows whether it still holds: the API server has been silent for long.
    #[must_use]
    pub fn old(self) -> Self {
        Self { is_old: true, ..self }
    }

    /// The same World, what counts in it read anew.
    #[must_use]
    pub fn renewed(self) -> Self {
        Self { is_old: false, ..self }
    }

    /// Whether nobody knows if it still holds.
    pub fn is_old(&self) -> bool {
        self.is_old
    }

    /// Objects of `kind` may exist that nobody could read: that there are none says nothing.
    pub fn hide(&mut self, kind: Kind) {
        self.hidden.insert(kind);
    }

    /// What there is of `kind` is known.
    pub fn reveal(&mut self, kind: Kind) {
        self.hidden.remove(&kind);
    }

    /// Whether objects of `kind` may exist that nobody could read.
    pub fn hides(&self, kind: Kind) -> bool {
        self.hidden.contains(&kind)
    }

    /// Whether policies beside `NetworkPolicies` may exist that nobody could read: what they make of a connection is unknown.
    pub fn hides_policies(&self) -> bool {
        !self.hidden.is_empty() && Kind::other_policies().any(|kind| self.hides(kind))
    }

    /// The same World, of files that are said to be a part of the whole (`--partial`).
    #[must_use]
    pub fn partial(self) -> Self {
        Self { origin: Origin::Part, ..self }
    }

    /// The same World, of which it is known that every namespace of the cluster is in it.
    #[must_use]
    pub fn with_all_namespaces(self) -> Self {
        Self { has_all_namespaces: true, ..self }
    }

    /// Whether every namespace of the cluster is in it: of a live cluster, of files with facts that list them, and of files that
    /// hold Namespaces and are not said to be a part (SEMANTICS 13.4).
    pub fn knows_namespaces(&self) -> bool {
        match self.origin {
            _ if self.has_all_namespaces => true,
            Origin::Live => true,
            Origin::Part => false,
            Origin::Files => self.namespaces().any(|view| view.object.is_some()),
        }
    }

    /// The namespaces that `selector` matches, by name. Where it asks for a value of some label, only those that have it are
    /// looked at.
    pub fn namespaces_matching<'w, 's>(
        &'w self,
        selector: &'s Selector,
    ) -> impl Iterator<Item = &'w NamespaceView> + use<'w, 's> {
        let candidates = self.labelled.candidates(selector);
        let all = candidates.is_none().then(|| self.namespaces());
        let some = candidates.into_iter().flatten().filter_map(|name| self.namespaces.get(&name));
        let views = all.into_iter().flatten().chain(some.map(AsRef::as_ref));
        views.filter(|view| selector.matches(&view.labels()))
    }

    /// The `NetworkPolicies` with a `namespaceSelector` that asks for the label `key`, by namespace and name; terminating ones too.
    pub fn policies_asking(&self, key: &str) -> impl Iterator<Item = &Policy> {
        let standard = self.asking.asking(key).filter(|it| it.kind == Kind::NetworkPolicy);
        standard.filter_map(|policy| {
            let view = self.namespace(policy.namespace.as_deref()?)?;
            view.policies.get(&policy.name).map(AsRef::as_ref)
        })
    }

    /// The policies of Calico and of Cilium that ask namespaces for the label `key`; terminating ones too.
    pub fn foreign_asking(&self, key: &str) -> impl Iterator<Item = &Object> {
        let foreign = self.asking.asking(key).filter(|it| it.kind != Kind::NetworkPolicy);
        foreign.filter_map(|reference| self.other(reference))
    }

    /// Whether some namespace has the label `key`.
    pub fn has_namespace_label(&self, key: &str) -> bool {
        self.labelled.has_key(key)
    }

    /// The namespace `name`, when anything is known about it.
    pub fn namespace(&self, name: &str) -> Option<&NamespaceView> {
        self.namespaces.get(name).map(AsRef::as_ref)
    }

    /// All namespaces by name: for `inspect`, never on the request path.
    pub fn namespaces(&self) -> impl Iterator<Item = &NamespaceView> {
        self.namespaces.values().map(AsRef::as_ref)
    }

    /// The cluster-scoped objects of `kind` by name, Namespaces left out.
    pub fn cluster_objects(&self, kind: Kind) -> impl Iterator<Item = &Object> {
        let objects = self.cluster.range((kind, String::new())..);
        objects.take_while(move |(key, _)| key.0 == kind).map(|(_, object)| object.as_ref())
    }

    /// The routes, monitors, webhook configurations, aggregated APIs and definitions that are about pods of `namespace`: found by
    /// index, in proportion to their number.
    pub fn pointing_at(&self, namespace: &str) -> impl Iterator<Item = &Object> {
        self.pointers.to(namespace).filter_map(|reference| self.other(reference))
    }

    /// The workloads that may run the cluster (every DaemonSet, and Deployments and StatefulSets that look like ingress
    /// controllers, gateways or Prometheus), sorted.
    pub fn agents(&self) -> impl Iterator<Item = &Workload> {
        self.agents.iter().filter_map(|reference| {
            let view = self.namespace(reference.namespace.as_deref()?)?;
            view.workloads.get(&(reference.kind, reference.name.clone())).map(AsRef::as_ref)
        })
    }

    /// The Prometheus objects, sorted.
    pub fn prometheuses(&self) -> impl Iterator<Item = &Prometheus> {
        let references = self.agents.iter().filter(|it| it.kind == Kind::Prometheus);
        references.filter_map(|reference| match self.other(reference)? {
            Object::Prometheus(prometheus) => Some(prometheus),
            _ => None,
        })
    }

    /// What `derive` makes of this World, derived once for this World and those that differ from it in nothing that facts
    /// about the cluster rest on: its agents and the kinds that only facts are made of.
    pub(crate) fn derived<T: Any + Send + Sync>(&self, derive: impl Fn(&Self) -> T) -> Arc<T> {
        self.memo.get_or_derive(|| derive(self))
    }

    /// An object of a kind without a map of its own.
    fn other(&self, reference: &ObjectRef) -> Option<&Object> {
        if let Some(namespace) = &reference.namespace {
            return self.namespace(namespace)?.other(reference.kind, &reference.name);
        }
        let key = (reference.kind, reference.name.clone());
        self.cluster.get(&key).map(AsRef::as_ref)
    }

    /// Whether some RoleBinding or ClusterRoleBinding binds the service account, by itself or through a group.
    pub fn is_bound(&self, namespace: &str, account: &str) -> bool {
        let subjects = [
            Subject::Account(namespace.to_owned(), account.to_owned()),
            Subject::Namespace(namespace.to_owned()),
            Subject::Everywhere,
        ];
        subjects.iter().any(|subject| self.bound.contains_key(subject))
    }

    /// Whom bindings bind, sorted.
    pub fn bound(&self) -> impl Iterator<Item = &Subject> {
        self.bound.keys()
    }
}

#[cfg(test)]
mod tests;
