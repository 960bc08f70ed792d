//! Which policies ask namespaces for a label: so that a change of a namespace's labels is held against a few policies and not
//! against all.

use imbl::OrdSet;

use crate::netpol::PolicySpec;
use crate::object::ObjectRef;

/// Policies by the keys that their `namespaceSelectors` ask for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct SelectorIndex(OrdSet<(String, ObjectRef)>);

impl SelectorIndex {
    /// The policy is there now.
    pub(super) fn insert(&mut self, policy: &ObjectRef, asked: Vec<String>) {
        for key in asked {
            self.0.insert((key, policy.clone()));
        }
    }

    /// The policy is there no more.
    pub(super) fn remove(&mut self, policy: &ObjectRef, asked: Vec<String>) {
        for key in asked {
            self.0.remove(&(key, policy.clone()));
        }
    }

    /// The policies with a `namespaceSelector` that asks for `key`, sorted.
    pub(super) fn asking(&self, key: &str) -> impl Iterator<Item = &ObjectRef> {
        let rest = self.0.range((key.to_owned(), ObjectRef::FIRST)..);
        rest.take_while(move |(found, _)| found == key).map(|(_, policy)| policy)
    }
}

/// The keys that the policy asks namespaces for, perhaps some of them twice.
pub(super) fn asked(spec: &PolicySpec) -> Vec<String> {
    let requirements = spec.namespace_selectors().flat_map(|selector| &selector.requirements);
    requirements.map(|requirement| requirement.key.clone()).collect()
}
