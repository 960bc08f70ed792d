//! The Admin tier accepts everything before any `NetworkPolicy` is asked: a default-deny that does not hold (SEMANTICS 7.1).

use crate::connections::governing_tier;
use crate::model::{Problem, Scope};
use crate::netpol::{
    Direction, End, Governing, Labels, Network, PodEnd, PortSets, Rest, Stage, Tier, TierGoverning,
    decide,
};
use crate::object::{ObjectRef, Policy};

use crate::rules::answering::{broadest_isolating, selected};

use super::peers::{Who, anyone};
use super::words::{preposition, shown, workloads_shown};

/// At most one problem, on the policy with the broadest selector: that is the default-deny.
pub(super) fn problem(
    policy: &Policy,
    direction: Direction,
    scope: &Scope<'_>,
    network: &Network,
) -> Option<Problem> {
    let answers = |labels: &Labels| {
        let broadest = broadest_isolating(labels, direction, scope);
        broadest.is_some_and(|broadest| broadest.meta.name == policy.meta.name)
    };
    let is_accepted = |subject: &PodEnd<'_>| accepts_everything(subject, direction, scope, network);
    let nobody = Labels::default();
    let workloads = selected(policy, scope);
    let first = match workloads.first() {
        // Nobody is there yet: a pod that nobody wrote a rule for stands for those to come.
        None if scope.focus().is_none() && policy.spec.selector.matches(&nobody) => {
            let subject = PodEnd {
                namespace: &scope.namespace.name,
                namespace_labels: scope.labels(),
                ..anyone(&nobody)
            };
            (answers(&nobody) && is_accepted(&subject))
                .then(|| by(&subject, direction, scope, network))
        }
        _ => None,
    };
    let mut about = Vec::new();
    let mut policies = first.unwrap_or_default();
    for workload in workloads {
        let subject = workload.end(scope.labels());
        if answers(subject.labels) && is_accepted(&subject) {
            about.push(workload);
            if policies.is_empty() {
                policies = by(&subject, direction, scope, network);
            }
        }
    }
    if policies.is_empty() {
        return None;
    }
    let who = if about.is_empty() { "its pods".to_owned() } else { workloads_shown(&about) };
    let message = format!(
        "NetworkPolicy {name}: {tier} accepts everything {side} {everyone} for {who} before any NetworkPolicy is asked, so this one does \
         not hold for {direction}; accept less there, or pass",
        name = policy.meta.name,
        tier = shown(&policies),
        side = preposition(direction),
        everyone = Who::Anyone,
    );
    let path = format!("/spec/{direction}");
    Some(Problem::new(message).at(path).direction(direction).key("accepted").about(about))
}

/// Whether the Admin tier surely accepts everything with a pod that no rule names, which the `NetworkPolicies` do not.
fn accepts_everything(
    subject: &PodEnd<'_>,
    direction: Direction,
    scope: &Scope<'_>,
    network: &Network,
) -> bool {
    let nobody = Labels::default();
    let peer = End::Pod(anyone(&nobody));
    let tier = governing_tier(scope.world, network, Tier::Admin, subject, direction);
    let standard = Governing::of(scope.specs().iter().copied(), subject, direction);
    let standard = standard.map(|standard| decide(&[standard.stage(network, subject, &peer)]));
    tier.is_some_and(|tier| accepted(&tier, network, subject, &peer).is_everything())
        && standard.is_some_and(|standard| !standard.possible().is_everything())
}

/// What the tier itself accepts for certain.
fn accepted(
    tier: &TierGoverning<'_>,
    network: &Network,
    subject: &PodEnd<'_>,
    peer: &End<'_>,
) -> PortSets {
    let end = Stage { steps: Vec::new(), rest: Rest::Denied };
    decide(&[tier.stage(network, subject, peer), end]).allowed
}

/// The policies that accept it, each by itself; all of the tier that accept something where only several together do.
fn by(
    subject: &PodEnd<'_>,
    direction: Direction,
    scope: &Scope<'_>,
    network: &Network,
) -> Vec<ObjectRef> {
    let nobody = Labels::default();
    let peer = End::Pod(anyone(&nobody));
    let enforced = scope.world.tiered_policies().filter(|policy| policy.is_enforced(network));
    let accepting: Vec<(ObjectRef, PortSets)> = enforced
        .filter_map(|policy| {
            let alone = TierGoverning::of([&policy.spec], Tier::Admin, subject, direction)?;
            let ports = accepted(&alone, network, subject, &peer);
            (!ports.is_empty()).then(|| (policy.reference(), ports))
        })
        .collect();
    let whole = accepting.iter().any(|(_, ports)| ports.is_everything());
    let counts = accepting.into_iter().filter(|(_, ports)| !whole || ports.is_everything());
    counts.map(|(reference, _)| reference).collect()
}
