//! The state that some files lead to, once everything in them has arrived.

use serde_json::{Value, json};

use crate::facts;
use crate::manifest::Gathered;
use crate::model::{Declaration, Governance, Settings, World};
use crate::netpol::Direction;
use crate::object::{Kind, Namespace, Object};

/// The World of the objects in `gathered` and of the facts that are stated, with the policies that the controller would create in managed namespaces.
pub fn world(gathered: &Gathered, settings: &Settings) -> World {
    let objects = gathered.objects.values().map(|located| &located.object);
    let mut world = facts::world(&settings.facts, objects.cloned());
    let namespaces = world.namespaces().filter_map(|view| view.object.as_deref());
    let created: Vec<Object> =
        namespaces.flat_map(|namespace| created(namespace, settings)).collect();
    for policy in created {
        world.put(policy);
    }
    world
}

fn created(namespace: &Namespace, settings: &Settings) -> Vec<Object> {
    let name = &namespace.meta.name;
    let governance = Governance::of(settings, name, &namespace.meta.labels);
    if !settings.controller.enabled || governance.declaration != Declaration::Managed {
        return Vec::new();
    }
    let types: Vec<&str> = [(Direction::Ingress, "Ingress"), (Direction::Egress, "Egress")]
        .into_iter()
        .filter(|(direction, _)| governance.severity(*direction).is_some())
        .map(|(_, name)| name)
        .collect();
    let spec = json!({"podSelector": {}, "policyTypes": types});
    let default_deny = (!types.is_empty()).then(
        || json!({"kind": "NetworkPolicy", "metadata": {"name": "default-deny"}, "spec": spec}),
    );
    default_deny
        .into_iter()
        .chain(settings.controller.templates.iter().cloned())
        .filter(|template| template["kind"] == "NetworkPolicy")
        .filter_map(|template| policy(template, name))
        .collect()
}

/// The policy under a name that no file can give to another.
fn policy(mut template: Value, namespace: &str) -> Option<Object> {
    let name = template["metadata"]["name"].as_str().unwrap_or_default();
    template["metadata"] = json!({"name": format!("{name} (managed)"), "namespace": namespace});
    Object::from_value(Kind::NetworkPolicy, &template).ok()
}
