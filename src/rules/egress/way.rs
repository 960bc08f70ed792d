//! What pods may reach, by the policies of every engine.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::connections::Governed;
use crate::model::{Scope, World};
use crate::netpol::{
    AddressSet, Answer, Decided, Direction, End, Governing, Labels, Network, Peer, PodEnd, Pods,
    PolicySpec, Protocol, Rule, decide,
};

/// More workloads than these are not asked whether pods reach one of them.
const MOST_ASKED: usize = 4096;

/// Everything that decides about egress of some pods.
#[derive(Clone)]
pub(in super::super) struct Way<'s> {
    network: &'s Network,
    subject: PodEnd<'s>,
    /// The `NetworkPolicies` that isolate the pods; `None` when none does.
    standard: Option<Governing<'s>>,
    /// These and the policies of every other engine; `None` when the others are not asked.
    all: Option<Governed<'s>>,
}

impl<'s> Way<'s> {
    /// The way of `subject`, pods of the scope's namespace.
    pub(in super::super) fn of(
        subject: PodEnd<'s>,
        scope: &'s Scope<'_>,
        network: &'s Network,
    ) -> Self {
        let Scope { world, namespace: view, .. } = *scope;
        let standard = Governing::of(scope.specs().iter().copied(), &subject, Direction::Egress);
        let all = Governed::of(world, network, view, &subject, Direction::Egress);
        Self { network, subject, standard, all: Some(all) }
    }

    /// The way that `policies` of one namespace open to pods that all of them select, whatever others do.
    pub(in super::super) fn by(
        policies: &'s [PolicySpec],
        subject: PodEnd<'s>,
        network: &'s Network,
    ) -> Self {
        let standard = Governing::of(policies, &subject, Direction::Egress);
        Self { network, subject, standard, all: None }
    }

    /// The same way if there were no policies but `NetworkPolicies`.
    pub(in super::super) fn alone(&self) -> Self {
        Self { all: None, ..self.clone() }
    }

    /// The namespace of the pods.
    pub(in super::super) fn namespace(&self) -> &'s str {
        self.subject.namespace
    }

    /// The rules of the `NetworkPolicies` that isolate the pods.
    pub(in super::super) fn rules(&self) -> impl Iterator<Item = &'s Rule> {
        self.standard.iter().flat_map(Governing::rules)
    }

    /// What is decided about the connections to `peer`.
    pub(in super::super) fn decide(&self, peer: &End<'_>) -> Decided {
        let Self { network, subject, standard, all } = self;
        match (all, standard) {
            (Some(all), _) => all.decide(network, subject, peer),
            (None, Some(standard)) => decide(&[standard.stage(network, subject, peer)]),
            (None, None) => Decided::everything(),
        }
    }

    /// Whether `peer` is reached at a port.
    pub(in super::super) fn reaches(
        &self,
        peer: &End<'_>,
        protocol: Protocol,
        port: u16,
    ) -> Answer {
        let Decided { allowed, unknown } = self.decide(peer);
        match (allowed.contains(protocol, port), unknown.contains(protocol, port)) {
            (true, _) => Answer::Yes,
            (false, true) => Answer::Unknown,
            (false, false) => Answer::No,
        }
    }

    /// Whether one address that is no pod's is reached at a port.
    pub(in super::super) fn reaches_address(
        &self,
        address: IpAddr,
        protocol: Protocol,
        port: u16,
    ) -> Answer {
        let addresses = AddressSet::from(IpNet::from(address));
        self.reaches(&End::Addresses(&addresses), protocol, port)
    }

    /// Whether more than `NetworkPolicies` decides about `peer`.
    pub(in super::super) fn asks_others(&self, peer: &End<'_>) -> bool {
        let own = usize::from(self.standard.is_some());
        self.all
            .as_ref()
            .is_some_and(|all| all.stages(self.network, &self.subject, peer).len() > own)
    }

    /// Whether nothing is reached: no address outside, and no pod of the cluster. Where there are many, that is not looked for.
    pub(super) fn leads_nowhere(&self, world: &World) -> bool {
        let is_closed = |peer: &End<'_>| self.decide(peer).possible().is_empty();
        let blocks = self.all.iter().flat_map(|all| all.blocks(self.network));
        let outside = AddressSet::of(self.network.families).cut(blocks);
        let mut asked = 0;
        outside.iter().all(|part| is_closed(&End::Addresses(part)))
            && world.namespaces().all(|view| {
                asked += view.workloads.len();
                let labels = view.labels();
                let mut pods = view.workloads.values().map(|workload| workload.end(&labels));
                asked <= MOST_ASKED && pods.all(|pod| is_closed(&End::Pod(pod)))
            })
    }

    /// Whether some rule about the port selects pods with `labels` in the namespace `name`.
    pub(in super::super) fn selects(
        &self,
        (name, namespace, labels): (&str, &Labels, &Labels),
        is_about: impl Fn(&Rule) -> bool,
    ) -> bool {
        self.pods(is_about)
            .any(|pods| pods.selects(self.subject.namespace, name, namespace, labels))
    }

    /// The pods that rules select.
    pub(in super::super) fn pods(
        &self,
        is_about: impl Fn(&Rule) -> bool,
    ) -> impl Iterator<Item = &'s Pods> {
        let peers =
            self.rules().filter(move |rule| is_about(rule)).flat_map(|rule| rule.peers.listed());
        peers.filter_map(|peer| match peer {
            Peer::Pods(pods) => Some(pods),
            Peer::Block(_) | Peer::Unreadable => None,
        })
    }
}
