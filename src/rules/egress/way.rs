//! What pods may reach, by the policies of every engine.

use std::cell::OnceCell;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::connections::Governed;
use crate::model::{NamespaceView, Scope, World};
use crate::netpol::{
    AddressSet, Answer, Decided, Direction, End, Governing, Labels, Network, Peer, PodEnd, Pods,
    Protocol, Rule, decide,
};

/// Everything that decides about egress of some pods.
pub(in super::super) struct Way<'s> {
    world: &'s World,
    view: &'s NamespaceView,
    network: &'s Network,
    subject: PodEnd<'s>,
    standard: Option<Governing<'s>>,
    all: OnceCell<Governed<'s>>,
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
        Self { world, view, network, subject, standard, all: OnceCell::new() }
    }

    /// Whether `peer` is reached at a port: no when no `NetworkPolicy` allows it and nothing else does either. What another
    /// engine denies is no fault of the policies that are judged.
    pub(in super::super) fn reaches(
        &self,
        peer: &End<'_>,
        protocol: Protocol,
        port: u16,
    ) -> Answer {
        let Some(standard) = &self.standard else { return Answer::Yes };
        let stage = standard.stage(self.network, &self.subject, peer);
        let own = answer(&decide(&[stage]), protocol, port);
        if own != Answer::No {
            return own;
        }
        let all = self.all.get_or_init(|| {
            Governed::of(self.world, self.network, self.view, &self.subject, Direction::Egress)
        });
        answer(&all.decide(self.network, &self.subject, peer), protocol, port)
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
        let rules = self.standard.iter().flat_map(Governing::rules);
        let peers = rules.filter(move |rule| is_about(rule)).flat_map(|rule| rule.peers.listed());
        peers.filter_map(|peer| match peer {
            Peer::Pods(pods) => Some(pods),
            Peer::Block(_) | Peer::Unreadable => None,
        })
    }
}

fn answer(decided: &Decided, protocol: Protocol, port: u16) -> Answer {
    match decided {
        Decided { allowed, .. } if allowed.contains(protocol, port) => Answer::Yes,
        Decided { unknown, .. } if unknown.contains(protocol, port) => Answer::Unknown,
        _ => Answer::No,
    }
}
