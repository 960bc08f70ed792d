//! One namespace of a World.

use std::sync::Arc;

use imbl::OrdMap;

use crate::netpol::{Labels, PolicySpec};
use crate::object::{
    EndpointSlice, Kind, Namespace, Object, Policy, Service, ServiceAccount, Workload,
};

/// Everything known about one namespace. Cloning is cheap: the maps are persistent and share their content.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NamespaceView {
    /// Its name.
    pub name: String,
    /// The Namespace object; `None` when objects of it are known, but not the namespace itself.
    pub object: Option<Arc<Namespace>>,
    /// Its policies by name, terminating ones too.
    pub policies: OrdMap<String, Arc<Policy>>,
    /// Its workloads by kind and name, Pods too.
    pub workloads: OrdMap<(Kind, String), Arc<Workload>>,
    /// Workloads by UID: what an owner reference points at.
    pub workload_uids: OrdMap<String, (Kind, String)>,
    /// Its Services.
    pub services: OrdMap<String, Arc<Service>>,
    /// Its EndpointSlices.
    pub endpoint_slices: OrdMap<String, Arc<EndpointSlice>>,
    /// Its service accounts.
    pub service_accounts: OrdMap<String, Arc<ServiceAccount>>,
    /// Everything else in it, by kind and name.
    others: OrdMap<(Kind, String), Arc<Object>>,
}

impl NamespaceView {
    /// An empty view of the namespace `name`.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Whether nothing is known about it any more.
    pub fn is_empty(&self) -> bool {
        self.object.is_none()
            && self.policies.is_empty()
            && self.workloads.is_empty()
            && self.services.is_empty()
            && self.endpoint_slices.is_empty()
            && self.service_accounts.is_empty()
            && self.others.is_empty()
    }

    /// The objects of a `kind` that has no map of its own, by name.
    pub fn others(&self, kind: Kind) -> impl Iterator<Item = &Object> {
        let objects = self.others.range((kind, String::new())..);
        objects.take_while(move |(key, _)| key.0 == kind).map(|(_, object)| object.as_ref())
    }

    /// The objects of all kinds that have no map of their own, by kind and name.
    pub(super) fn all_others(&self) -> impl Iterator<Item = &Object> {
        self.others.values().map(AsRef::as_ref)
    }

    /// The object of a `kind` that has no map of its own.
    pub(super) fn other(&self, kind: Kind, name: &str) -> Option<&Object> {
        self.others.get(&(kind, name.to_owned())).map(AsRef::as_ref)
    }

    /// The namespace's labels; `kubernetes.io/metadata.name` alone when its object is unknown.
    pub fn labels(&self) -> Labels {
        match &self.object {
            Some(namespace) => namespace.meta.labels.clone(),
            None => [("kubernetes.io/metadata.name", self.name.as_str())].into_iter().collect(),
        }
    }

    /// Whether the namespace is being deleted.
    pub fn is_terminating(&self) -> bool {
        self.object.as_ref().is_some_and(|namespace| namespace.meta.is_terminating())
    }

    /// The policies that protect, by name: those that are not being deleted.
    pub fn effective_policies(&self) -> impl Iterator<Item = &Policy> {
        self.policies.values().map(AsRef::as_ref).filter(|policy| !policy.meta.is_terminating())
    }

    /// The specs of the policies that protect, by name.
    pub fn specs(&self) -> Vec<&PolicySpec> {
        self.effective_policies().map(|policy| &policy.spec).collect()
    }

    /// Inserts or replaces `object`, and returns what it replaced.
    pub(super) fn put(&mut self, object: Object) -> Option<Object> {
        let name = object.meta().name.clone();
        match object {
            Object::Namespace(namespace) => {
                self.object.replace(Arc::new(namespace)).map(|old| Object::Namespace(take(old)))
            }
            Object::Policy(policy) => {
                self.policies.insert(name, Arc::new(policy)).map(|old| Object::Policy(take(old)))
            }
            Object::Service(service) => {
                self.services.insert(name, Arc::new(service)).map(|old| Object::Service(take(old)))
            }
            Object::EndpointSlice(slice) => self
                .endpoint_slices
                .insert(name, Arc::new(slice))
                .map(|old| Object::EndpointSlice(take(old))),
            Object::ServiceAccount(account) => self
                .service_accounts
                .insert(name, Arc::new(account))
                .map(|old| Object::ServiceAccount(take(old))),
            Object::Workload(workload) => {
                let old = self.remove_workload(workload.kind, &name);
                let key = (workload.kind, name);
                if !workload.meta.uid.is_empty() {
                    self.workload_uids.insert(workload.meta.uid.clone(), key.clone());
                }
                self.workloads.insert(key, Arc::new(workload));
                old
            }
            object => {
                let key = (object.kind(), name);
                self.others.insert(key, Arc::new(object)).map(take)
            }
        }
    }

    /// Removes the object of `kind` named `name`, and returns it.
    pub(super) fn remove(&mut self, kind: Kind, name: &str) -> Option<Object> {
        match kind {
            Kind::Namespace => self.object.take().map(|old| Object::Namespace(take(old))),
            Kind::NetworkPolicy => self.policies.remove(name).map(|old| Object::Policy(take(old))),
            Kind::Service => self.services.remove(name).map(|old| Object::Service(take(old))),
            Kind::EndpointSlice => {
                self.endpoint_slices.remove(name).map(|old| Object::EndpointSlice(take(old)))
            }
            Kind::ServiceAccount => {
                self.service_accounts.remove(name).map(|old| Object::ServiceAccount(take(old)))
            }
            kind if kind.is_workload() => self.remove_workload(kind, name),
            kind => self.others.remove(&(kind, name.to_owned())).map(take),
        }
    }

    fn remove_workload(&mut self, kind: Kind, name: &str) -> Option<Object> {
        let old = self.workloads.remove(&(kind, name.to_owned()))?;
        self.workload_uids.remove(&old.meta.uid);
        Some(Object::Workload(take(old)))
    }
}

fn take<T: Clone>(shared: Arc<T>) -> T {
    Arc::unwrap_or_clone(shared)
}
