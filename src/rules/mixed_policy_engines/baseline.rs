//! Baseline policies and the pods that `NetworkPolicies` select (SEMANTICS 7.1).
//!
//! A `NetworkPolicy` that isolates a pod switches the Baseline tier off for it, in that direction: that is how the tier is meant,
//! and only reported. One of the other direction must not, and does with the code of kube-network-policies: it takes a pod that
//! any `NetworkPolicy` selects for one about which the tier has nothing to say (`EvaluateEgress` in `pkg/networkpolicy`).

use crate::connections::governing_tier;
use crate::facts::{Enforces, Plugin, cni};
use crate::model::{Problem, RuleLevel, Scope};
use crate::netpol::{Direction, End, Labels, Network, PodEnd, Tier, TierGoverning, decide};
use crate::object::{ObjectRef, Policy, Workload};

use crate::rules::answering::{answers_for, isolating, selected};

use super::peers::anyone;
use super::words::{shown, workloads_shown};

/// The plugins that enforce policies by the code of kube-network-policies.
const ANY_POLICY_SWITCHES_OFF: [Plugin; 3] =
    [Plugin::Flannel, Plugin::Kindnet, Plugin::KubeNetworkPolicies];

/// Who asks the Baseline tier less than it should.
enum Implementation {
    /// It does.
    Faulty(Plugin),
    /// It does not.
    Right,
    /// Nobody knows which one enforces.
    Unknown,
}

/// At most one problem for each direction.
pub(super) fn problems(policy: &Policy, scope: &Scope<'_>, network: &Network) -> Vec<Problem> {
    let has_tier = scope.world.tiered_policies().any(|policy| policy.spec.tier == Tier::Baseline);
    let directions = if has_tier { &Direction::BOTH[..] } else { &[] };
    let found = directions.iter().filter_map(|direction| {
        if policy.spec.types.contains(*direction) {
            switched_off(policy, *direction, scope, network)
        } else {
            of_the_other_direction(policy, *direction, scope, network)
        }
    });
    found.collect()
}

/// The policy isolates pods that a Baseline policy closes, and lets somebody through: the latter is not asked any more.
fn switched_off(
    policy: &Policy,
    direction: Direction,
    scope: &Scope<'_>,
    network: &Network,
) -> Option<Problem> {
    let answers = |labels: &Labels| answers_for(policy, labels, direction, scope);
    let (about, closing) = closed(policy, direction, scope, network, answers)?;
    let who = workloads_shown(&about);
    let message = format!(
        "NetworkPolicy {}: {closing} says nothing about {direction} of {who} any more, because this policy isolates them; what it \
         allows is all that counts",
        policy.meta.name,
    );
    Some(problem(message, direction).about(about).at_most(RuleLevel::Audit))
}

/// No policy isolates the pods in this direction, and the Baseline tier should still close them.
fn of_the_other_direction(
    policy: &Policy,
    direction: Direction,
    scope: &Scope<'_>,
    network: &Network,
) -> Option<Problem> {
    let (implementation, level) = match implementation(scope) {
        Implementation::Right => return None,
        Implementation::Faulty(plugin) => (format!("{plugin} takes"), RuleLevel::Deny),
        Implementation::Unknown => ("some network plugins take".to_owned(), RuleLevel::Audit),
    };
    let answers = |labels: &Labels| {
        let mut selecting = scope.policies().filter(|other| other.spec.selector.matches(labels));
        isolating(labels, direction, scope).next().is_none()
            && selecting.next().is_some_and(|first| first.meta.name == policy.meta.name)
    };
    let (about, closing) = closed(policy, direction, scope, network, answers)?;
    let who = workloads_shown(&about);
    let message = format!(
        "NetworkPolicy {}: {implementation} every NetworkPolicy for one of both directions and asks {closing} no more about \
         {direction} of {who}; write what they may for {direction} too",
        policy.meta.name,
    );
    Some(problem(message, direction).about(about).at_most(level))
}

fn problem(message: String, direction: Direction) -> Problem {
    Problem::new(message).direction(direction).key("baseline")
}

fn implementation(scope: &Scope<'_>) -> Implementation {
    let cni = cni(scope.world, scope.settings);
    match cni.plugin.filter(|_| cni.enforces == Enforces::Yes) {
        None => Implementation::Unknown,
        Some(plugin) if ANY_POLICY_SWITCHES_OFF.contains(&plugin) => Implementation::Faulty(plugin),
        Some(_) => Implementation::Right,
    }
}

/// The workloads with labels that are `meant`, selected by the policy, that Baseline policies close, and these.
fn closed<'a>(
    policy: &Policy,
    direction: Direction,
    scope: &Scope<'a>,
    network: &Network,
    is_meant: impl Fn(&Labels) -> bool,
) -> Option<(Vec<&'a Workload>, String)> {
    let mut about = Vec::new();
    let mut closing = Vec::new();
    for workload in selected(policy, scope) {
        let subject = workload.end(scope.labels());
        if !is_meant(subject.labels) || !is_closed(&subject, direction, scope, network) {
            continue;
        }
        about.push(workload);
        if closing.is_empty() {
            closing = by(&subject, direction, scope, network);
        }
    }
    (!closing.is_empty()).then(|| (about, shown(&closing)))
}

/// Whether the Baseline tier surely denies everything with a pod that no rule names.
fn is_closed(
    subject: &PodEnd<'_>,
    direction: Direction,
    scope: &Scope<'_>,
    network: &Network,
) -> bool {
    let tier = governing_tier(scope.world, network, Tier::Baseline, subject, direction);
    tier.is_some_and(|tier| denies(&tier, subject, network))
}

fn denies(tier: &TierGoverning<'_>, subject: &PodEnd<'_>, network: &Network) -> bool {
    let nobody = Labels::default();
    let stage = tier.stage(network, subject, &End::Pod(anyone(&nobody)));
    decide(&[stage]).possible().is_empty()
}

/// The policies that close it by themselves.
fn by(
    subject: &PodEnd<'_>,
    direction: Direction,
    scope: &Scope<'_>,
    network: &Network,
) -> Vec<ObjectRef> {
    let enforced = scope.world.tiered_policies().filter(|policy| policy.is_enforced(network));
    let closing = enforced.filter(|policy| {
        let alone = TierGoverning::of([&policy.spec], Tier::Baseline, subject, direction);
        alone.is_some_and(|alone| denies(&alone, subject, network))
    });
    closing.map(crate::object::TieredPolicy::reference).collect()
}
