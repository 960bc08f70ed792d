//! The model agrees with a naive evaluator, pod pair by pod pair, on random clusters.

mod calico;
pub(crate) mod cluster;
mod naive;
mod naive_tiers;
pub(crate) mod of_cilium;
mod tiered;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::Value;

use crate::connections::{
    Connection, Connections, Party, between, classes, connections, difference, network,
};
use crate::model::{Settings, World};
use crate::netpol::{Decided, End, Network, Protocol};
use crate::object::{Kind, ObjectRef};
use crate::sample::object;

use self::cluster::{Cluster, clusters};

/// The ports that random policies tell apart, and some beside them.
const PORTS: [u16; 7] = [1, 53, 80, 81, 443, 8080, 65535];

/// Addresses that random blocks tell apart; none is a pod's.
const OUTSIDE: [&str; 5] = ["10.200.0.1", "10.0.1.200", "192.0.2.1", "203.0.113.7", "0.0.0.0"];

/// How many random clusters are tried: many at night.
fn cases() -> u32 {
    if std::env::var_os("PORTCULLIS_NIGHTLY").is_some() { 100_000 } else { 2_000 }
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() }
}

fn model(cluster: &Cluster) -> Connections {
    model_of(&cluster.documents())
}

fn model_of(documents: &[Value]) -> Connections {
    let world = World::from_objects(documents.iter().map(object));
    connections(&world, &network(&world, &Settings::default()))
}

fn pod(namespace: &str, name: &str) -> ObjectRef {
    ObjectRef { kind: Kind::Pod, namespace: Some(namespace.to_owned()), name: name.to_owned() }
}

/// Every pair of classes is decided alike by index and by itself.
fn found_alone_as_together(
    world: &World,
    network: &Network,
    shown: &dyn fmt::Display,
) -> Result<(), TestCaseError> {
    let model: Vec<Connection> = connections(world, network).iter().collect();
    let classes = classes(world);
    for (from, to) in classes.iter().flat_map(|from| classes.iter().map(move |to| (from, to))) {
        let alone = between(world, network, &End::Pod(from.end()), &End::Pod(to.end()));
        let targets = |one| to.workloads.iter().map(move |other| (one, other));
        for (source, target) in from.workloads.iter().flat_map(targets) {
            let is_pair = |one: &&Connection| {
                one.from == Party::Workload(source.clone())
                    && one.to == Party::Workload(target.clone())
            };
            let found = model.iter().find(is_pair);
            let found = found.map(|one| one.decided.as_ref().clone()).unwrap_or_default();
            let expected = if source == target { Decided::default() } else { alone.clone() };
            prop_assert_eq!(found, expected, "{} to {} in\n{}", source, target, shown);
        }
    }
    Ok(())
}

/// What the model says about a pair.
fn decided(model: &[Connection], from: &naive::End<'_>, to: &naive::End<'_>) -> Arc<Decided> {
    let is = |party: &Party, end: &naive::End<'_>| match (party, end) {
        (Party::Workload(reference), naive::End::Pod(one)) => {
            *reference == pod(one.namespace(), one.name())
        }
        (Party::Addresses(addresses), naive::End::Address(address)) => addresses.contains(*address),
        _ => false,
    };
    let mut found = model.iter().filter(|one| is(&one.from, from) && is(&one.to, to));
    let decided = found.next().map(|connection| connection.decided.clone()).unwrap_or_default();
    assert!(found.next().is_none(), "two answers for one pair");
    decided
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_model_agrees_with_the_naive_evaluator(cluster in clusters()) {
        let model: Vec<Connection> = model(&cluster).iter().collect();
        let pods = || cluster.pods().map(naive::End::Pod);
        let outside = || OUTSIDE.iter().map(|text| naive::End::Address(text.parse::<IpAddr>().unwrap()));
        for from in pods().chain(outside()) {
            for to in pods().chain(outside()) {
                if from.is_same(&to) || from.is_outside() && to.is_outside() {
                    continue;
                }
                let decided = decided(&model, &from, &to);
                prop_assert!(decided.unknown.is_empty(), "{from} to {to} is unknown in\n{cluster}");
                for (protocol, port) in Protocol::ALL.into_iter().flat_map(|protocol| PORTS.map(|port| (protocol, port))) {
                    let expected = naive::allowed(&cluster, &from, &to, protocol, port);
                    let found = decided.allowed.contains(protocol, port);
                    prop_assert_eq!(found, expected, "{} to {} on {}/{} in\n{}", from, to, port, protocol, cluster);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_found_together_is_found_alone(mut cluster in clusters(), unaddressed in 0..16_usize) {
        for (index, pod) in cluster.pods.iter_mut().enumerate() {
            if unaddressed >> index & 1 == 1 {
                pod["status"] = Value::Null;
            }
        }
        let world = World::from_objects(cluster.documents().iter().map(object));
        let network = network(&world, &Settings::default());
        found_alone_as_together(&world, &network, &cluster)?;
    }

    #[test]
    fn nothing_changes_between_a_cluster_and_itself(cluster in clusters()) {
        let model = model(&cluster);
        prop_assert!(difference(&model, &model).is_empty());
    }

    #[test]
    fn a_change_undone_closes_what_it_opened(one in clusters(), other in clusters()) {
        let (one, other) = (model(&one), model(&other));
        let (there, back) = (difference(&one, &other), difference(&other, &one));
        prop_assert_eq!(there.opened, back.closed);
        prop_assert_eq!(there.closed, back.opened);
    }
}
