//! Which policies choose a namespace by labels that change.

use std::collections::BTreeMap;

use crate::model::World;
use crate::netpol::{Direction, Labels};
use crate::object::{Kind, Object, ObjectRef};

use super::labels::{changed, either, matched, standard, tiered};

/// A policy whose `namespaceSelectors` match other labels than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InUse {
    /// The policy.
    pub policy: ObjectRef,
    /// Some selector of it matches the new labels, and did not match the old ones.
    pub gained: bool,
    /// Some selector of it matched the old labels, and does not match the new ones.
    pub lost: bool,
}

/// The policies of the World for which it makes a difference that `namespace` has the labels `new` and no longer `old`:
/// `NetworkPolicies` by namespace and name, then those of the tiers, then those of Calico and Cilium.
pub fn labels_in_use(world: &World, namespace: &str, old: &Labels, new: &Labels) -> Vec<InUse> {
    let in_use = |policy, [gained, lost]: [bool; 2]| InUse { policy, gained, lost };
    let standard = standard(world, old, new).into_iter().map(|policy| {
        let matched = Direction::BOTH.map(|direction| matched(&policy.spec, direction, old, new));
        let namespace = Some(policy.meta.namespace.clone());
        let name = policy.meta.name.clone();
        in_use(ObjectRef { kind: Kind::NetworkPolicy, namespace, name }, either(matched))
    });
    let tiered = tiered(world, old, new);
    let tiered = tiered.map(|(policy, matched)| in_use(policy.reference(), matched));
    let foreign = foreign(world, namespace, old, new).into_iter();
    let foreign = foreign.map(|(policy, matched)| in_use(policy, matched));
    standard.chain(tiered).chain(foreign).collect()
}

/// Those of Calico and Cilium, found by index.
fn foreign(
    world: &World,
    namespace: &str,
    old: &Labels,
    new: &Labels,
) -> BTreeMap<ObjectRef, [bool; 2]> {
    let asking = changed(old, new).into_iter().flat_map(|key| world.foreign_asking(key));
    let asking = asking.filter(|policy| !policy.meta().is_terminating());
    let found = asking.map(|policy| {
        let moved = match policy {
            Object::CalicoPolicy(policy) => policy.placed().moved(namespace, old, new),
            Object::CiliumPolicy(policy) => policy.placed().moved(namespace, old, new),
            _ => [false; 2],
        };
        (policy.reference(), moved)
    });
    found.filter(|(_, moved)| *moved != [false; 2]).collect()
}
