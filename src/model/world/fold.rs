//! Objects that come to a World and leave it, with everything that is counted of them.

use std::sync::Arc;

use ipnet::IpNet;

use crate::netpol::AddressSet;
use crate::object::{Kind, Object, ObjectRef, Subject};

use super::super::NamespaceView;
use super::super::agents::is_agent;
use super::super::pointers::Entry;
use super::World;

impl World {
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

    /// Replaces all objects of a `kind` of Calico's sets, wherever they are, by `objects`.
    pub fn replace_sets(&mut self, kind: Kind, objects: Vec<Object>) {
        let in_namespaces = self.network_sets().chain(self.cluster_objects(kind));
        let known = in_namespaces.map(Object::reference).filter(|known| known.kind == kind);
        for known in known.collect::<Vec<_>>() {
            self.remove(&known);
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
