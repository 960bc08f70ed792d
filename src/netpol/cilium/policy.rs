//! What a `CiliumNetworkPolicy` or `CiliumClusterwideNetworkPolicy` says.

use super::key::Meaning;
use super::peer::{Peer, Peers};
use super::port::Ports;
use super::selector::EndpointSelector;
use crate::netpol::{AddressSet, Direction};

/// The specs of one object: `spec`, and those of `specs`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Specs {
    pub(super) specs: Vec<Spec>,
    /// A part of it cannot be read, is none that this version knows, or is refused by Cilium or by some configuration of it.
    /// Cilium refuses whole objects, so whether any of it holds is not known.
    pub(super) is_doubtful: bool,
}

/// One spec.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Spec {
    pub(super) subject: Subject,
    pub(super) ingress: Section,
    pub(super) egress: Section,
}

/// Whom a spec is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    /// `endpointSelector`.
    Pods(EndpointSelector),
    /// `nodeSelector`: the network of nodes, never a pod.
    Nodes,
}

/// What a spec says about one direction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Section {
    /// `enableDefaultDeny`, where it is written.
    pub(super) default_deny: Option<bool>,
    /// `ingress` or `egress`.
    pub(super) allow: Vec<Rule>,
    /// `ingressDeny` or `egressDeny`.
    pub(super) deny: Vec<Rule>,
}

/// A rule that allows or denies.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Rule {
    pub(super) peers: Peers,
    /// `fromRequires` or `toRequires`: what pods that rules of this direction choose must fulfil, all of them (gone with
    /// Cilium 1.19).
    pub(super) requires: Vec<EndpointSelector>,
    pub(super) ports: Ports,
    /// Peers must prove who they are (`authentication`).
    pub(super) is_authenticated: bool,
}

impl Specs {
    /// The keys of pod labels that its selectors ask for.
    pub fn label_keys(&self) -> impl Iterator<Item = &str> {
        let selectors = self.specs.iter().flat_map(Spec::selectors);
        selectors.flat_map(EndpointSelector::asked).filter_map(|asked| match asked.key.meaning() {
            Meaning::PodLabel(key) | Meaning::LeftOut(key) => Some(key),
            _ => None,
        })
    }

    /// The label keys that its selectors ask namespaces for, perhaps some of them twice.
    pub fn namespace_keys(&self) -> impl Iterator<Item = &str> {
        let selectors = self.specs.iter().flat_map(Spec::selectors);
        selectors.flat_map(EndpointSelector::asked).filter_map(|asked| match asked.key.meaning() {
            Meaning::NamespaceLabel(key) => Some(key),
            _ => None,
        })
    }

    /// The blocks that its rules name.
    pub fn blocks(&self) -> impl Iterator<Item = &AddressSet> {
        self.specs.iter().flat_map(Spec::rules).flat_map(Rule::blocks)
    }
}

impl Spec {
    pub(super) fn section(&self, direction: Direction) -> &Section {
        match direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        }
    }

    fn rules(&self) -> impl Iterator<Item = &Rule> {
        [&self.ingress, &self.egress]
            .into_iter()
            .flat_map(|section| section.allow.iter().chain(&section.deny))
    }

    fn selectors(&self) -> impl Iterator<Item = &EndpointSelector> {
        let subject = match &self.subject {
            Subject::Pods(selector) => Some(selector),
            Subject::Nodes => None,
        };
        subject.into_iter().chain(self.peer_selectors())
    }

    pub(super) fn peer_selectors(&self) -> impl Iterator<Item = &EndpointSelector> {
        self.rules().flat_map(Rule::peer_selectors)
    }
}

impl Section {
    /// Whether its pods may do only what is allowed: when there is a rule, and nothing else is written
    /// (`computePolicyEnforcementAndRules`; without a rule `enableDefaultDeny: true` does nothing).
    pub(super) fn isolates(&self) -> bool {
        self.has_rules() && self.default_deny != Some(false)
    }

    pub(super) fn has_rules(&self) -> bool {
        !self.allow.is_empty() || !self.deny.is_empty()
    }
}

impl Rule {
    pub(super) fn blocks(&self) -> impl Iterator<Item = &AddressSet> {
        self.peers.listed().iter().filter_map(|peer| match peer {
            Peer::Block(addresses) => Some(addresses),
            _ => None,
        })
    }

    /// The selectors of its peers, and what it requires of them.
    pub(super) fn peer_selectors(&self) -> impl Iterator<Item = &EndpointSelector> {
        let peers = self.peers.listed().iter().filter_map(|peer| match peer {
            Peer::Endpoints(selector) => Some(selector),
            _ => None,
        });
        peers.chain(&self.requires)
    }
}
