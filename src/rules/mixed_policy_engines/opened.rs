//! Policies of Cilium or Calico allow everything to every pod of the namespace: a default-deny beside them that does not hold,
//! because what either allows is allowed (SEMANTICS 7.2), in a tier of Calico too, which denies at its end (SEMANTICS 7.3).

use crate::connections::Governed;
use crate::model::{Problem, Scope};
use crate::netpol::{Direction, End, Governing, Labels, Network, PodEnd, decide};
use crate::object::{ObjectRef, Policy};

use crate::rules::answering::{allows_something, broadest_isolating};

use super::engines;
use super::peers::{Who, anyone};
use super::words::{preposition, shown};

/// At most one problem, on the policy with the broadest selector: that is the default-deny. Of one that
/// allows something `adding` speaks.
pub(super) fn problem(
    policy: &Policy,
    direction: Direction,
    scope: &Scope<'_>,
    network: &Network,
) -> Option<Problem> {
    // A pod that nobody wrote a rule for: opening one workload is somebody's intent.
    let plain = Labels::default();
    let is_default_deny =
        policy.spec.selector.matches(&plain) && !allows_something(policy, direction, scope);
    let answers = || {
        let broadest = broadest_isolating(&plain, direction, scope);
        broadest.is_some_and(|broadest| broadest.meta.name == policy.meta.name)
    };
    if !is_default_deny || !answers() {
        return None;
    }
    let subject = PodEnd {
        namespace: &scope.namespace.name,
        namespace_labels: scope.labels(),
        ..anyone(&plain)
    };
    let policies = opening(&subject, direction, scope, network);
    if policies.is_empty() {
        return None;
    }
    let message = format!(
        "NetworkPolicy {name}: {others} allows everything {side} {everyone} for every pod of the namespace, whatever NetworkPolicies \
         say, so this one does not hold for {direction}; allow less there",
        name = policy.meta.name,
        others = shown(&policies),
        side = preposition(direction),
        everyone = Who::Anyone,
    );
    let path = format!("/spec/{direction}");
    Some(Problem::new(message).at(path).direction(direction).key("opened"))
}

/// The policies that by themselves allow everything that the `NetworkPolicies` deny; none where all of them together do not
/// surely come to that.
fn opening(
    subject: &PodEnd<'_>,
    direction: Direction,
    scope: &Scope<'_>,
    network: &Network,
) -> Vec<ObjectRef> {
    let nobody = Labels::default();
    let peer = End::Pod(anyone(&nobody));
    let standard = Governing::of(scope.specs().iter().copied(), subject, direction);
    let is_closed = standard.is_some_and(|standard| {
        !decide(&[standard.stage(network, subject, &peer)]).possible().is_everything()
    });
    let governed = Governed::of(scope.world, network, scope.namespace, subject, direction);
    if !is_closed || !governed.decide(network, subject, &peer).allowed.is_everything() {
        return Vec::new();
    }
    let own = engines::adding(scope.world, scope.namespace, network, subject, direction);
    let opens = own.iter().filter(|own| own.allows(network, subject, &peer).is_everything());
    opens.map(|own| own.reference.clone()).collect()
}
