//! What was read, and how it enters a World.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::Need;
use crate::model::World;
use crate::object::{Kind, Object};

use super::super::Unreadable;

/// The answer to one need: all objects of some kinds in one namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// All objects by kind; a kind that is not here was not read.
    pub objects: BTreeMap<Kind, Vec<Object>>,
    /// The objects of those kinds that exist and cannot be read.
    pub unreadable: Vec<Unreadable>,
}

/// The answers to some needs.
#[derive(Clone, Debug, Default)]
pub struct Readings(BTreeMap<Need, Arc<Reading>>);

impl Readings {
    /// `world` with what was read in place of what it held; a namespace that was not found is removed. It is no longer old: what
    /// was asked for is all that the verdict rests on.
    #[must_use]
    pub fn apply(&self, world: &World) -> World {
        let mut world = world.clone().renewed();
        for (need, reading) in &self.0 {
            for (kind, objects) in &reading.objects {
                world.replace(*kind, namespace(need), objects.clone());
            }
        }
        world
    }

    /// The objects that exist and cannot be read: the World lacks them.
    pub fn unreadable(&self) -> impl Iterator<Item = &Unreadable> {
        self.0.values().flat_map(|reading| &reading.unreadable)
    }
}

impl FromIterator<(Need, Arc<Reading>)> for Readings {
    fn from_iter<I: IntoIterator<Item = (Need, Arc<Reading>)>>(readings: I) -> Self {
        Self(readings.into_iter().collect())
    }
}

fn namespace(need: &Need) -> &str {
    match need {
        Need::ClusterPolicies => "",
        Need::Namespace(name) | Need::Policies(name) | Need::Workloads(name) => name,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(kind: Kind, namespace: &str, name: &str) -> Object {
        let meta = json!({"metadata": {"name": name, "namespace": namespace, "uid": format!("{kind}{name}")}});
        Object::from_value(kind, &meta).unwrap()
    }

    fn readings(need: Need, lists: impl IntoIterator<Item = (Kind, Vec<Object>)>) -> Readings {
        let objects = lists.into_iter().collect();
        let reading = Reading { objects, unreadable: Vec::new() };
        [(need, Arc::new(reading))].into_iter().collect()
    }

    fn known() -> World {
        let mut world = World::live();
        world.put(object(Kind::Namespace, "", "shop"));
        world.put(object(Kind::NetworkPolicy, "shop", "old"));
        world.put(object(Kind::NetworkPolicy, "other", "old"));
        world.put(object(Kind::Pod, "shop", "old"));
        world.put(object(Kind::Job, "shop", "old"));
        world
    }

    #[test]
    fn a_list_replaces_what_the_world_held_of_these_kinds_in_this_namespace() {
        let new = object(Kind::NetworkPolicy, "shop", "new");
        let policies =
            readings(Need::Policies("shop".to_owned()), [(Kind::NetworkPolicy, vec![new.clone()])]);
        let mut expected = known();
        expected.remove(&object(Kind::NetworkPolicy, "shop", "old").reference());
        expected.put(new);
        assert_eq!(policies.apply(&known()), expected);
        assert_eq!(policies.apply(&known().old()), expected);

        let workloads = readings(
            Need::Workloads("shop".to_owned()),
            [(Kind::Pod, vec![]), (Kind::Job, vec![])],
        );
        let mut expected = known();
        expected.remove(&object(Kind::Pod, "shop", "old").reference());
        expected.remove(&object(Kind::Job, "shop", "old").reference());
        assert_eq!(workloads.apply(&known()), expected);
    }

    #[test]
    fn a_namespace_comes_and_goes_with_its_reading() {
        let shop = object(Kind::Namespace, "", "shop");
        let need = || Need::Namespace("shop".to_owned());
        let missing = readings(need(), [(Kind::Namespace, vec![])]).apply(&known());
        let view = missing.namespace("shop").unwrap();
        assert!(view.object.is_none() && view.policies.contains_key("old"));
        let found = readings(need(), [(Kind::Namespace, vec![shop])]).apply(&missing);
        assert_eq!(found, known());
    }
}
