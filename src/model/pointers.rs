//! Which objects are about the pods of which namespace: so that a namespace finds who routes to it, scrapes it or calls it
//! without a search.

use imbl::OrdSet;

use crate::object::{MonitoredNamespaces, Object, ObjectRef};

use super::agents::is_agent;
use super::selector_index::{SelectorIndex, asked};

/// Objects by the namespace that they are about; `None` for those that are about all.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Pointers(OrdSet<(Option<String>, ObjectRef)>);

/// What the indices hold of one object.
pub(super) struct Entry {
    reference: ObjectRef,
    targets: Vec<Option<String>>,
    is_agent: bool,
    asked: Vec<String>,
}

impl Entry {
    pub(super) fn of(object: &Object) -> Self {
        let is_agent = match object {
            Object::Prometheus(_) => true,
            Object::Workload(workload) => is_agent(workload),
            _ => false,
        };
        let asked = match object {
            Object::CalicoPolicy(policy) => {
                policy.placed().namespace_keys().map(str::to_owned).collect()
            }
            Object::CiliumPolicy(policy) => {
                policy.specs.namespace_keys().map(str::to_owned).collect()
            }
            Object::Policy(policy) => asked(&policy.spec),
            _ => Vec::new(),
        };
        Self { reference: object.reference(), targets: targets(object), is_agent, asked }
    }

    /// The object came.
    pub(super) fn put(
        self,
        pointers: &mut Pointers,
        agents: &mut OrdSet<ObjectRef>,
        asking: &mut SelectorIndex,
    ) {
        asking.insert(&self.reference, self.asked);
        for target in self.targets {
            pointers.0.insert((target, self.reference.clone()));
        }
        if self.is_agent {
            agents.insert(self.reference);
        }
    }

    /// The object went.
    pub(super) fn remove(
        self,
        pointers: &mut Pointers,
        agents: &mut OrdSet<ObjectRef>,
        asking: &mut SelectorIndex,
    ) {
        asking.remove(&self.reference, self.asked);
        for target in self.targets {
            pointers.0.remove(&(target, self.reference.clone()));
        }
        agents.remove(&self.reference);
    }
}

impl Pointers {
    /// The objects that are about `namespace`, sorted; first those that are about all namespaces.
    pub(super) fn to(&self, namespace: &str) -> impl Iterator<Item = &ObjectRef> {
        [None, Some(namespace.to_owned())].into_iter().flat_map(|target| self.of(target))
    }

    fn of(&self, target: Option<String>) -> impl Iterator<Item = &ObjectRef> {
        let start = (target.clone(), ObjectRef::FIRST);
        let entries = self.0.range(start..);
        entries.take_while(move |(found, _)| *found == target).map(|(_, reference)| reference)
    }
}

/// The namespaces that the object is about, with repetitions.
fn targets(object: &Object) -> Vec<Option<String>> {
    let home = || object.meta().namespace.clone();
    match object {
        Object::Route(route) => {
            let backends = route.backends.iter();
            backends.map(|backend| Some(backend.namespace.clone().unwrap_or_else(home))).collect()
        }
        Object::Monitor(monitor) => match &monitor.namespaces {
            MonitoredNamespaces::Any => vec![None],
            MonitoredNamespaces::Named(names) => names.iter().cloned().map(Some).collect(),
            MonitoredNamespaces::Own => vec![Some(home())],
        },
        Object::Callback(callback) => {
            callback.calls.iter().map(|call| Some(call.namespace.clone())).collect()
        }
        Object::CustomResourceDefinition(definition) => {
            let call = definition.conversion.iter();
            call.map(|call| Some(call.namespace.clone())).collect()
        }
        _ => Vec::new(),
    }
}
