//! With policies and tiers of Calico among all others the model agrees with a naive evaluator.

use std::collections::BTreeSet;
use std::net::IpAddr;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::cluster::{Cluster, NAMESPACES, clusters};
use super::naive::{self, list};
use super::naive_tiers::{self, outcome};
use super::{OUTSIDE, PORTS, config, decided, model_of};
use crate::connections::Connection;
use crate::netpol::calico::laws::cluster as calico;
use crate::netpol::calico::laws::naive::{End, Flow, Outcome};
use crate::netpol::{ContainerPort, Direction, Labels, Protocol};

/// A cluster, and what Calico sees of it.
#[derive(Clone, Debug)]
struct Both {
    cluster: Cluster,
    calico: calico::Cluster,
}

fn both() -> impl Strategy<Value = Both> {
    (clusters(), calico::clusters()).prop_map(|(cluster, mut calico)| {
        let labels = |value: &Value| -> Labels {
            let pairs = value.as_object().into_iter().flatten();
            pairs.map(|(key, value)| (key.as_str(), value.as_str().unwrap())).collect()
        };
        let of_namespace = |value: &Value| labels(&value["metadata"]["labels"]);
        calico.namespaces =
            NAMESPACES.into_iter().zip(cluster.namespaces.iter().map(of_namespace)).collect();
        calico.pods = cluster.pods().map(|pod| seen(pod, labels(pod.labels()))).collect();
        let mut names = BTreeSet::new();
        calico.policies.retain(|policy| names.insert((policy.namespace, policy.tier, policy.name)));
        // The order of this tier is not for people to choose.
        let default = calico.tiers.iter_mut().filter(|(name, ..)| *name == "default");
        default.for_each(|(_, order, _)| *order = None);
        Both { cluster, calico }
    })
}

/// The pod as Calico sees it.
fn seen(pod: naive::Pod<'_>, labels: Labels) -> calico::Pod {
    let port = |port: &Value| ContainerPort {
        name: port["name"].as_str().unwrap_or_default().to_owned(),
        protocol: Protocol::named(naive::of_protocol(port)).unwrap(),
        port: port["containerPort"].as_u64().unwrap().try_into().unwrap(),
        sidecar: false,
    };
    let accounts = ["default", "robot"].into_iter();
    let is_it = |account: &&str| pod.0["spec"]["serviceAccountName"] == **account;
    calico::Pod {
        namespace: NAMESPACES.iter().position(|name| *name == pod.namespace()).unwrap(),
        labels,
        service_account: accounts.into_iter().find(is_it).unwrap(),
        address: pod.address(),
        ports: list(&pod.0["spec"]["containers"][0]["ports"]).iter().map(port).collect(),
        host_network: pod.is_on_host_network(),
    }
}

impl Both {
    fn documents(&self) -> Vec<Value> {
        let mut documents = self.cluster.documents();
        documents.extend(self.calico.policies.iter().map(calico::Policy::document));
        documents.extend(self.calico.tiers.iter().map(|(name, order, action)| {
            json!({"apiVersion": "projectcalico.org/v3", "kind": "Tier", "metadata": {"name": name},
                "spec": {"order": order, "defaultAction": action}})
        }));
        documents.extend(self.calico.sets.iter().enumerate().map(|(index, set)| {
            let kind = set.namespace.map_or("GlobalNetworkSet", |_| "NetworkSet");
            let namespace = set.namespace.map(|namespace| NAMESPACES[namespace]);
            json!({"apiVersion": "projectcalico.org/v3", "kind": kind,
                "metadata": {"name": format!("s{index}"), "namespace": namespace, "labels": set.labels}, "spec": {"nets": [set.net]}})
        }));
        documents
    }

    fn pod(&self, pod: naive::Pod<'_>) -> &calico::Pod {
        let index = self.cluster.pods().position(|one| one.name() == pod.name()).unwrap();
        &self.calico.pods[index]
    }

    fn allowed(
        &self,
        from: &naive::End<'_>,
        to: &naive::End<'_>,
        protocol: Protocol,
        port: u16,
    ) -> bool {
        let side = |subject: &naive::End<'_>, peer, direction| match subject {
            naive::End::Address(_) => true,
            naive::End::Pod(pod) => self.allows(*pod, peer, direction, protocol, port),
        };
        side(from, to, Direction::Egress) && side(to, from, Direction::Ingress)
    }

    /// Calico's tiers, and among them the Admin tier at 1,000 and the Baseline tier at 10,000,000.
    fn allows(
        &self,
        pod: naive::Pod<'_>,
        peer: &naive::End<'_>,
        direction: Direction,
        protocol: Protocol,
        port: u16,
    ) -> bool {
        if pod.is_on_host_network() {
            return true;
        }
        let cluster = &self.cluster;
        let side = match direction {
            Direction::Ingress => naive::Direction::Ingress,
            Direction::Egress => naive::Direction::Egress,
        };
        let is_isolated = cluster.policies.iter().any(|policy| naive::applies(policy, pod, side));
        let flow = Flow {
            cluster: &self.calico,
            subject: self.pod(pod),
            peer: match peer {
                naive::End::Pod(pod) => End::Pod(self.pod(*pod)),
                naive::End::Address(address) => End::Address(*address),
            },
            direction,
            protocol,
            port,
            standard: is_isolated.then(|| naive::admits(cluster, pod, peer, side, protocol, port)),
        };
        let mut outcomes = flow.outcomes();
        for (tier, order) in [("Admin", 1e3), ("Baseline", 1e7)] {
            let outcome = match outcome(cluster, tier, pod, peer, side, protocol, port) {
                naive_tiers::Outcome::Accept => Outcome::Allowed,
                naive_tiers::Outcome::Deny => Outcome::Denied,
                naive_tiers::Outcome::Next => Outcome::Passed,
            };
            outcomes.push((order, outcome));
        }
        outcomes.sort_by(|one, other| one.0.total_cmp(&other.0));
        let mut decided = outcomes.into_iter().map(|(_, outcome)| outcome);
        decided.find(|outcome| *outcome != Outcome::Passed) != Some(Outcome::Denied)
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn with_calico_the_model_agrees_with_the_naive_evaluator(both in both()) {
        let documents = both.documents();
        let model: Vec<Connection> = model_of(&documents).iter().collect();
        let is_exact = both.calico.is_ordered();
        let pods = || both.cluster.pods().map(naive::End::Pod);
        let outside = || OUTSIDE.iter().map(|text| naive::End::Address(text.parse::<IpAddr>().unwrap()));
        for from in pods().chain(outside()) {
            for to in pods().chain(outside()) {
                if from.is_same(&to) || from.is_outside() && to.is_outside() {
                    continue;
                }
                let decided = decided(&model, &from, &to);
                prop_assert!(
                    !is_exact || decided.unknown.is_empty(),
                    "{from} to {to} is unknown in\n{documents:#?}"
                );
                for (protocol, port) in Protocol::ALL.into_iter().flat_map(|protocol| PORTS.map(|port| (protocol, port))) {
                    let expected = both.allowed(&from, &to, protocol, port);
                    let found = decided.allowed.contains(protocol, port);
                    let is_unknown = decided.unknown.contains(protocol, port);
                    prop_assert!(is_unknown || found == expected, "{from} to {to} on {port}/{protocol}: {found} in\n{documents:#?}");
                }
            }
        }
    }
}
