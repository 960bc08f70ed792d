//! What the `NetworkPolicies` of a namespace decide between two given ends: one stage that accepts what a rule matches and
//! denies the rest (SEMANTICS 0).

use super::everything::blocks;
use super::pair::{Held, Pair};
use super::{
    Action, AddressSet, ContainerPort, Direction, End, Network, Peer, Peers, PodEnd, PolicySpec,
    PortMatch, PortSets, Protocol, Rest, Rule, Stage, Step,
};

/// The rules that govern one pod in one direction, prepared for many peers.
#[derive(Clone, Debug)]
pub struct Governing<'a> {
    direction: Direction,
    rules: Vec<Prepared<'a>>,
}

/// A rule with its sets computed.
#[derive(Clone, Debug)]
struct Prepared<'a> {
    rule: &'a Rule,
    numbers: PortSets,
    /// The addresses of its blocks; `None` without any.
    blocks: Option<AddressSet>,
}

impl<'a> Governing<'a> {
    /// The rules of `policies`, all of the subject's namespace, that govern `subject` in `direction`; `None` when none
    /// isolates it: then they say nothing.
    pub fn of(
        policies: impl IntoIterator<Item = &'a PolicySpec>,
        subject: &PodEnd<'_>,
        direction: Direction,
    ) -> Option<Self> {
        if subject.host_network {
            return None;
        }
        let mut isolating = policies
            .into_iter()
            .filter(|policy| {
                policy.types.contains(direction) && policy.selector.matches(subject.labels)
            })
            .peekable();
        isolating.peek()?;
        let rules = isolating.flat_map(|policy| policy.rules(direction)).map(Prepared::of);
        Some(Self { direction, rules: rules.collect() })
    }

    /// What they decide about `peer`, the end that `subject` connects to for egress and is connected from for ingress.
    pub fn stage(&self, network: &Network, subject: &PodEnd<'_>, peer: &End<'_>) -> Stage {
        let pair = Pair { network, subject, peer, direction: self.direction };
        Stage { steps: pair.steps(&self.rules), rest: Rest::Denied }
    }

    /// The direction that they govern.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// The rules, in the order of their policies.
    pub fn rules(&self) -> impl Iterator<Item = &'a Rule> {
        self.rules.iter().map(|prepared| prepared.rule)
    }

    /// The blocks that the rules name: no rule tells two addresses apart that are in the same of them.
    pub fn blocks(&self) -> impl Iterator<Item = &AddressSet> {
        self.rules.iter().filter_map(|rule| rule.blocks.as_ref())
    }
}

impl<'a> Prepared<'a> {
    fn of(rule: &'a Rule) -> Self {
        let numbers = PortSets::of(|protocol| rule.ports.numbers(protocol));
        let blocks = match &rule.peers {
            Peers::Some(peers) if peers.iter().any(|peer| matches!(peer, Peer::Block(_))) => {
                Some(blocks(peers))
            }
            _ => None,
        };
        Self { rule, numbers, blocks }
    }
}

/// What a rule matches between two ends.
#[derive(Default)]
struct Matched {
    certain: PortSets,
    possible: PortSets,
}

impl Matched {
    fn add(&mut self, (certain, possible): (PortSets, PortSets)) {
        self.certain = self.certain.union(&certain);
        self.possible = self.possible.union(&possible);
    }
}

impl Pair<'_> {
    fn steps(&self, rules: &[Prepared<'_>]) -> Vec<Step> {
        let mut matched = Matched::default();
        // What blocks match of a pod whose address is unknown, they match together or not at all.
        let mut together: Vec<(&AddressSet, PortSets)> = Vec::new();
        for Prepared { rule, numbers, blocks } in rules {
            let Peers::Some(peers) = &rule.peers else {
                matched.add(self.with_names(rule, numbers));
                continue;
            };
            if peers.iter().any(|peer| self.selects(peer)) {
                matched.add(self.with_names(rule, numbers));
                continue;
            }
            let Some(blocks) = blocks else { continue };
            let ports = match self.direction {
                Direction::Ingress => self.with_names(rule, numbers),
                // A name is looked up on the pod that is connected to, and a block names none.
                Direction::Egress => (numbers.clone(), numbers.clone()),
            };
            match self.holds(blocks) {
                Held::No => {}
                Held::Yes => matched.add(ports),
                Held::Maybe => matched.add((PortSets::default(), ports.1)),
                Held::AddressUnknown => {
                    matched.add((PortSets::default(), ports.1));
                    together.push((blocks, ports.0));
                }
            }
        }
        matched.add(self.covered_together(&together));
        let Matched { certain, possible } = matched;
        if possible.is_empty() {
            return Vec::new();
        }
        vec![Step { action: Action::Accept, certain, possible }]
    }

    fn selects(&self, peer: &Peer) -> bool {
        match (peer, self.selectable()) {
            (Peer::Pods(pods), Some(end)) => pods.selects(
                self.subject.namespace,
                end.namespace,
                end.namespace_labels,
                end.labels,
            ),
            _ => false,
        }
    }

    /// The numbers and what the names among the ports stand for on the pod that is connected to.
    fn with_names(&self, rule: &Rule, numbers: &PortSets) -> (PortSets, PortSets) {
        let mut matched = (numbers.clone(), numbers.clone());
        for entry in rule.ports.entries() {
            if let PortMatch::Name(protocol, name) = entry {
                let (certain, possible) = ContainerPort::named(self.declared(), *protocol, name);
                matched = (matched.0.union(&certain), matched.1.union(&possible));
            }
        }
        matched
    }

    /// The ports at which blocks together hold every address that the peer can have.
    fn covered_together(&self, shares: &[(&AddressSet, PortSets)]) -> (PortSets, PortSets) {
        if shares.is_empty() {
            return (PortSets::default(), PortSets::default());
        }
        let covered = PortSets::of(|protocol| {
            let edges = edges(shares, protocol);
            let ends = edges.iter().skip(1).map(|next| next - 1).chain([u16::MAX]);
            let is_covered = |port: u16| {
                let holding = shares.iter().filter(|(_, ports)| ports.contains(protocol, port));
                self.is_everywhere(&holding.map(|(blocks, _)| (*blocks).clone()).collect())
            };
            edges.iter().copied().zip(ends).filter(|(first, _)| is_covered(*first)).collect()
        });
        (covered.clone(), covered)
    }
}

/// Between two neighbouring edges every port of `protocol` is open to the same addresses.
fn edges(shares: &[(&AddressSet, PortSets)], protocol: Protocol) -> Vec<u16> {
    let mut edges: Vec<u16> = shares
        .iter()
        .flat_map(|(_, ports)| ports.of_protocol(protocol).ranges())
        .flat_map(|(first, last)| [Some(*first), last.checked_add(1)])
        .flatten()
        .collect();
    edges.sort_unstable();
    edges.dedup();
    edges
}
