//! A change of a namespace's labels: policies elsewhere choose namespaces by them.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::World;
use crate::netpol::{Direction, Labels, Peer, PolicySpec, Selector};
use crate::object::{Policy, TieredPolicy};

use super::Shift;
use super::local::States;
use super::subjects::Subjects;
use super::work::{TooMuch, Work};

/// The `NetworkPolicies` of the World for which it makes a difference that a namespace has the labels `new` and no longer `old`.
pub(super) fn standard<'w>(world: &'w World, old: &Labels, new: &Labels) -> Vec<&'w Policy> {
    let asking = changed(old, new).into_iter().flat_map(|key| world.policies_asking(key));
    let is_in_use = |policy: &&Policy| {
        let matched = Direction::BOTH.map(|direction| matched(&policy.spec, direction, old, new));
        !policy.meta.is_terminating() && either(matched) != [false; 2]
    };
    let by_name = |policy: &'w Policy| ((&policy.meta.namespace, &policy.meta.name), policy);
    let found: BTreeMap<_, _> = asking.filter(is_in_use).map(by_name).collect();
    found.into_values().collect()
}

/// The keys whose values differ.
pub(super) fn changed<'l>(old: &'l Labels, new: &'l Labels) -> BTreeSet<&'l str> {
    let keys = old.iter().chain(new.iter()).map(|(key, _)| key);
    keys.filter(|key| old.value(key) != new.value(key)).collect()
}

/// The same of the policies of the tiers, with whether one of their selectors gained the namespace, and whether one lost it.
pub(super) fn tiered<'w>(
    world: &'w World,
    old: &Labels,
    new: &Labels,
) -> impl Iterator<Item = (&'w TieredPolicy, [bool; 2])> {
    let matched = |policy: &'w TieredPolicy| {
        let selectors = policy.spec.pods().map(|pods| &pods.namespaces);
        (policy, either(selectors.map(|selector| moved(selector, old, new))))
    };
    world.tiered_policies().map(matched).filter(|(_, matched)| *matched != [false; 2])
}

/// Whether some peer of `direction` matches the new labels alone, and whether one matches the old ones alone.
pub(super) fn matched(
    spec: &PolicySpec,
    direction: Direction,
    old: &Labels,
    new: &Labels,
) -> [bool; 2] {
    let peers = spec.rules(direction).iter().flat_map(|rule| rule.peers.listed());
    let selectors = peers.filter_map(|peer| match peer {
        Peer::Pods(pods) => pods.namespaces.as_ref(),
        _ => None,
    });
    either(selectors.map(|selector| moved(selector, old, new)))
}

fn moved(selector: &Selector, old: &Labels, new: &Labels) -> [bool; 2] {
    let (was, is) = (selector.matches(old), selector.matches(new));
    [is && !was, was && !is]
}

pub(super) fn either(all: impl IntoIterator<Item = [bool; 2]>) -> [bool; 2] {
    all.into_iter().fold([false; 2], |one, other| [one[0] || other[0], one[1] || other[1]])
}

/// What a change of the labels of `namespace` opens and closes between its pods and those that policies select which choose
/// namespaces by them. Two workloads are there at most once.
///
/// # Errors
///
/// [`TooMuch`] when there is more to look at than there is work for, and when policies of the tiers, Cilium's or Calico's choose
/// namespaces by these labels: they can be about every pod of the cluster.
pub fn effect_of_labels(
    states: States<'_>,
    namespace: &str,
    work: &mut Work,
) -> Result<Vec<Shift>, TooMuch> {
    let views = [states.before, states.after].map(|world| world.namespace(namespace));
    let [Some(old), Some(new)] = views else { return Ok(Vec::new()) };
    let (old, labels) = (old.labels(), new.labels());
    let mut by_namespace: BTreeMap<&str, Vec<&PolicySpec>> = BTreeMap::new();
    let mut foreign = changed(&old, &labels).into_iter();
    if tiered(states.after, &old, &labels).next().is_some()
        || foreign.any(|key| states.after.foreign_asking(key).next().is_some())
    {
        return Err(TooMuch);
    }
    for policy in standard(states.after, &old, &labels) {
        by_namespace.entry(&policy.meta.namespace).or_default().push(&policy.spec);
    }
    let (mut shifts, mut met) = (Vec::new(), BTreeSet::new());
    for (home, policies) in by_namespace {
        let Some(view) = states.after.namespace(home) else { continue };
        let subjects = Subjects::of(
            states,
            view,
            |pod| {
                let labels = &pod.template.labels;
                pod.is_governed() && policies.iter().any(|spec| spec.selector.matches(labels))
            },
            work,
        )?;
        for direction in Direction::BOTH {
            let is_in_use =
                |spec: &&PolicySpec| matched(spec, direction, &old, &labels) != [false; 2];
            if policies.iter().any(is_in_use) {
                work.spend(new.workloads.len())?;
                let found = subjects.with_namespace(new, direction, work)?.into_iter();
                shifts.extend(
                    found.filter(|shift| met.insert((shift.from.clone(), shift.to.clone()))),
                );
            }
        }
    }
    Ok(shifts)
}
