//! What the policies of one tier decide between two given ends.

use crate::netpol::pair::{Held, Pair};
use crate::netpol::stage::in_any_order;
use crate::netpol::{
    Action, AddressSet, ContainerPort, Direction, End, Network, PodEnd, PortMatch, PortSets, Rest,
    Stage, Step,
};

use super::{Tier, TieredPeer, TieredRule, TieredSpec};

/// The policies of one tier that govern one pod in one direction, prepared for many peers.
#[derive(Clone, Debug)]
pub struct TierGoverning<'a> {
    direction: Direction,
    /// By priority, the first to decide first.
    policies: Vec<(i64, Vec<Prepared<'a>>)>,
}

/// A rule with its sets computed.
#[derive(Clone, Debug)]
struct Prepared<'a> {
    rule: &'a TieredRule,
    numbers: PortSets,
    /// The addresses of all its networks; `None` without any.
    networks: Option<AddressSet>,
}

impl<'a> TierGoverning<'a> {
    /// Those of `policies` that are of `tier` and have a rule in `direction` for `subject`; `None` when there is none.
    pub fn of(
        policies: impl IntoIterator<Item = &'a TieredSpec>,
        tier: Tier,
        subject: &PodEnd<'_>,
        direction: Direction,
    ) -> Option<Self> {
        let governing =
            policies.into_iter().filter(|policy| policy.tier == tier && policy.selects(subject));
        let prepared = governing.map(|policy| {
            let rules = policy.rules(direction).iter().map(Prepared::of);
            (policy.priority, rules.collect::<Vec<_>>())
        });
        let mut policies: Vec<(i64, Vec<Prepared<'a>>)> =
            prepared.filter(|(_, rules)| !rules.is_empty()).collect();
        policies.sort_by_key(|(priority, _)| *priority);
        (!policies.is_empty()).then_some(Self { direction, policies })
    }

    /// What they decide about `peer`, the end that `subject` connects to for egress and is connected from for ingress; what they
    /// leave open is for the next stage.
    pub fn stage(&self, network: &Network, subject: &PodEnd<'_>, peer: &End<'_>) -> Stage {
        let pair = Pair { network, subject, peer, direction: self.direction };
        let equals = self.policies.chunk_by(|one, other| one.0 == other.0);
        let steps = equals.flat_map(|equals| {
            let policies = equals.iter().map(|(_, rules)| {
                rules.iter().flat_map(|rule| steps(rule, &pair)).collect::<Vec<_>>()
            });
            in_any_order(policies.collect())
        });
        Stage { steps: steps.collect(), rest: Rest::Next }
    }

    /// The direction that they govern.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// The rules, the first to decide first.
    pub fn rules(&self) -> impl Iterator<Item = &'a TieredRule> {
        self.policies.iter().flat_map(|(_, rules)| rules).map(|prepared| prepared.rule)
    }

    /// The networks that the rules name: no rule tells two addresses apart that are in the same of them.
    pub fn blocks(&self) -> impl Iterator<Item = &AddressSet> {
        let rules = self.policies.iter().flat_map(|(_, rules)| rules);
        rules.filter_map(|rule| rule.networks.as_ref())
    }
}

impl<'a> Prepared<'a> {
    fn of(rule: &'a TieredRule) -> Self {
        let blocks = rule.peers.iter().flat_map(|peer| match peer {
            TieredPeer::Networks(blocks) => blocks.as_slice(),
            _ => &[],
        });
        let networks: AddressSet = blocks.map(crate::netpol::Block::addresses).collect();
        Self {
            rule,
            numbers: PortSets::of(|protocol| rule.ports.numbers(protocol)),
            networks: (!networks.is_empty()).then_some(networks),
        }
    }
}

/// The steps of one rule.
fn steps(prepared: &Prepared<'_>, pair: &Pair<'_>) -> Vec<Step> {
    let (certain, possible) = matched(prepared, pair);
    let step = |action, certain: &PortSets| Step {
        action,
        certain: certain.clone(),
        possible: possible.clone(),
    };
    let is_unreadable = prepared.rule.peers.contains(&TieredPeer::Unreadable);
    let found = match prepared.rule.action {
        Some(Action::Accept) => vec![step(Action::Accept, &certain)],
        // An implementation that does not know a peer must fail closed (SEMANTICS 7.1).
        Some(Action::Deny | Action::Pass) if is_unreadable => {
            vec![Step::certain(Action::Deny, ports_of(prepared, pair).1)]
        }
        Some(action) => vec![step(action, &certain)],
        None => [Action::Accept, Action::Deny, Action::Pass]
            .map(|action| Step::possible(action, ports_of(prepared, pair).1))
            .to_vec(),
    };
    found.into_iter().filter(|step| !step.possible.is_empty()).collect()
}

/// The ports of the rule with the names that the pod that is connected to declares: certain, and possible.
fn ports_of(prepared: &Prepared<'_>, pair: &Pair<'_>) -> (PortSets, PortSets) {
    let mut ports = (prepared.numbers.clone(), prepared.numbers.clone());
    for entry in prepared.rule.ports.entries() {
        if let PortMatch::Name(protocol, name) = entry {
            let (certain, possible) = ContainerPort::named(pair.declared(), *protocol, name);
            ports = (ports.0.union(&certain), ports.1.union(&possible));
        }
    }
    ports
}

/// The ports on which the rule matches the peer: certain, and possible.
fn matched(prepared: &Prepared<'_>, pair: &Pair<'_>) -> (PortSets, PortSets) {
    let nothing = PortSets::default;
    let is_selected = prepared.rule.peers.iter().any(|peer| match (peer, pair.selectable()) {
        (TieredPeer::Pods(pods), Some(end)) => pods.selects(end.namespace_labels, end.labels),
        _ => false,
    });
    if is_selected {
        return ports_of(prepared, pair);
    }
    // Names stand for nothing on what is chosen by its address.
    let numbers = &prepared.numbers;
    let held = prepared.networks.as_ref().map_or(Held::No, |networks| match pair.holds(networks) {
        Held::AddressUnknown if pair.is_everywhere(networks) => Held::Yes,
        held => held,
    });
    match held {
        Held::Yes => (numbers.clone(), numbers.clone()),
        Held::Maybe | Held::AddressUnknown => (nothing(), numbers.clone()),
        Held::No if may_be_named(prepared.rule, pair) => (nothing(), numbers.clone()),
        Held::No => (nothing(), nothing()),
    }
}

/// Whether the peer may be among the nodes, or behind the domain names, that the rule names.
fn may_be_named(rule: &TieredRule, pair: &Pair<'_>) -> bool {
    rule.peers.iter().any(|named| match (named, pair.peer) {
        (TieredPeer::Nodes, End::Pod(pod)) => pod.host_network,
        (TieredPeer::Nodes, End::Addresses(addresses)) => {
            let nodes = pair.network.nodes.as_ref();
            nodes.is_none_or(|nodes| !nodes.intersection(addresses).is_empty())
        }
        (TieredPeer::Domains, End::Addresses(_)) => true,
        _ => false,
    })
}
