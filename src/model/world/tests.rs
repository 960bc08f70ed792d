use serde_json::json;

use crate::netpol::{Families, Selector};
use crate::object::{Kind, Object};

use super::World;

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
        (json!({"matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]}), vec!["shop"]),
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
    assert!(before.namespace("shop").unwrap().workloads.contains_key(&(Kind::Pod, "a".to_owned())));
    assert!(!world.namespace("shop").unwrap().workloads.contains_key(&(Kind::Pod, "a".to_owned())));
}
