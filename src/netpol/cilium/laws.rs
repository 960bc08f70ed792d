//! Cilium's policies agree with a naive evaluator, pair by pair, on random policies.

mod naive;
pub(crate) mod strategies;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::fixtures::{Pod, addresses, decided};
use super::{Placed, Specs};
use crate::netpol::{AddressSet, ContainerPort, Decided, Direction, End, Network, Protocol};

use self::naive::{Guess, Identity};
use self::strategies::{policies, subject_selectors};

/// The ports that random policies tell apart, and one beside them.
const PORTS: [u16; 4] = [53, 80, 8080, 9999];

/// Addresses that random blocks tell apart.
const OUTSIDE: [&str; 4] = ["10.0.0.1", "10.1.0.1", "203.0.113.7", "192.0.2.1"];

fn config() -> ProptestConfig {
    let is_night = std::env::var_os("PORTCULLIS_NIGHTLY").is_some();
    let cases = if is_night { 100_000 } else { 2_000 };
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// A policy as a document, and its namespace.
pub(crate) type Document = (Option<&'static str>, Value);

fn read(documents: &[Document]) -> Vec<(Option<&'static str>, Specs)> {
    documents.iter().map(|(home, spec)| (*home, Specs::read(Some(spec), None))).collect()
}

fn placed<'a>(
    policies: &'a [(Option<&'static str>, Specs)],
) -> impl Iterator<Item = Placed<'a>> + use<'a> {
    policies.iter().map(|(home, specs)| Placed { home: *home, specs })
}

fn pods() -> Vec<Pod> {
    let labels = ["", "a=x", "a=y,b=x", "b=y"];
    let pods = ["shop", "data"].into_iter().flat_map(|namespace| {
        labels.iter().enumerate().map(move |(index, labels)| Pod {
            service_account: if index % 2 == 0 { "default" } else { "admin" }.to_owned(),
            ports: vec![ContainerPort {
                name: "web".to_owned(),
                protocol: Protocol::Tcp,
                port: if index == 0 { 8080 } else { 80 },
                sidecar: false,
            }],
            addresses: vec!["10.0.0.9".parse().unwrap()],
            ..Pod::of(namespace, labels)
        })
    });
    pods.collect()
}

/// The other end.
#[derive(Clone, Debug)]
enum Other {
    Pod(Pod),
    Address(&'static str),
}

impl Other {
    fn any() -> impl Strategy<Value = Self> {
        let node = Pod::of("data", "a=x").on_host();
        let pods: Vec<Self> = pods().into_iter().chain([node]).map(Self::Pod).collect();
        prop_oneof![2 => select(pods), 1 => select(&OUTSIDE[..]).prop_map(Self::Address)]
    }

    /// What it may be.
    fn identities(&self) -> Vec<Identity<'_>> {
        match self {
            Self::Pod(pod) if pod.host_network => vec![Identity::Host, Identity::RemoteNode],
            Self::Pod(pod) => vec![Identity::Pod(pod)],
            Self::Address(text) => vec![Identity::World(text.parse().unwrap())],
        }
    }

    fn decided(
        &self,
        policies: &[(Option<&'static str>, Specs)],
        direction: Direction,
        subject: &Pod,
    ) -> Decided {
        let addresses = match self {
            Self::Pod(_) => AddressSet::default(),
            Self::Address(text) => addresses(&format!("{text}/32")),
        };
        let end = match self {
            Self::Pod(pod) => End::Pod(pod.end()),
            Self::Address(_) => End::Addresses(&addresses),
        };
        decided(placed(policies), direction, &network(), subject, &end)
    }
}

fn network() -> Network {
    Network { nodes: Some(addresses("10.9.0.0/24")), ..Network::default() }
}

/// Whether what is decided can be, when `truths` are what may come of it.
fn is_sound(decided: &Decided, truths: &[bool], protocol: Protocol, port: u16) -> bool {
    let allowed = decided.allowed.contains(protocol, port);
    let possible = decided.possible().contains(protocol, port);
    truths.iter().all(|truth| if *truth { possible } else { !allowed })
}

fn samples() -> impl Iterator<Item = (Protocol, u16)> {
    let protocols = [Protocol::Tcp, Protocol::Udp];
    protocols.into_iter().flat_map(|protocol| PORTS.map(|port| (protocol, port)))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_can_be_told_is_told(documents in policies(false), subject in select(pods()), peer in select(pods())) {
        let policies = read(&documents);
        for direction in Direction::BOTH {
            let decided = Other::Pod(peer.clone()).decided(&policies, direction, &subject);
            prop_assert!(decided.unknown.is_empty(), "{documents:#?}");
            for (protocol, port) in samples() {
                let expected = naive::allows(&documents, direction, &subject, Identity::Pod(&peer), protocol, port, Guess(0));
                let found = decided.allowed.contains(protocol, port);
                prop_assert_eq!(found, expected, "{} of {:?} with {:?} on {}/{} in {:#?}", direction, subject, peer, protocol, port, documents);
            }
        }
    }

    #[test]
    fn what_is_told_holds_whatever_is_not_known(documents in policies(true), subject in select(pods()), other in Other::any()) {
        let policies = read(&documents);
        let ways: Vec<(Identity<'_>, u64)> =
            other.identities().into_iter().flat_map(|identity| (0..4).map(move |guess| (identity, guess))).collect();
        for direction in Direction::BOTH {
            let decided = other.decided(&policies, direction, &subject);
            for (protocol, port) in samples() {
                let truths: Vec<bool> = ways.iter().map(|(identity, guess)| {
                    naive::allows(&documents, direction, &subject, *identity, protocol, port, Guess(*guess))
                }).collect();
                prop_assert!(is_sound(&decided, &truths, protocol, port), "{direction} with {other:?} on {protocol}/{port}: {truths:?} in {documents:#?}");
            }
        }
    }

    #[test]
    fn the_pods_of_a_namespace_are_those_that_are_selected(home in select(vec![None, Some("shop"), Some("data")]), selector in subject_selectors()) {
        let spec = serde_json::json!({"endpointSelector": selector, "ingress": [{}]});
        let specs = Specs::read(Some(&spec), None);
        let placed = Placed { home, specs: &specs };
        for pod in pods() {
            let selected = placed.selects(&pod.end());
            let scoped = placed.isolated_in(&pod.namespace, &pod.namespace_labels, Direction::Ingress);
            match &scoped[..] {
                [super::Scoped::Pods(selector)] => prop_assert_eq!(selected, Some(selector.matches(&pod.labels)), "{}", spec),
                [super::Scoped::Nobody] => prop_assert_eq!(selected, Some(false), "{}", spec),
                [super::Scoped::Undecided] => {}
                other => prop_assert!(false, "{other:?}"),
            }
        }
    }
}
