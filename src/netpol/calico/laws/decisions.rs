//! What the stages decide is what the naive evaluator says; with less known, it is that or unknown.

use std::net::IpAddr;

use proptest::prelude::*;

use super::cluster::{Cluster, Pod, clusters};
use super::config;
use super::naive::{self, Flow};
use crate::netpol::calico::{Governing, NetworkSet, Policy, Spec, Tier};
use crate::netpol::{
    Action, AddressSet, Decided, Direction, End, Network, PodEnd, PortSet, PortSets, Protocol,
    Rest, Stage, Step, decide,
};

const PORTS: [u16; 7] = [1, 53, 80, 81, 100, 443, 65535];
const OUTSIDE: [&str; 4] = ["10.0.1.200", "192.0.2.1", "203.0.113.7", "198.51.100.1"];

/// What is known of a cluster.
struct Known<'a> {
    specs: Vec<Spec>,
    tiers: Vec<Tier>,
    sets: Option<Vec<NetworkSet>>,
    addresses: bool,
    cluster: &'a Cluster,
}

impl Known<'_> {
    fn end<'p>(&'p self, pod: &'p Pod) -> PodEnd<'p> {
        let (namespace, namespace_labels) = &self.cluster.namespaces[pod.namespace];
        PodEnd {
            namespace,
            namespace_labels,
            labels: &pod.labels,
            service_account: pod.service_account,
            ports: &pod.ports,
            addresses: if self.addresses { std::slice::from_ref(&pod.address) } else { &[] },
            host_network: pod.host_network,
        }
    }

    fn decide(&self, subject: &Pod, peer: naive::End<'_>, direction: Direction) -> Decided {
        let policies = self.cluster.policies.iter().zip(&self.specs).map(|(policy, spec)| Policy {
            namespace: policy.namespace,
            name: policy.name,
            spec,
        });
        let standard = self.cluster.standard.map(|port| {
            let ports = PortSets::of(|_| PortSet::from_iter([(port, port)]));
            Stage { steps: vec![Step::certain(Action::Accept, ports)], rest: Rest::Denied }
        });
        let end = self.end(subject);
        let governing = Governing::of(
            policies,
            &self.tiers,
            self.sets.clone().map(Into::into),
            &end,
            direction,
        );
        let network = Network::default();
        let stages = |peer: &End<'_>| match &governing {
            Some(governing) => governing.stages(&network, &end, peer, standard.clone()),
            None => standard.clone().into_iter().collect(),
        };
        match peer {
            naive::End::Pod(pod) => decide(&stages(&End::Pod(self.end(pod)))),
            naive::End::Address(address) => {
                let all = AddressSet::of(network.families);
                let blocks = governing.iter().flat_map(Governing::blocks);
                let parts = all.cut(blocks);
                let part = parts.iter().find(|part| part.contains(address)).unwrap();
                decide(&stages(&End::Addresses(part)))
            }
        }
    }
}

fn known(cluster: &Cluster) -> Known<'_> {
    Known {
        specs: cluster.policies.iter().map(super::cluster::Policy::read).collect(),
        tiers: cluster.read_tiers(),
        sets: Some(cluster.read_sets()),
        addresses: true,
        cluster,
    }
}

/// Compares every decision with the truth.
fn compare(known: &Known<'_>, is_exact: bool) -> Result<(), TestCaseError> {
    let cluster = known.cluster;
    let outside = OUTSIDE.iter().map(|text| naive::End::Address(text.parse::<IpAddr>().unwrap()));
    let peers: Vec<naive::End<'_>> =
        cluster.pods.iter().map(naive::End::Pod).chain(outside).collect();
    let subjects = cluster.pods.iter().filter(|pod| !pod.host_network);
    for (subject, direction) in
        subjects.flat_map(|pod| Direction::BOTH.map(|direction| (pod, direction)))
    {
        for peer in &peers {
            let decided = known.decide(subject, *peer, direction);
            if is_exact {
                prop_assert!(
                    decided.unknown.is_empty(),
                    "{direction} of {subject:?} with {peer:?}: {decided:?}"
                );
            }
            for (protocol, port) in
                Protocol::ALL.into_iter().flat_map(|one| PORTS.map(|port| (one, port)))
            {
                let standard = cluster.standard.map(|allowed| allowed == port);
                let flow =
                    Flow { cluster, subject, peer: *peer, direction, protocol, port, standard };
                let is_allowed = decided.allowed.contains(protocol, port);
                let is_unknown = decided.unknown.contains(protocol, port);
                prop_assert!(
                    is_unknown || is_allowed == flow.is_allowed(),
                    "{direction} of {subject:?} with {peer:?} at {protocol} {port}: {is_allowed}"
                );
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_known_is_decided_as_the_naive_evaluator_does(cluster in clusters()) {
        compare(&known(&cluster), cluster.is_ordered())?;
    }

    #[test]
    fn with_less_known_nothing_is_decided_otherwise(
        mut cluster in clusters(),
        (sets, addresses, tiers) in (any::<bool>(), any::<bool>(), 0..3_usize),
    ) {
        // A set with addresses of pods is a mistake that only those see who know the sets.
        cluster.sets.retain(|set| !set.net.starts_with("10."));
        let mut known = known(&cluster);
        known.addresses = addresses;
        known.tiers.truncate(tiers);
        if !sets {
            known.sets = None;
        }
        compare(&known, false)?;
    }
}
