//! Which policies of other engines decide.

use crate::model::NamespaceView;
use crate::netpol::{
    Action, Direction, End, PodEnd, Step, Tier, TierGoverning, TieredSpec, cilium,
};
use crate::object::TieredPolicy;

use super::answer::{Question, Side};

impl Question<'_> {
    /// Which policies of a tier accept or deny what is asked, for every peer; whether that is final: one port is asked for, and
    /// the first rule that is about it decides.
    pub(super) fn tier(
        &self,
        tier: Tier,
        pod: &PodEnd<'_>,
        peers: &[End<'_>],
        side: &mut Side,
    ) -> bool {
        let direction = side.direction;
        let of_tier = self.ends.world.tiered_policies().filter(|policy| policy.spec.tier == tier);
        let mut policies: Vec<&TieredPolicy> = of_tier.collect();
        policies.sort_by_key(|policy| policy.spec.priority);
        let rules = policies.into_iter().flat_map(|policy| {
            (0..policy.spec.rules(direction).len()).map(move |index| (policy, index))
        });
        for (policy, index) in rules {
            let alone = with_one_tiered_rule(&policy.spec, direction, index);
            let Some(rule) = TierGoverning::of([&alone], tier, pod, direction) else { continue };
            let steps = |peer: &End<'_>| rule.stage(self.network, pod, peer).steps;
            let Some(action) = self.action(steps, peers) else { continue };
            let name = policy.meta.name.clone();
            match action {
                Action::Accept => side.admitting.push((name, format!("/spec/{direction}/{index}"))),
                Action::Deny => side.isolating.push(name),
                Action::Pass => {}
            }
            if self.port.is_some() {
                return action != Action::Pass;
            }
        }
        side.isolating.dedup();
        false
    }

    /// What the steps of a rule do with some port that is asked for, the same for all peers.
    pub(super) fn action(
        &self,
        steps: impl Fn(&End<'_>) -> Vec<Step>,
        peers: &[End<'_>],
    ) -> Option<Action> {
        let mut actions = peers.iter().map(|peer| {
            let steps = steps(peer);
            let asked = self.asked();
            let hit = steps.into_iter().find(|step| !step.certain.intersection(&asked).is_empty());
            hit.map(|step| step.action)
        });
        let first = actions.next()??;
        actions.all(|action| action == Some(first)).then_some(first)
    }

    /// Which of Cilium's policies isolate the pod, deny what is asked, or admit it for every peer.
    pub(super) fn cilium(
        &self,
        view: &NamespaceView,
        pod: &PodEnd<'_>,
        peers: &[End<'_>],
        side: &mut Side,
    ) {
        if self.network.engines.cilium == Some(false) {
            return;
        }
        for policy in self.ends.world.cilium_policies_for(view) {
            let placed = [policy.placed()];
            let Some(alone) = cilium::Governing::of(placed, pod, side.direction) else { continue };
            let name = match placed[0].home {
                Some(home) => format!("{home}/{}", policy.meta.name),
                None => policy.meta.name.clone(),
            };
            let hits = |steps: &[Step]| {
                let asked = self.asked();
                steps.iter().any(|step| !step.certain.intersection(&asked).is_empty())
            };
            let is_denied =
                peers.iter().all(|peer| hits(&alone.deny_stage(self.network, peer).steps));
            if alone.isolates() == Some(true) || is_denied {
                side.isolating.push(name.clone());
            }
            if peers.iter().all(|peer| hits(&alone.accept_steps(self.network, peer))) {
                side.admitting.push((name, "/spec".to_owned()));
            }
        }
    }
}

fn with_one_tiered_rule(spec: &TieredSpec, direction: Direction, index: usize) -> TieredSpec {
    let mut spec = spec.clone();
    let rules = match direction {
        Direction::Ingress => &mut spec.ingress,
        Direction::Egress => &mut spec.egress,
    };
    *rules = vec![rules[index].clone()];
    spec
}
