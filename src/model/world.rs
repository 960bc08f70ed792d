//! The World: an immutable snapshot of everything that the rules read.

use std::any::Any;
use std::net::IpAddr;
use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use ipnet::IpNet;

use crate::netpol::calico::{NetworkSet, Tier};
use crate::netpol::{AddressSet, Families, Family, Selector};
use crate::object::{
    CalicoPolicy, CiliumPolicy, Kind, Object, ObjectRef, Policy, Prometheus, Subject, TieredPolicy,
    Workload,
};

use super::NamespaceView;
use super::agents::is_agent;
use super::label_index::LabelIndex;
use super::memo::Memo;
use super::pointers::{Entry, Pointers};
use super::selector_index::SelectorIndex;

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

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct FamilyCount {
    v4: usize,
    v6: usize,
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

    /// The policies with a `namespaceSelector` that asks for the label `key`, by namespace and name; terminating ones too.
    pub fn policies_asking(&self, key: &str) -> impl Iterator<Item = &Policy> {
        self.asking.asking(key).filter_map(|policy| {
            let view = self.namespace(policy.namespace.as_deref()?)?;
            view.policies.get(&policy.name).map(AsRef::as_ref)
        })
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

    /// The policies of the tiers around `NetworkPolicies` that are not being deleted, by kind and name.
    pub fn tiered_policies(&self) -> impl Iterator<Item = &TieredPolicy> {
        let objects = Kind::TIERED.into_iter().flat_map(|kind| self.cluster_objects(kind));
        objects.filter_map(|object| match object {
            Object::TieredPolicy(policy) if !policy.meta.is_terminating() => Some(policy),
            _ => None,
        })
    }

    /// Cilium's policies that are not being deleted, of every namespace and of the cluster.
    pub fn cilium_policies(&self) -> impl Iterator<Item = &CiliumPolicy> {
        let in_namespaces = self.foreign.iter().filter(|it| it.kind == Kind::CiliumNetworkPolicy);
        let in_namespaces = in_namespaces.filter_map(|reference| self.other(reference));
        let of_cluster = self.cluster_objects(Kind::CiliumClusterwideNetworkPolicy);
        in_namespaces.chain(of_cluster).filter_map(as_cilium)
    }

    /// Cilium's policies that are not being deleted and can be about pods of the namespace.
    pub fn cilium_policies_for<'w>(
        &'w self,
        view: &'w NamespaceView,
    ) -> impl Iterator<Item = &'w CiliumPolicy> {
        let of_cluster = self.cluster_objects(Kind::CiliumClusterwideNetworkPolicy);
        view.others(Kind::CiliumNetworkPolicy).chain(of_cluster).filter_map(as_cilium)
    }

    /// Calico's policies that are not being deleted, of every namespace and of the cluster.
    pub fn calico_policies(&self) -> impl Iterator<Item = &CalicoPolicy> {
        let in_namespaces = self.foreign.iter().filter(|it| it.kind == Kind::CalicoNetworkPolicy);
        let in_namespaces = in_namespaces.filter_map(|reference| self.other(reference));
        let of_cluster = self.cluster_objects(Kind::GlobalNetworkPolicy);
        in_namespaces.chain(of_cluster).filter_map(as_calico)
    }

    /// Calico's policies that are not being deleted and can be about pods of the namespace.
    pub fn calico_policies_for<'w>(
        &'w self,
        view: &'w NamespaceView,
    ) -> impl Iterator<Item = &'w CalicoPolicy> {
        let of_cluster = self.cluster_objects(Kind::GlobalNetworkPolicy);
        view.others(Kind::CalicoNetworkPolicy).chain(of_cluster).filter_map(as_calico)
    }

    /// Calico's sets of addresses with labels; `None` when it is not known which there are.
    pub fn calico_sets(&self) -> Option<Arc<[NetworkSet]>> {
        let hides = || Kind::CALICO_SETS.into_iter().any(|kind| self.hides(kind));
        if self.origin == Origin::Part || hides() {
            return None;
        }
        let derived = self.calico_sets.get_or_derive(|| {
            let others = [Kind::GlobalNetworkSet, Kind::HostEndpoint].into_iter();
            let of_cluster = others.flat_map(|kind| self.cluster_objects(kind));
            let all = self.network_sets().chain(of_cluster);
            all.map(|object| self.network_set(object)).collect::<Option<Arc<[NetworkSet]>>>()
        });
        derived.as_ref().clone()
    }

    fn network_set(&self, object: &Object) -> Option<NetworkSet> {
        let Object::CalicoSet(set) = object else { return None };
        let namespace = set.kind.is_namespaced().then_some(&set.meta.namespace);
        let with_labels = |name: &String| {
            let labels = self.namespace(name).map(NamespaceView::labels).unwrap_or_default();
            (name.clone(), labels)
        };
        Some(NetworkSet {
            namespace: namespace.map(with_labels),
            labels: set.meta.labels.clone(),
            addresses: set.addresses.clone()?,
            names_ports: set.names_ports,
        })
    }

    /// The tiers of Calico's policies, by name; those that are being deleted too, as their policies go first.
    pub fn calico_tiers(&self) -> impl Iterator<Item = &Tier> {
        self.cluster_objects(Kind::Tier).filter_map(|object| match object {
            Object::CalicoTier(tier) => Some(&tier.tier),
            _ => None,
        })
    }

    /// The policies of other engines that are not being deleted, those of the cluster first.
    pub fn other_policies(&self) -> impl Iterator<Item = ObjectRef> {
        let of_cluster = Kind::CLUSTER_POLICIES.into_iter();
        let of_cluster = of_cluster.flat_map(|kind| self.cluster_objects(kind));
        let in_namespaces = self.foreign.iter().filter_map(|reference| self.other(reference));
        let all = of_cluster.chain(in_namespaces);
        let all = all.filter(|policy| !policy.meta().is_terminating()).map(Object::reference);
        all.filter(|policy| policy.kind != Kind::NetworkSet)
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

    /// Whether anything tells which IP families are in use.
    pub fn shows_families(&self) -> bool {
        let FamilyCount { v4, v6 } = self.addresses;
        let has_blocks = self.blocks.v4 + self.blocks.v6 > 0;
        v4 + v6 > 0 || (has_blocks && !self.is_live())
    }

    /// The IP families in use: from Services, Pods, and the ranges of nodes and Services; blocks of policies count only where files are all there is.
    pub fn families(&self) -> Families {
        let offline = if self.is_live() { FamilyCount::default() } else { self.blocks };
        let v6 = self.addresses.v6 + offline.v6 > 0;
        Families { v4: self.addresses.v4 + offline.v4 > 0 || !v6, v6 }
    }

    /// The families that `stated` names and those that addresses show; without a statement those that are in use by all
    /// signs (SEMANTICS 13.13).
    pub fn families_beside(&self, stated: &[Family]) -> Families {
        if stated.is_empty() {
            return self.families();
        }
        let FamilyCount { v4, v6 } = self.addresses;
        Families {
            v4: v4 > 0 || stated.contains(&Family::V4),
            v6: v6 > 0 || stated.contains(&Family::V6),
        }
    }

    /// Inserts or replaces an object.
    pub fn put(&mut self, object: Object) {
        self.count(&object, true);
        let reference = object.reference();
        let kept = reference.clone();
        if let Object::Namespace(namespace) = &object {
            self.unlabel(&reference.name);
            self.labelled.insert(&reference.name, &namespace.meta.labels);
        }
        self.forget_sets(reference.kind);
        let entry = Entry::of(&object);
        let told = tells_facts(&object).then(|| object.clone());
        let replaced = if is_in_a_namespace(reference.kind) {
            self.view_mut(home(&reference)).put(object)
        } else {
            let key = (reference.kind, reference.name);
            self.cluster.insert(key, Arc::new(object)).map(Arc::unwrap_or_clone)
        };
        let is_told_again = replaced.is_some() && replaced == told;
        if let Some(replaced) = replaced {
            self.forget(&replaced, is_told_again);
        }
        if told.is_some() && !is_told_again {
            self.memo.forget();
        }
        entry.put(&mut self.pointers, &mut self.agents, &mut self.asking);
        if Kind::FOREIGN.contains(&kept.kind) || kept.kind == Kind::NetworkSet {
            self.foreign.insert(kept);
        }
    }

    /// Removes an object; one that is not there is no error.
    pub fn remove(&mut self, reference: &ObjectRef) {
        if reference.kind == Kind::Namespace {
            self.unlabel(&reference.name);
        }
        let removed = if is_in_a_namespace(reference.kind) {
            let home = home(reference);
            if !self.namespaces.contains_key(home) {
                return;
            }
            let view = self.view_mut(home);
            let removed = view.remove(reference.kind, &reference.name);
            if view.is_empty() {
                self.namespaces.remove(home);
            }
            removed
        } else {
            let key = (reference.kind, reference.name.clone());
            self.cluster.remove(&key).map(Arc::unwrap_or_clone)
        };
        self.forget_sets(reference.kind);
        self.foreign.remove(reference);
        if let Some(removed) = removed {
            self.forget(&removed, false);
        }
    }

    /// Takes a removed object out of what is counted and indexed.
    fn forget(&mut self, removed: &Object, is_told_again: bool) {
        self.count(removed, false);
        Entry::of(removed).remove(&mut self.pointers, &mut self.agents, &mut self.asking);
        if tells_facts(removed) && !is_told_again {
            self.memo.forget();
        }
    }

    /// Replaces all objects of `kind` in `namespace` by `objects`: how a live read enters the World.
    pub fn replace(&mut self, kind: Kind, namespace: &str, objects: Vec<Object>) {
        let known = self.names(kind, namespace);
        for name in known {
            let namespace = kind.is_namespaced().then(|| namespace.to_owned());
            self.remove(&ObjectRef { kind, namespace, name });
        }
        for object in objects {
            self.put(object);
        }
    }

    /// Forgets the labels of a namespace, when its object is known.
    fn unlabel(&mut self, name: &str) {
        let object = self.namespaces.get(name).and_then(|view| view.object.clone());
        if let Some(object) = object {
            self.labelled.remove(name, &object.meta.labels);
        }
    }

    fn names(&self, kind: Kind, namespace: &str) -> Vec<String> {
        if !is_in_a_namespace(kind) {
            return self.cluster_objects(kind).map(|object| object.meta().name.clone()).collect();
        }
        let Some(view) = self.namespace(namespace) else {
            return Vec::new();
        };
        match kind {
            Kind::Namespace => view.object.iter().map(|object| object.meta.name.clone()).collect(),
            Kind::NetworkPolicy => view.policies.keys().cloned().collect(),
            kind if !kind.is_workload() => {
                view.others(kind).map(|object| object.meta().name.clone()).collect()
            }
            kind => {
                view.workloads.keys().filter(|key| key.0 == kind).map(|key| key.1.clone()).collect()
            }
        }
    }

    /// What is derived of Calico's sets no longer holds when one of `kind` comes or goes; those in namespaces inherit labels.
    fn forget_sets(&mut self, kind: Kind) {
        let inherits = || self.network_sets().next().is_some();
        if Kind::CALICO_SETS.contains(&kind) || kind == Kind::Namespace && inherits() {
            self.calico_sets.forget();
        }
    }

    fn network_sets(&self) -> impl Iterator<Item = &Object> {
        let kind = Kind::NetworkSet;
        let first = ObjectRef { kind, namespace: None, name: String::new() };
        let references = self.foreign.range(first..).take_while(move |it| it.kind == kind);
        references.filter_map(|reference| self.other(reference))
    }

    fn view_mut(&mut self, namespace: &str) -> &mut NamespaceView {
        let view = self
            .namespaces
            .entry(namespace.to_owned())
            .or_insert_with(|| Arc::new(NamespaceView::new(namespace)));
        Arc::make_mut(view)
    }

    fn count(&mut self, object: &Object, add: bool) {
        match object {
            Object::Binding(binding) => {
                binding.subjects.iter().for_each(|subject| self.count_subject(subject, add));
            }
            Object::Service(service) => {
                self.addresses.count(service.cluster_ips.iter().copied(), add);
                self.addresses.count_families(service.families.iter().copied(), add);
            }
            Object::Node(node) => {
                let ranges = node.pod_ranges.iter().map(IpNet::addr);
                self.addresses.count(ranges, add);
            }
            Object::ServiceCidr(cidr) => {
                self.addresses.count(cidr.ranges.iter().map(IpNet::addr), add);
            }
            Object::Workload(workload) => {
                // Pods of the host network have the addresses of their node, whatever the pod network has.
                if let Some(pod) = workload.pod.as_ref().filter(|_| workload.is_governed()) {
                    self.addresses.count(pod.addresses.iter().copied(), add);
                }
            }
            Object::CalicoPolicy(policy) => {
                let ranges = policy.placed().blocks().flat_map(AddressSet::blocks);
                self.blocks.count(ranges.map(|range| range.addr()), add);
            }
            Object::CiliumPolicy(policy) => {
                let ranges = policy.specs.blocks().flat_map(AddressSet::blocks);
                self.blocks.count(ranges.map(|range| range.addr()), add);
            }
            Object::Policy(policy) => {
                let bases = policy.spec.blocks().map(|block| block.cidr.addr());
                self.blocks.count(bases, add);
            }
            Object::TieredPolicy(policy) => {
                let bases = policy.spec.blocks().map(|block| block.cidr.addr());
                self.blocks.count(bases, add);
            }
            _ => {}
        }
    }

    fn count_subject(&mut self, subject: &Subject, add: bool) {
        let count = self.bound.get(subject).copied().unwrap_or_default();
        match if add { count + 1 } else { count.saturating_sub(1) } {
            0 => self.bound.remove(subject),
            count => self.bound.insert(subject.clone(), count),
        };
    }
}

impl FamilyCount {
    fn count(&mut self, addresses: impl Iterator<Item = IpAddr>, add: bool) {
        self.count_families(addresses.map(Family::of), add);
    }

    fn count_families(&mut self, families: impl Iterator<Item = Family>, add: bool) {
        for family in families {
            let counter = match family {
                Family::V4 => &mut self.v4,
                Family::V6 => &mut self.v6,
            };
            *counter = if add { *counter + 1 } else { counter.saturating_sub(1) };
        }
    }
}

fn as_calico(object: &Object) -> Option<&CalicoPolicy> {
    match object {
        Object::CalicoPolicy(policy) if !policy.meta.is_terminating() => Some(policy),
        _ => None,
    }
}

fn as_cilium(object: &Object) -> Option<&CiliumPolicy> {
    match object {
        Object::CiliumPolicy(policy) if !policy.meta.is_terminating() => Some(policy),
        _ => None,
    }
}

/// Whether the facts about the cluster that are derived once rest on the object.
fn tells_facts(object: &Object) -> bool {
    match object {
        Object::ConfigMap(_) | Object::Node(_) | Object::Prometheus(_) | Object::ServiceCidr(_) => {
            true
        }
        Object::Workload(workload) => is_agent(workload),
        _ => false,
    }
}

/// Whether a view of a namespace holds objects of `kind`: those in it, and the Namespace itself.
fn is_in_a_namespace(kind: Kind) -> bool {
    kind == Kind::Namespace || kind.is_namespaced()
}

/// The namespace whose view holds the object: a Namespace lives in its own.
fn home(reference: &ObjectRef) -> &str {
    reference.namespace.as_deref().unwrap_or(&reference.name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(kind: Kind, value: &serde_json::Value) -> Object {
        Object::from_value(kind, value).unwrap()
    }

    fn pod(name: &str, address: &str) -> Object {
        object(
            Kind::Pod,
            &json!({"metadata": {"name": name, "namespace": "shop", "uid": name}, "status": {"podIPs": [{"ip": address}]}}),
        )
    }

    #[test]
    fn families_follow_the_objects_that_come_and_go() {
        let mut world = World::live();
        assert_eq!(world.families(), Families { v4: true, v6: false });
        world.put(pod("a", "fd00::1"));
        assert_eq!(world.families(), Families { v4: false, v6: true });
        world.put(pod("b", "10.0.0.1"));
        assert_eq!(world.families(), Families { v4: true, v6: true });
        world.put(pod("a", "10.0.0.2"));
        assert_eq!(world.families(), Families { v4: true, v6: false });
    }

    #[test]
    fn removing_what_came_gives_the_empty_world() {
        let mut world = World::live();
        let binding = json!({"metadata": {"name": "b", "namespace": "shop"},
            "subjects": [{"kind": "ServiceAccount", "name": "api"}, {"kind": "Group", "name": "system:serviceaccounts:tools"}]});
        let objects = [pod("a", "10.0.0.1"), object(Kind::RoleBinding, &binding)];
        for object in objects.clone() {
            world.put(object.clone());
            world.put(object);
        }
        assert!(world.is_bound("shop", "api") && world.is_bound("tools", "anyone"));
        assert!(!world.is_bound("shop", "other"));
        for object in &objects {
            world.remove(&object.reference());
        }
        assert_eq!(world, World::live());
    }

    #[test]
    fn namespaces_are_found_by_their_labels() {
        let namespace = |name: &str, team: &str| {
            object(Kind::Namespace, &json!({"metadata": {"name": name, "labels": {"team": team}}}))
        };
        let mut world = World::live();
        for (name, team) in [("a", "x"), ("b", "y"), ("a", "y"), ("c", "x")] {
            world.put(namespace(name, team));
        }
        world.remove(&namespace("c", "x").reference());
        world.put(pod("p", "10.0.0.1"));
        for (selector, names) in [
            (json!({"matchLabels": {"team": "y"}}), vec!["a", "b"]),
            (json!({"matchLabels": {"team": "x"}}), vec![]),
            (json!({"matchLabels": {"kubernetes.io/metadata.name": "shop"}}), vec!["shop"]),
            (json!({"matchLabels": {"kubernetes.io/metadata.name": "c"}}), vec![]),
            (
                json!({"matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]}),
                vec!["shop"],
            ),
            (json!({}), vec!["a", "b", "shop"]),
        ] {
            let selector: Selector = serde_json::from_value(selector).unwrap();
            let found: Vec<&str> =
                world.namespaces_matching(&selector).map(|view| view.name.as_str()).collect();
            assert_eq!(found, names, "{selector}");
        }
        assert!(world.has_namespace_label("team") && !world.has_namespace_label("tea"));
    }

    #[test]
    fn policies_are_found_by_the_labels_that_they_ask_namespaces_for() {
        let policy = |name: &str, key: &str| {
            let peer = json!({"namespaceSelector": {"matchExpressions": [{"key": key, "operator": "DoesNotExist"}]}});
            let spec = json!({"ingress": [{"from": [peer, peer]}], "egress": [{"to": [peer]}]});
            object(
                Kind::NetworkPolicy,
                &json!({"metadata": {"name": name, "namespace": "shop"}, "spec": spec}),
            )
        };
        let mut world = World::live();
        for (name, key) in [("a", "team"), ("b", "team"), ("c", "teams"), ("a", "stage")] {
            world.put(policy(name, key));
        }
        let asking = |world: &World, key: &str| -> Vec<String> {
            world.policies_asking(key).map(|policy| policy.meta.name.clone()).collect()
        };
        assert_eq!(asking(&world, "team"), ["b"]);
        assert_eq!(asking(&world, "stage"), ["a"]);
        assert_eq!(asking(&world, "tea"), [""; 0]);
        for name in ["a", "b", "c"] {
            world.remove(&policy(name, "").reference());
        }
        assert_eq!(world, World::live());
    }

    #[test]
    fn a_world_does_not_change_under_its_clone() {
        let mut world = World::live();
        world.put(pod("a", "10.0.0.1"));
        let before = world.clone();
        world.replace(Kind::Pod, "shop", vec![pod("b", "10.0.0.2")]);
        assert!(
            before.namespace("shop").unwrap().workloads.contains_key(&(Kind::Pod, "a".to_owned()))
        );
        assert!(
            !world.namespace("shop").unwrap().workloads.contains_key(&(Kind::Pod, "a".to_owned()))
        );
    }
}
