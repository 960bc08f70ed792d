//! Which policies decide where those of Calico govern: tier by tier, in a tier policy by policy (SEMANTICS 7.3).

use std::cmp::Ordering;

use crate::model::NamespaceView;
use crate::netpol::calico::{DefaultAction, Governing, InTier, Order, Policy, RuleAction, Spec};
use crate::netpol::{Action, Direction, End, PodEnd, Tier};

use super::answer::{Question, Side};

/// The tiers of Kubernetes as Calico keeps them among its own, the last one first.
const OF_KUBERNETES: [(Order, Tier); 2] =
    [(Order::OF_BASELINE_TIER, Tier::Baseline), (Order::OF_ADMIN_TIER, Tier::Admin)];

impl Question<'_> {
    /// Which policies of all engines decide about a pod that `governing` governs.
    pub(super) fn among_calico(
        &self,
        governing: &Governing<'_>,
        view: &NamespaceView,
        pod: &PodEnd<'_>,
        peers: &[End<'_>],
        side: &mut Side,
    ) {
        side.isolating.extend(governing.of_unknown_tiers().map(|policy| name(&policy)));
        let mut others = OF_KUBERNETES.to_vec();
        for tier in governing.tiers() {
            while let Some((_, other)) = others.pop_if(|(order, _)| *order < tier.order) {
                if self.tier(other, pod, peers, side) {
                    return;
                }
            }
            if self.tier_of_calico(&tier, view, pod, peers, side) {
                return;
            }
        }
        while let Some((_, other)) = others.pop() {
            if self.tier(other, pod, peers, side) {
                return;
            }
        }
    }

    /// The same of one tier; whether that is final.
    fn tier_of_calico(
        &self,
        tier: &InTier<'_>,
        view: &NamespaceView,
        pod: &PodEnd<'_>,
        peers: &[End<'_>],
        side: &mut Side,
    ) -> bool {
        let placed = |wanted: Ordering| {
            let is_there =
                |policy: &&Policy<'_>| policy.spec.order.cmp(&Order::OF_KUBERNETES) == wanted;
            tier.policies.iter().filter(is_there).collect::<Vec<_>>()
        };
        let (before, beside, after) =
            (placed(Ordering::Less), placed(Ordering::Equal), placed(Ordering::Greater));
        let (isolating, admitting) = (side.isolating.len(), side.admitting.len());
        let decided = self.rules_of_calico(&before, pod, peers, side).or_else(|| {
            // Which of them and of Kubernetes' policies is asked first is not known.
            side.isolating.extend(beside.into_iter().map(name));
            if tier.is_of_kubernetes {
                self.policies(view, pod, peers, side);
            }
            let is_admitted = self.port.is_some() && side.admitting.len() > admitting;
            is_admitted.then_some(Action::Accept)
        });
        match decided.or_else(|| self.rules_of_calico(&after, pod, peers, side)) {
            Some(action) => action != Action::Pass,
            None if tier.default_action == DefaultAction::Pass => false,
            None => {
                side.isolating.extend(tier.policies.iter().map(name));
                side.isolating.sort();
                side.isolating.dedup();
                let mut rules =
                    tier.policies.iter().flat_map(|policy| policy.rules(side.direction));
                side.isolating.len() > isolating
                    && !rules.any(|rule| rule.action == RuleAction::Pass)
            }
        }
    }

    /// The first of the rules that is about what is asked, one port, for every peer; without a port all of them are told.
    fn rules_of_calico(
        &self,
        policies: &[&Policy<'_>],
        pod: &PodEnd<'_>,
        peers: &[End<'_>],
        side: &mut Side,
    ) -> Option<Action> {
        let direction = side.direction;
        for policy in policies {
            for index in 0..policy.rules(direction).len() {
                let alone = with_one_rule(policy.spec, direction, index);
                let alone = Policy { spec: &alone, ..**policy };
                let Some(rule) = Governing::of([alone], &[], None, pod, direction) else {
                    continue;
                };
                let steps = |peer: &End<'_>| {
                    let stages = rule.stages(self.network, pod, peer, None);
                    stages.into_iter().flat_map(|stage| stage.steps).collect()
                };
                let Some(action) = self.action(steps, peers) else { continue };
                match action {
                    Action::Accept => {
                        side.admitting.push((name(policy), format!("/spec/{direction}/{index}")));
                    }
                    Action::Deny => side.isolating.push(name(policy)),
                    Action::Pass => {}
                }
                if self.port.is_some() {
                    return Some(action);
                }
            }
        }
        None
    }
}

fn name(policy: &Policy<'_>) -> String {
    match policy.namespace {
        Some(namespace) => format!("{namespace}/{}", policy.name),
        None => policy.name.to_owned(),
    }
}

/// The policy in the tier that is always there, with one of its rules.
fn with_one_rule(spec: &Spec, direction: Direction, index: usize) -> Spec {
    let mut spec = Spec { tier: Spec::default().tier, ..spec.clone() };
    let rules = match direction {
        Direction::Ingress => &mut spec.ingress,
        Direction::Egress => &mut spec.egress,
    };
    *rules = vec![rules[index].clone()];
    spec
}
