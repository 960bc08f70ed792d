//! What is found in proportion is what a comparison of the whole clusters finds, on random clusters.

use std::collections::BTreeMap;
use std::net::IpAddr;

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use super::{Shift, States, TooMuch, Work, effect_of_labels, effect_of_policy};
use crate::connections::laws::cluster::{Cluster, clusters};
use crate::connections::laws::of_cilium::documents;
use crate::connections::{Connections, Party, connections, network};
use crate::model::{Settings, World};
use crate::netpol::cilium::laws::strategies::policies;
use crate::netpol::{Decided, PortSets};
use crate::object::{Object, ObjectRef};
use crate::sample::object;

/// Some Pods belong to a StatefulSet of their namespace, and the addresses of some are not known.
fn owned(mut cluster: Cluster, members: usize, unaddressed: usize) -> Cluster {
    for (index, pod) in cluster.pods.iter_mut().enumerate() {
        if members >> index & 1 == 1 {
            let uid = pod["metadata"]["namespace"].clone();
            let owner = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "s", "uid": uid, "controller": true});
            pod["metadata"]["ownerReferences"] = json!([owner]);
        }
        if unaddressed >> index & 1 == 1 {
            pod["status"] = Value::Null;
        }
    }
    for namespace in ["app", "data", "ops"] {
        cluster.pods.push(json!({"apiVersion": "apps/v1", "kind": "StatefulSet",
            "metadata": {"name": "s", "namespace": namespace, "uid": namespace},
            "spec": {"template": {"metadata": {"labels": {"a": "x"}}}}}));
    }
    cluster
}

fn any_cluster() -> impl Strategy<Value = Cluster> {
    let cilium = prop::option::weighted(0.3, policies(true));
    (clusters(), 0..16_usize, 0..16_usize, cilium).prop_map(
        |(mut cluster, few, unaddressed, cilium)| {
            cluster.tiered.extend(documents(&cilium.unwrap_or_default()));
            owned(cluster, few, unaddressed & few)
        },
    )
}

fn live(documents: &[Value]) -> World {
    let mut world = World::live();
    documents.iter().map(object).for_each(|object| world.put(object));
    world
}

/// The World without the policy, with it, or with another in its place.
fn put(world: &World, policy: &Object, is_there: bool) -> World {
    let mut world = world.clone();
    world.remove(&policy.reference());
    if is_there {
        world.put(policy.clone());
    }
    world
}

/// What the models of whole clusters say about the pairs with a touched end: opened and closed.
type Pairs = BTreeMap<(Party, Party), [PortSets; 2]>;

fn between_workloads(connections: &Connections) -> BTreeMap<(Party, Party), Decided> {
    let pairs = connections
        .iter()
        .filter(|one| matches!((&one.from, &one.to), (Party::Workload(_), Party::Workload(_))));
    pairs.map(|one| ((one.from, one.to), one.decided.as_ref().clone())).collect()
}

fn expected(before: &Connections, after: &Connections, touched: &[ObjectRef]) -> Pairs {
    let (before, after) = (between_workloads(before), between_workloads(after));
    let nothing = Decided::default();
    let is_touched =
        |party: &Party| touched.iter().any(|one| *party == Party::Workload(one.clone()));
    let mut pairs = Pairs::new();
    for pair in before.keys().chain(after.keys()) {
        let (old, new) =
            (before.get(pair).unwrap_or(&nothing), after.get(pair).unwrap_or(&nothing));
        let found = [new.surely_beyond(old), old.surely_beyond(new)];
        if (is_touched(&pair.0) || is_touched(&pair.1))
            && found.iter().any(|ports| !ports.is_empty())
        {
            pairs.insert(pair.clone(), found);
        }
    }
    pairs
}

fn found(shifts: &[Shift]) -> Pairs {
    let between = shifts.iter().filter(|shift| {
        matches!((&shift.from, &shift.to), (Party::Workload(_), Party::Workload(_)))
    });
    let mut pairs = Pairs::new();
    for shift in between {
        let pair = (shift.from.clone(), shift.to.clone());
        let old = pairs.insert(pair, [shift.opened.clone(), shift.closed.clone()]);
        assert!(old.is_none(), "twice: {shift:?}");
    }
    pairs
}

/// What is decided about one address and one workload, from outside or to there.
fn at(connections: &Connections, address: IpAddr, workload: &ObjectRef, inwards: bool) -> Decided {
    let is_it = |outside: &Party, inside: &Party| {
        *inside == Party::Workload(workload.clone())
            && matches!(outside, Party::Addresses(addresses) if addresses.contains(address))
    };
    let mut all = connections.iter();
    let found =
        all.find(|one| if inwards { is_it(&one.from, &one.to) } else { is_it(&one.to, &one.from) });
    found.map(|one| one.decided.as_ref().clone()).unwrap_or_default()
}

/// The same of shifts: opened and closed.
fn shifted(
    shifts: &[Shift],
    address: IpAddr,
    workload: &ObjectRef,
    inwards: bool,
) -> [PortSets; 2] {
    let mut sum = [PortSets::default(), PortSets::default()];
    for shift in shifts {
        let (outside, inside) =
            if inwards { (&shift.from, &shift.to) } else { (&shift.to, &shift.from) };
        let is_it = *inside == Party::Workload(workload.clone())
            && matches!(outside, Party::Addresses(addresses) if addresses.contains(address));
        if is_it {
            sum = [sum[0].union(&shift.opened), sum[1].union(&shift.closed)];
        }
    }
    sum
}

/// The addresses at which the answers can change.
fn edges(all: [&Connections; 2]) -> Vec<IpAddr> {
    let parties = all.into_iter().flat_map(Connections::iter).flat_map(|one| [one.from, one.to]);
    parties
        .filter_map(|party| match party {
            Party::Addresses(addresses) => Some(addresses.edges()),
            Party::Workload(_) => None,
        })
        .flatten()
        .collect()
}

/// The workloads that the policy selects, by the pods that stand for them.
fn touched(world: &World, policies: &[&Object]) -> Vec<ObjectRef> {
    let mut touched = Vec::new();
    for policy in policies {
        let Object::Policy(policy) = policy else { continue };
        let Some(view) = world.namespace(&policy.meta.namespace) else { continue };
        for (pod, head) in crate::connections::class::pods(view) {
            if pod.is_governed() && policy.spec.selector.matches(&pod.template.labels) {
                touched.push(head.reference());
            }
        }
    }
    touched
}

/// Two states that differ in one policy: written, deleted, or replaced by the spec of another.
fn states(
    cluster: &Cluster,
    which: Index,
    other: Index,
    kind: usize,
) -> (World, World, [Object; 2]) {
    let (old, mut new) =
        (which.get(&cluster.policies).clone(), other.get(&cluster.policies).clone());
    new["metadata"] = old["metadata"].clone();
    let (old, new) = (object(&old), object(&new));
    let world = live(&cluster.documents());
    let states = match kind {
        0 => (put(&world, &old, true), put(&world, &old, false)),
        1 => (put(&world, &old, false), put(&world, &old, true)),
        _ => (put(&world, &old, true), put(&world, &new, true)),
    };
    (states.0, states.1, [old, new])
}

fn effect(before: &World, after: &World, policy: &Object) -> Vec<Shift> {
    let network = network(after, &Settings::default());
    let states = States { before, after, network: &network };
    let mut work = Work::ENDLESS;
    effect_of_policy(states, &policy.meta().namespace, &policy.meta().name, &mut work).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_effect_is_the_difference_of_the_touched(cluster in any_cluster(), which: Index, other: Index, kind in 0..3_usize) {
        prop_assume!(!cluster.policies.is_empty());
        let (before, after, policies) = states(&cluster, which, other, kind);
        let shifts = effect(&before, &after, &policies[0]);
        let network = network(&after, &Settings::default());
        let (old, new) = (connections(&before, &network), connections(&after, &network));
        let written: Vec<&Object> = policies.iter().take(if kind == 2 { 2 } else { 1 }).collect();
        let touched = touched(&after, &written);
        prop_assert_eq!(found(&shifts), expected(&old, &new, &touched), "in\n{}", cluster);
        for address in edges([&old, &new]) {
            for (workload, inwards) in touched.iter().flat_map(|one| [(one, true), (one, false)]) {
                let (was, is) = (at(&old, address, workload, inwards), at(&new, address, workload, inwards));
                let expected = [is.surely_beyond(&was), was.surely_beyond(&is)];
                prop_assert_eq!(shifted(&shifts, address, workload, inwards), expected, "{} {} in\n{}", address, workload, cluster);
            }
        }
    }

    #[test]
    fn the_effect_of_labels_is_the_whole_difference(cluster in any_cluster(), which in 0..3_usize, other in 0..3_usize) {
        let before = live(&cluster.documents());
        let mut changed = cluster.namespaces[which].clone();
        changed["metadata"]["labels"] = cluster.namespaces[other]["metadata"]["labels"].clone();
        let mut after = before.clone();
        after.put(object(&changed));
        let name = changed["metadata"]["name"].as_str().unwrap();
        let network = network(&after, &Settings::default());
        let states = States { before: &before, after: &after, network: &network };
        let mut work = Work::ENDLESS;
        // Policies of the tiers that ask for the labels can be about everybody.
        let Ok(shifts) = effect_of_labels(states, name, &mut work) else { return Ok(()) };
        let (old, new) = (connections(&before, &network), connections(&after, &network));
        let all: Vec<ObjectRef> = before.namespaces().flat_map(crate::connections::class::pods).map(|(_, head)| head.reference()).collect();
        prop_assert_eq!(found(&shifts), expected(&old, &new, &all), "{} in\n{}", changed, cluster);
    }

    #[test]
    fn the_way_back_closes_what_was_opened(cluster in any_cluster(), which: Index, other: Index, kind in 0..3_usize) {
        prop_assume!(!cluster.policies.is_empty());
        let (before, after, policies) = states(&cluster, which, other, kind);
        let swapped = |mut shift: Shift| {
            std::mem::swap(&mut shift.opened, &mut shift.closed);
            shift
        };
        let sorted = |mut shifts: Vec<Shift>| {
            shifts.sort_by_key(|shift| (shift.direction, shift.from.clone(), shift.to.clone(), shift.opened.is_empty()));
            shifts
        };
        let there = effect(&before, &after, &policies[0]);
        let back = effect(&after, &before, &policies[0]).into_iter().map(swapped).collect();
        prop_assert_eq!(sorted(there), sorted(back));
    }
}

/// A policy that names its peers is compared with them alone, however large the cluster is; one that names nobody in particular
/// with everybody, as long as the work lasts.
#[test]
fn the_work_is_in_proportion_to_those_that_are_named() {
    let deployment = |namespace: usize| {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "namespace": format!("n{namespace}")},
            "spec": {"template": {"metadata": {"labels": {"app": "d"}}}}})
    };
    let policy = |ingress: Value| {
        object(
            &json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "p", "namespace": "n0"},
            "spec": {"policyTypes": ["Ingress"], "ingress": ingress}}),
        )
    };
    let namespace = json!({"matchLabels": {"kubernetes.io/metadata.name": "n1"}});
    let (none, named) =
        (policy(json!([])), policy(json!([{"from": [{"namespaceSelector": namespace}]}])));
    let spent = |size: usize, mut work: Work, before: Option<&Object>| {
        let mut world = live(&(0..size).map(deployment).collect::<Vec<_>>());
        let after = put(&world, &named, true);
        before.cloned().into_iter().for_each(|policy| world.put(policy));
        let (all, network) = (work.left(), network(&after, &Settings::default()));
        let states = States { before: &world, after: &after, network: &network };
        effect_of_policy(states, "n0", "p", &mut work)
            .map(|shifts| (shifts.len(), all - work.left()))
    };
    let enough = Work::steps(100);
    assert_eq!(spent(2, enough, Some(&none)), spent(200, enough, Some(&none)));
    assert_eq!(spent(2, enough, Some(&none)).unwrap().0, 1);
    assert_eq!(spent(200, enough, None), Err(TooMuch));
    assert_eq!(spent(200, Work::ENDLESS, None).unwrap().0, 200);
}
