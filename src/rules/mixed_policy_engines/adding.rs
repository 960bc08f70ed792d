//! `NetworkPolicies` and policies of another engine that add up: what either allows is allowed, so neither is the limit.
//!
//! Lists of one namespace that are about the same ports (for egress: the same peers) and differ there look like limits and are
//! none. Lists that are about different things only complete each other, and so do the lists for the whole cluster that
//! platforms give to every pod; of those nothing more is said than that they differ, unless they let everyone in or out.

use std::cmp::Reverse;

use crate::connections::{Governed, Halves};
use crate::model::{Problem, RuleLevel, Scope};
use crate::netpol::{Direction, End, Network, PodEnd, PortSets};
use crate::object::{ObjectRef, Policy, Workload};

use crate::rules::answering::{allows_something, answers_for, selected};

use super::engines::{self, Own};
use super::peers::{Peers, Who};
use super::words::{ports_shown, preposition, shown, workloads_shown};

/// How many pairs of ends are compared for one policy: what a webhook can do in the time that it has.
const PAIRS: usize = 10_000;

/// What one of the two allows and the other does not.
struct Addition {
    level: RuleLevel,
    /// The other engine allows it, and `NetworkPolicies` do not.
    is_by_other: bool,
    policies: Vec<ObjectRef>,
    who: Who,
    ports: PortSets,
}

/// At most one problem, on the policy that answers for the pods (SEMANTICS 13.5 and 13.12).
pub(super) fn problem(
    policy: &Policy,
    direction: Direction,
    scope: &Scope<'_>,
    network: &Network,
) -> Option<Problem> {
    if !allows_something(policy, direction, scope) {
        return None;
    }
    let mut found: Vec<(&Workload, Addition)> = Vec::new();
    let mut left = PAIRS;
    for workload in selected(policy, scope) {
        if !answers_for(policy, &workload.template.labels, direction, scope) {
            continue;
        }
        let subject = workload.end(scope.labels());
        let governed = Governed::of(scope.world, network, scope.namespace, &subject, direction);
        if !governed.adds_up(network) {
            continue;
        }
        let peers = Peers::of(&governed, scope.world, scope.namespace, network);
        let ends: Vec<(Who, End<'_>)> = peers.iter().collect();
        let Some(rest) = left.checked_sub(ends.len()) else { break };
        left = rest;
        let own = engines::adding(scope.world, scope.namespace, network, &subject, direction);
        let lists = Lists { own, network, subject: &subject, direction };
        found.extend(lists.addition(&governed, &ends).map(|addition| (workload, addition)));
    }
    let worst = found.iter().map(|(_, addition)| addition.level).max()?;
    found.retain(|(_, addition)| addition.level == worst);
    let about: Vec<&Workload> = found.iter().map(|(workload, _)| *workload).collect();
    let (_, addition) = found.first()?;
    let message = addition.told(&policy.meta.name, &workloads_shown(&about), direction);
    let path = format!("/spec/{direction}");
    let problem = Problem::new(message).at(path).direction(direction).key("adds up");
    Some(problem.about(about).at_most(worst))
}

impl Addition {
    fn told(&self, name: &str, who: &str, direction: Direction) -> String {
        let (allows, which) = if self.is_by_other {
            ("allows", "NetworkPolicies do not")
        } else {
            ("does not allow", "NetworkPolicies do")
        };
        let advice = match self.level {
            RuleLevel::Deny => "keep what these pods may in one of them",
            _ => "both lists count",
        };
        format!(
            "NetworkPolicy {name}: {others} adds up with it for {who} and {allows} {direction} {side} {peer} on {ports}, \
             which {which}; {advice}",
            others = shown(&self.policies),
            side = preposition(direction),
            peer = self.who,
            ports = ports_shown(&self.ports),
        )
    }
}

/// The two lists of one pod.
struct Lists<'s> {
    own: Vec<Own<'s>>,
    network: &'s Network,
    subject: &'s PodEnd<'s>,
    direction: Direction,
}

impl Lists<'_> {
    /// What says most that neither list is the limit: the worst, of those the widest.
    fn addition(&self, governed: &Governed<'_>, ends: &[(Who, End<'_>)]) -> Option<Addition> {
        let decided = |(_, end): &(Who, End<'_>)| governed.halves(self.network, self.subject, end);
        let halves: Vec<Halves> = ends.iter().filter_map(decided).collect();
        // Pods that rules name may not be there yet; those of Calico are asked one by one.
        let opened = halves.iter().map(|halves| &halves.other.allowed);
        let opened = opened.fold(governed.cilium_ports(), |ports, other| ports.union(other));
        let shared = governed.standard_ports(self.subject).intersection(&opened);
        let mut additions = Vec::new();
        for ((who, end), halves) in ends.iter().zip(&halves) {
            for (is_by_other, ports) in [(true, halves.by_other()), (false, halves.by_standard())] {
                let both = match self.direction {
                    Direction::Ingress => ports.intersection(&shared),
                    Direction::Egress if halves.both_allow() => ports.clone(),
                    Direction::Egress => PortSets::default(),
                };
                let is_about_both = !both.is_empty();
                let ports = if is_about_both { both } else { ports };
                if ports.is_empty() {
                    continue;
                }
                let is_meant = |own: &&Own<'_>| {
                    !is_by_other
                        || !own
                            .allows(self.network, self.subject, end)
                            .intersection(&ports)
                            .is_empty()
                };
                let policies: Vec<ObjectRef> =
                    self.own.iter().filter(is_meant).map(|own| own.reference.clone()).collect();
                let is_local = policies.iter().any(|policy| policy.namespace.is_some());
                let level = match (is_about_both, is_local || self.is_everyone(who)) {
                    (true, true) => RuleLevel::Deny,
                    (true, false) => RuleLevel::Audit,
                    (false, _) if is_local => RuleLevel::Audit,
                    (false, _) => continue,
                };
                additions.push(Addition { level, is_by_other, policies, who: who.clone(), ports });
            }
        }
        // The first of the worst: wide ends come first.
        additions.into_iter().min_by_key(|addition| Reverse(addition.level))
    }

    fn is_everyone(&self, who: &Who) -> bool {
        match who {
            Who::Anyone => true,
            Who::Outside(addresses) => addresses.covers_all(self.network.families),
            Who::Pods(_) => false,
        }
    }
}
