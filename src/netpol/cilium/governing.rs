//! What Cilium's policies decide between two given ends.

use super::identity::{Identities, Identity};
use super::peer::{Peer, Peers};
use super::policy::Rule;
use super::port::Matching;
use super::scope::Placed;
use super::selector::EndpointSelector;
use super::truth::all;
use crate::netpol::{
    Action, AddressSet, Direction, End, Network, PodEnd, PortSets, Rest, Selector, Stage, Step,
};

/// The rules that govern one pod in one direction, prepared for many peers.
#[derive(Clone, Debug)]
pub struct Governing<'a> {
    isolates: Option<bool>,
    allow: Rules<'a>,
    deny: Rules<'a>,
}

/// Rules of one kind.
#[derive(Clone, Debug, Default)]
struct Rules<'a> {
    rules: Vec<Prepared<'a>>,
    /// What pods that the rules choose by labels must fulfil.
    requires: Vec<(&'a EndpointSelector, Option<&'a str>)>,
}

/// A rule with its ports computed.
#[derive(Clone, Debug)]
struct Prepared<'a> {
    rule: &'a Rule,
    home: Option<&'a str>,
    /// Whether it surely governs the pod.
    is_certain: bool,
    ports: Matching,
}

impl<'a> Governing<'a> {
    /// The rules of `policies`, namespaced ones of any namespace and those of the cluster, that govern `subject` in
    /// `direction`, or may; `None` when there is none.
    pub fn of(
        policies: impl IntoIterator<Item = Placed<'a>>,
        subject: &PodEnd<'_>,
        direction: Direction,
    ) -> Option<Self> {
        let mut governing =
            Self { isolates: Some(false), allow: Rules::default(), deny: Rules::default() };
        let mut is_governed = false;
        for placed in policies {
            for (section, is_certain) in placed.sections(subject, direction) {
                is_governed = true;
                if section.isolates() && governing.isolates != Some(true) {
                    governing.isolates = is_certain.then_some(true);
                }
                let kinds =
                    [(&section.allow, &mut governing.allow), (&section.deny, &mut governing.deny)];
                for (rules, prepared) in kinds {
                    for rule in rules {
                        let ports = rule.ports.of(direction, subject);
                        prepared.add(Prepared { rule, home: placed.home, is_certain, ports });
                    }
                }
            }
        }
        is_governed.then_some(governing)
    }

    /// How many rules there are.
    pub fn size(&self) -> usize {
        self.allow.rules.len() + self.deny.rules.len()
    }

    /// Whether they isolate the pod, so that what nothing allows is denied; `None` when that is not known.
    pub fn isolates(&self) -> Option<bool> {
        self.isolates
    }

    /// The ports that rules surely allow to somebody.
    pub fn ports(&self) -> PortSets {
        let rules = self.allow.rules.iter().filter(|prepared| prepared.rule.peers != Peers::Nobody);
        rules.fold(PortSets::default(), |ports, prepared| ports.union(&prepared.ports.certain))
    }

    /// The namespaces that the peers of rules name, as selectors of their labels; peers of any namespace name none.
    pub fn namespaces(&self) -> impl Iterator<Item = Selector> {
        let rules = self.allow.rules.iter().flat_map(|prepared| prepared.rule.peers.listed());
        let selectors = rules.filter_map(|peer| match peer {
            Peer::Endpoints(selector) => Some(selector.namespaces()),
            _ => None,
        });
        selectors.filter(|selector| !selector.is_everything())
    }

    /// What is denied, whatever allows it, `NetworkPolicies` included.
    pub fn deny_stage(&self, network: &Network, peer: &End<'_>) -> Stage {
        let Matching { certain, possible } = self.deny.matching(network, peer);
        let step = Step { action: Action::Deny, certain, possible };
        let steps = if step.possible.is_empty() { Vec::new() } else { vec![step] };
        Stage { steps, rest: Rest::Next }
    }

    /// What is allowed, beside what `NetworkPolicies` allow.
    pub fn accept_steps(&self, network: &Network, peer: &End<'_>) -> Vec<Step> {
        let Matching { certain, possible } = self.allow.matching(network, peer);
        if possible.is_empty() {
            return Vec::new();
        }
        vec![Step { action: Action::Accept, certain, possible }]
    }

    /// The selectors by which the rules choose peers, each with the namespace of its policy.
    pub(super) fn selectors(
        &self,
    ) -> impl Iterator<Item = (&'a EndpointSelector, Option<&'a str>)> {
        let rules = self.allow.rules.iter().chain(&self.deny.rules);
        rules.flat_map(|prepared| {
            let home = prepared.home;
            prepared.rule.peer_selectors().map(move |selector| (selector, home))
        })
    }

    /// The rules that allow something, or may.
    pub(super) fn allowing(&self) -> impl Iterator<Item = &'a Rule> {
        self.allow.rules.iter().map(|prepared| prepared.rule)
    }

    /// What they may allow to `identity`: all that no rule surely denies.
    pub(super) fn possible(&self, network: &Network, identity: &Identity<'_>) -> PortSets {
        let allowed = self.allow.matching_identity(network, identity).possible;
        allowed.difference(&self.deny.matching_identity(network, identity).certain)
    }

    /// What tells addresses apart: the blocks that the rules name, and what is known of the addresses of the cluster.
    pub fn blocks<'s>(&'s self, network: &'s Network) -> impl Iterator<Item = &'s AddressSet> {
        let rules = self.allow.rules.iter().chain(&self.deny.rules);
        let blocks = rules.flat_map(|prepared| prepared.rule.blocks());
        blocks.chain(&network.nodes).chain(&network.api_server)
    }
}

impl<'a> Rules<'a> {
    fn add(&mut self, prepared: Prepared<'a>) {
        let home = prepared.home;
        self.requires.extend(prepared.rule.requires.iter().map(|selector| (selector, home)));
        self.rules.push(prepared);
    }

    /// The ports that they match for `peer`: for certain, when they do whatever it is taken for.
    fn matching(&self, network: &Network, peer: &End<'_>) -> Matching {
        let Identities { usual, beside } = Identities::of(peer, network);
        let usual: Vec<Matching> =
            usual.iter().map(|identity| self.matching_identity(network, identity)).collect();
        let beside = beside.iter().map(|identity| self.matching_identity(network, identity));
        let certain = usual.iter().map(|matching| matching.certain.clone());
        let certain = certain.reduce(|all, one| all.intersection(&one)).unwrap_or_default();
        let possible = usual.iter().map(|matching| matching.possible.clone());
        let possible = possible.chain(beside.map(|matching| matching.possible));
        Matching {
            certain,
            possible: possible.fold(PortSets::default(), |all, one| all.union(&one)),
        }
    }

    fn matching_identity(&self, network: &Network, identity: &Identity<'_>) -> Matching {
        let required =
            self.requires.iter().map(|(selector, home)| selector.selects_peer(identity, *home));
        let is_fit = all(required) == Some(true);
        let mut matching = Matching::default();
        // A rule that asks for a proof of identity asks for it on behalf of others too.
        let mut unproven = PortSets::default();
        for Prepared { rule, home, is_certain, ports } in &self.rules {
            let peers: &Peers = &rule.peers;
            let held = peers.hold(identity, *home, network, is_fit);
            if held == Some(false) {
                continue;
            }
            if held == Some(true) && *is_certain {
                matching = matching.or(ports);
            } else {
                matching = matching.or(&Matching::possible(ports.possible.clone()));
            }
            if rule.is_authenticated {
                unproven = unproven.union(&ports.possible);
            }
        }
        Matching { certain: matching.certain.difference(&unproven), ..matching }
    }
}
