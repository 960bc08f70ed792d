//! Policies of two engines that add up: what each allows by itself.

use crate::netpol::{
    ContainerPort, Decided, End, Governing, Network, Peer, PodEnd, PortMatch, PortSets, Rest, Rule,
    Selector, Stage, TierGoverning, TieredPeer, cilium, decide,
};

use super::Governed;

/// What is decided about one peer by the `NetworkPolicies` of a pod, and by the policies of another engine that isolate it as
/// well: what either allows is allowed (SEMANTICS 7.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Halves {
    /// What `NetworkPolicies` would decide without the others.
    pub standard: Decided,
    /// What the others would decide without `NetworkPolicies`.
    pub other: Decided,
    /// What is decided.
    pub both: Decided,
}

impl Halves {
    /// Whether both allow something.
    pub fn both_allow(&self) -> bool {
        !self.standard.allowed.is_empty() && !self.other.allowed.is_empty()
    }

    /// What `NetworkPolicies` alone allow, for certain.
    pub fn by_standard(&self) -> PortSets {
        self.standard.surely_beyond(&self.other).intersection(&self.both.allowed)
    }

    /// What the others alone allow, for certain.
    pub fn by_other(&self) -> PortSets {
        self.other.surely_beyond(&self.standard).intersection(&self.both.allowed)
    }
}

impl<'a> Governed<'a> {
    /// Whether `NetworkPolicies` and policies of another engine both isolate the pod, so that what either allows is allowed, and
    /// both allow something: a denial of everything beside a list of what is allowed is how both are meant. In the tier of
    /// Calico where `NetworkPolicies` are they add up too, and what an earlier tier allows is allowed before them.
    pub fn adds_up(&self, network: &Network) -> bool {
        let Some(standard) = &self.standard else { return false };
        let mut rules = standard.rules();
        let allows = rules.any(|rule| !rule.is_empty(standard.direction(), network.families));
        let other = match (&self.calico, &self.cilium) {
            (None, Some(cilium)) => {
                let isolates = self.is_isolated || cilium.isolates() == Some(true);
                isolates && !cilium.allows_nothing()
            }
            (Some(calico), None) => calico.isolates() && calico.has_allowance(),
            (None, None) | (Some(_), Some(_)) => false,
        };
        !self.is_hidden && allows && other
    }

    /// What the two halves decide about `peer`; `None` where they do not add up.
    pub fn halves(
        &self,
        network: &Network,
        subject: &PodEnd<'_>,
        peer: &End<'_>,
    ) -> Option<Halves> {
        if !self.adds_up(network) {
            return None;
        }
        let other = match (&self.calico, &self.cilium) {
            (Some(calico), _) => calico.stages(network, subject, peer, None),
            (None, cilium) => {
                let cilium = cilium.as_ref()?;
                let steps = cilium.accept_steps(network, peer);
                vec![cilium.deny_stage(network, peer), Stage { steps, rest: Rest::Denied }]
            }
        };
        Some(Halves {
            standard: decide(&[self.standard.as_ref()?.stage(network, subject, peer)]),
            other: decide(&other),
            both: self.decide(network, subject, peer),
        })
    }

    /// The ports of the pod itself that the `NetworkPolicies` open to somebody.
    pub fn standard_ports(&self, subject: &PodEnd<'_>) -> PortSets {
        let of_rule = |rule: &Rule| {
            let numbers = PortSets::of(|protocol| rule.ports.numbers(protocol));
            let named = rule.ports.entries().iter().filter_map(|entry| match entry {
                PortMatch::Name(protocol, name) => {
                    Some(ContainerPort::named(subject.ports, *protocol, name).0)
                }
                _ => None,
            });
            named.fold(numbers, |ports, named| ports.union(&named))
        };
        let ports = self.standard.iter().flat_map(Governing::rules).map(of_rule);
        ports.fold(PortSets::default(), |all, ports| all.union(&ports))
    }

    /// The same of the policies of Cilium.
    pub fn cilium_ports(&self) -> PortSets {
        self.cilium.as_ref().map(cilium::Governing::ports).unwrap_or_default()
    }

    /// The namespaces that peers name, as selectors of their labels; peers of any namespace name none.
    pub fn namespaces(&self) -> Vec<Selector> {
        let peers = self.standard.iter().flat_map(Governing::rules);
        let peers = peers.flat_map(|rule| rule.peers.listed());
        let named = peers.filter_map(|peer| match peer {
            Peer::Pods(pods) => pods.namespaces.clone(),
            Peer::Block(_) | Peer::Unreadable => None,
        });
        let standard = named.filter(|selector| !selector.is_everything());
        let cilium = self.cilium.iter().flat_map(cilium::Governing::namespaces);
        let tiered = self.tiers().flat_map(TierGoverning::rules).flat_map(|rule| &rule.peers);
        let tiered = tiered.filter_map(|peer| match peer {
            TieredPeer::Pods(pods) => Some(pods.namespaces.clone()),
            _ => None,
        });
        let tiered = tiered.filter(|selector| !selector.is_everything());
        let mut namespaces: Vec<Selector> = standard.chain(cilium).chain(tiered).collect();
        namespaces.sort();
        namespaces.dedup();
        namespaces
    }

    /// The `NetworkPolicies` that govern it.
    pub fn standard(&self) -> Option<&Governing<'a>> {
        self.standard.as_ref()
    }
}
