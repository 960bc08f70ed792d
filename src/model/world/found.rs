//! Single objects of a World, found by their reference.

use crate::object::{Kind, Meta, Object, ObjectRef};

use super::World;

impl World {
    /// The metadata of the object, when it is known.
    pub fn meta(&self, reference: &ObjectRef) -> Option<&Meta> {
        if reference.kind == Kind::Namespace {
            return Some(&self.namespace(&reference.name)?.object.as_ref()?.meta);
        }
        let Some(namespace) = &reference.namespace else {
            return self.other(reference).map(Object::meta);
        };
        let view = self.namespace(namespace)?;
        let name = &reference.name;
        match reference.kind {
            Kind::NetworkPolicy => Some(&view.policies.get(name)?.meta),
            Kind::Service => Some(&view.services.get(name)?.meta),
            Kind::EndpointSlice => Some(&view.endpoint_slices.get(name)?.meta),
            Kind::ServiceAccount => Some(&view.service_accounts.get(name)?.meta),
            kind if kind.is_workload() => Some(&view.workloads.get(&(kind, name.clone()))?.meta),
            kind => view.other(kind, name).map(Object::meta),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::sample::{live, one};

    #[test]
    fn every_object_is_found_by_its_reference() {
        for object in [
            "{apiVersion: v1, kind: Namespace, metadata: {name: a, uid: u}}",
            "{apiVersion: v1, kind: Node, metadata: {name: a, uid: u}}",
            "{apiVersion: v1, kind: Service, metadata: {name: a, namespace: b, uid: u}}",
            "{apiVersion: v1, kind: ServiceAccount, metadata: {name: a, namespace: b, uid: u}}",
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: a, namespace: b, uid: u}}",
            "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a, namespace: b, uid: u}, spec: {podSelector: {}}}",
            "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: a, namespace: b, uid: u}}",
            "{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: b, uid: u}, spec: {containers: []}}",
        ] {
            let reference = one(object).reference();
            let world = live(object);
            assert_eq!(world.meta(&reference).map(|meta| meta.uid.as_str()), Some("u"), "{object}");
            assert!(live("").meta(&reference).is_none());
        }
    }
}
