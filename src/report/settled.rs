//! The state that some files lead to, once everything in them has arrived.

use crate::facts;
use crate::manifest::Gathered;
use crate::model::{Declaration, Governance, NamespaceView, Settings, World};
use crate::object::{Kind, Object};
use crate::provision::{DesiredPolicy, desired};

/// The World of the objects in `gathered` and of the facts that are stated, with the policies that the controller would create in managed namespaces.
pub fn world(gathered: &Gathered, settings: &Settings) -> World {
    let objects = gathered.objects.values().map(|located| &located.object);
    let mut world = facts::world(&settings.facts, objects.cloned());
    let created: Vec<Object> =
        world.namespaces().flat_map(|view| created(view, &world, settings)).collect();
    for policy in created {
        world.put(policy);
    }
    world
}

fn created(view: &NamespaceView, world: &World, settings: &Settings) -> Vec<Object> {
    let governance = Governance::of(settings, &view.name, &view.labels());
    if !settings.controller.enabled || governance.declaration != Declaration::Managed {
        return Vec::new();
    }
    let policies = desired(settings, world, view).policies.into_iter();
    let read = |policy: DesiredPolicy| {
        Object::from_value(Kind::NetworkPolicy, &policy.managed(&view.name)).ok()
    };
    policies.filter_map(read).collect()
}
