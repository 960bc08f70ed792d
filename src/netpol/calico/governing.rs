//! What Calico's policies decide between two given ends: one stage per tier.

use std::sync::Arc;

use super::chain::Chain;
use super::policy::DEFAULT_TIER;
use super::steps::Prepared;
use super::{NetworkSet, Order, Policy, RuleAction, Tier};
use crate::netpol::pair::Pair;
use crate::netpol::truth::all;
use crate::netpol::{
    Action, AddressSet, Direction, End, Families, Network, PodEnd, PortSets, Rest, Stage, Step,
};

/// The policies that govern one pod in one direction, prepared for many peers.
#[derive(Clone, Debug)]
pub struct Governing<'a> {
    direction: Direction,
    sets: Option<Arc<[NetworkSet]>>,
    /// In their order; the tier `default` is always there.
    pub(super) tiers: Vec<Chain<'a>>,
    /// Policies of tiers that are not known: nobody knows when they are asked, or whether at all.
    pub(super) lost: Vec<Prepared<'a>>,
    blocks: Vec<AddressSet>,
}

impl<'a> Governing<'a> {
    /// Those of `policies` that govern `subject` in `direction`, or may; `None` when none does: then they say nothing.
    ///
    /// `tiers` are those that are known; a policy of another one makes everything unknown that it may decide. `sets` are all
    /// sets with labels that there are, `None` when that is not known.
    pub fn of(
        policies: impl IntoIterator<Item = Policy<'a>>,
        tiers: &[Tier],
        sets: Option<Arc<[NetworkSet]>>,
        subject: &PodEnd<'_>,
        direction: Direction,
    ) -> Option<Self> {
        let governing = policies.into_iter().filter_map(|policy| {
            let governs = all([policy.governs(direction), policy.selects(subject)]);
            let is_certain = governs == Some(true);
            (governs != Some(false))
                .then(|| Prepared::of(policy, is_certain, direction, sets.as_deref()))
        });
        let mut policies: Vec<Prepared<'a>> = governing.collect();
        if policies.is_empty() {
            return None;
        }
        let blocks = blocks(&policies, sets.as_deref().unwrap_or_default(), direction);
        let mut chains = Vec::new();
        for tier in in_order(tiers) {
            let (own, others) =
                policies.into_iter().partition(|policy| policy.policy.spec.tier == tier.name);
            chains.push(Chain::of(tier, own));
            policies = others;
        }
        Some(Self { direction, sets, tiers: chains, lost: policies, blocks })
    }

    /// How many rules there are.
    pub fn size(&self) -> usize {
        let policies = self.tiers.iter().flat_map(Chain::policies).chain(&self.lost);
        policies.map(|policy| policy.rules().count()).sum()
    }

    /// What they decide about `peer`, the end that `subject` connects to for egress and is connected from for ingress.
    ///
    /// `standard` is what the `NetworkPolicies` of Kubernetes decide: its rules stand in the tier `default`, and it isolates
    /// like a policy of that tier. What is left open after the last stage is allowed.
    pub fn stages(
        &self,
        network: &Network,
        subject: &PodEnd<'_>,
        peer: &End<'_>,
        standard: Option<Stage>,
    ) -> Vec<Stage> {
        let placed = self.placed_stages(network, subject, peer, standard);
        placed.into_iter().map(|(_, stage)| stage).collect()
    }

    /// The same with the order of their tiers, for stages of others to be put between them.
    pub fn placed_stages(
        &self,
        network: &Network,
        subject: &PodEnd<'_>,
        peer: &End<'_>,
        mut standard: Option<Stage>,
    ) -> Vec<(Order, Stage)> {
        let pair = Pair { network, subject, peer, direction: self.direction };
        let lost = self.lost(&pair).map(|stage| (Order::FIRST, stage));
        let mut stages: Vec<(Order, Stage)> = lost.into_iter().collect();
        for chain in &self.tiers {
            let of_tier = if chain.tier.name == DEFAULT_TIER { standard.take() } else { None };
            let stage = chain.stage(&pair, self.sets.as_deref(), of_tier);
            stages.extend(stage.map(|stage| (chain.tier.order, stage)));
        }
        stages
    }

    /// The direction that they govern.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// The addresses that the rules name: no rule tells two addresses apart that are in the same of them.
    pub fn blocks(&self) -> impl Iterator<Item = &AddressSet> {
        self.blocks.iter()
    }

    /// Whether they surely isolate the pod by themselves: some tier denies what none of its rules decides.
    pub fn isolates(&self) -> bool {
        let is_asked = |chain: &&Chain<'_>| chain.policies().next().is_some();
        self.tiers.iter().filter(is_asked).any(|chain| chain.rest(None) == Rest::Denied)
    }

    /// Whether some rule allows something to somebody.
    pub fn has_allowance(&self) -> bool {
        let rules = self.tiers.iter().flat_map(Chain::policies).flat_map(Prepared::rules);
        rules
            .chain(self.lost.iter().flat_map(Prepared::rules))
            .any(|rule| rule.action == RuleAction::Allow)
    }

    /// Whether a rule may allow something, or leave it to where it is allowed; `standard_allows` says it of the rules of
    /// Kubernetes' policies, `None` without any.
    pub(super) fn may_allow(&self, standard_allows: Option<bool>) -> bool {
        let by_tiers = self.tiers.iter().rev().fold(true, |may_allow_after, chain| {
            let standard = standard_allows.filter(|_| chain.tier.name == DEFAULT_TIER);
            chain.may_allow(may_allow_after, standard)
        });
        let mut lost = self.lost.iter().flat_map(Prepared::rules);
        by_tiers || lost.any(|rule| matches!(rule.action, RuleAction::Allow | RuleAction::Unknown))
    }

    /// Policies of tiers that are not known may accept what they accept, and deny anything.
    fn lost(&self, pair: &Pair<'_>) -> Option<Stage> {
        if self.lost.is_empty() {
            return None;
        }
        let steps = self.lost.iter().flat_map(|policy| policy.steps(pair, self.sets.as_deref()));
        let accepted = steps.filter(|step| step.action == Action::Accept);
        let accepted =
            accepted.fold(PortSets::default(), |ports, step| ports.union(&step.possible));
        let steps = vec![
            Step::possible(Action::Accept, accepted),
            Step::possible(Action::Deny, PortSets::everything()),
        ];
        Some(Stage { steps, rest: Rest::Next })
    }
}

/// The tiers in their order, with the one that is always there.
fn in_order(tiers: &[Tier]) -> Vec<Tier> {
    let mut tiers = tiers.to_vec();
    if !tiers.iter().any(|tier| tier.name == DEFAULT_TIER) {
        tiers.push(Tier::default_tier());
    }
    tiers.sort_by(|one, other| (one.order, &one.name).cmp(&(other.order, &other.name)));
    tiers
}

/// The addresses that the rules tell apart.
fn blocks(policies: &[Prepared<'_>], sets: &[NetworkSet], direction: Direction) -> Vec<AddressSet> {
    let rules = || policies.iter().flat_map(|policy| policy.policy.rules(direction));
    let mut blocks: Vec<AddressSet> = rules().flat_map(super::Rule::nets).cloned().collect();
    if rules().any(|rule| rule.family.is_some()) {
        blocks.push(AddressSet::of(Families { v4: true, v6: false }));
    }
    blocks.extend(sets.iter().map(|set| set.addresses.clone()));
    blocks.sort();
    blocks.dedup();
    blocks
}
