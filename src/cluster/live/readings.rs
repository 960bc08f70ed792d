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
    /// was asked for is all that the verdict rests on; unless the namespaces were, which tell what else is to be asked for.
    #[must_use]
    pub fn apply(&self, world: &World) -> World {
        let is_first = self.0.contains_key(&Need::Namespaces);
        let mut world = if is_first { world.clone() } else { world.clone().renewed() };
        for (need, reading) in &self.0 {
            for (kind, objects) in &reading.objects {
                if *need == Need::Namespaces {
                    let is_gone = |name: &String| !objects.iter().any(|it| it.meta().name == *name);
                    let known = world.namespaces().map(|view| view.name.clone());
                    for name in known.filter(is_gone).collect::<Vec<_>>() {
                        world.replace(*kind, &name, Vec::new());
                    }
                    for object in objects {
                        world.put(object.clone());
                    }
                } else if *need == Need::Sets {
                    world.replace_sets(*kind, objects.clone());
                } else {
                    world.replace(*kind, namespace(need), objects.clone());
                }
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
        Need::ClusterPolicies | Need::Namespaces | Need::Sets => "",
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

    #[test]
    fn sets_come_and_go_wherever_they_are() {
        let (here, there) =
            (object(Kind::NetworkSet, "shop", "a"), object(Kind::NetworkSet, "other", "b"));
        let global = object(Kind::GlobalNetworkSet, "", "a");
        let mut world = known();
        world.put(here);
        world.put(global.clone());
        let lists = [(Kind::NetworkSet, vec![there.clone()]), (Kind::HostEndpoint, vec![])];
        let read = readings(Need::Sets, lists);
        let mut expected = known();
        expected.put(there);
        expected.put(global);
        assert_eq!(read.apply(&world), expected);
    }

    #[test]
    fn all_namespaces_come_and_go_together_and_the_rest_stays_old() {
        let late = object(Kind::Namespace, "", "late");
        let read = readings(Need::Namespaces, [(Kind::Namespace, vec![late.clone()])]);
        let mut expected = known().old();
        expected.remove(&object(Kind::Namespace, "", "shop").reference());
        expected.put(late);
        let first = read.apply(&known().old());
        assert_eq!(first, expected);
        assert!(first.is_old());
        let rest = readings(Need::Workloads("late".to_owned()), [(Kind::Pod, vec![])]);
        assert!(!rest.apply(&first).is_old());
    }
}
