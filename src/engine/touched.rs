//! The namespaces whose cover may change with a policy of another engine, or with what Calico's policies rest on.

use std::collections::BTreeSet;

use crate::model::{Change, NamespaceView, World};
use crate::netpol::TieredSpec;
use crate::netpol::calico::{AnyPod, DEFAULT_TIER};
use crate::netpol::cilium::Scoped;
use crate::object::{CalicoPolicy, CalicoSet, Object, TieredPolicy};

/// The namespaces that the changed object is about, in the state before the change or in the one after it.
pub(super) fn touched([before, after]: [&World; 2], change: &Change) -> BTreeSet<String> {
    let states = [(before, &change.before), (after, &change.after)];
    let homes =
        states.into_iter().filter_map(|(world, object)| Some(homes(world, object.as_ref()?)));
    homes.flatten().collect()
}

/// The namespaces that one object is about.
fn homes(world: &World, object: &Object) -> Vec<String> {
    let names = |view: &NamespaceView| view.name.clone();
    match object {
        Object::TieredPolicy(TieredPolicy { spec: TieredSpec { subject, .. }, .. }) => {
            let subjects = subject.iter();
            subjects.flat_map(|it| world.namespaces_matching(&it.namespaces)).map(names).collect()
        }
        Object::CiliumPolicy(policy) if policy.kind.is_namespaced() => {
            vec![policy.meta.namespace.clone()]
        }
        Object::CiliumPolicy(policy) => {
            let is_about = |view: &&NamespaceView| {
                let scoped = policy.placed().selectors_in(&view.name, &view.labels());
                scoped.iter().any(|scoped| *scoped != Scoped::Nobody)
            };
            world.namespaces().filter(is_about).map(names).collect()
        }
        Object::CalicoPolicy(policy) => of_calico(world, std::iter::once(policy)),
        Object::CalicoTier(tier) => {
            // NetworkPolicies have their place among the tiers too: that of the tier `default`.
            let is_default = tier.tier.name == DEFAULT_TIER;
            let is_in = |policy: &&CalicoPolicy| is_default || policy.spec.tier == tier.tier.name;
            of_calico(world, world.calico_policies().filter(is_in))
        }
        Object::CalicoSet(set) => of_set(world, set),
        _ => Vec::new(),
    }
}

/// The namespaces with pods that some of these policies may select.
fn of_calico<'w>(world: &World, policies: impl Iterator<Item = &'w CalicoPolicy>) -> Vec<String> {
    let (in_namespaces, of_cluster): (Vec<_>, Vec<_>) =
        policies.partition(|policy| policy.kind.is_namespaced());
    let is_about = |view: &&NamespaceView| {
        let labels = view.labels();
        let of = AnyPod { namespace: &view.name, namespace_labels: &labels };
        of_cluster.iter().any(|policy| !policy.placed().pods(&of).is_nothing())
    };
    let some = !of_cluster.is_empty();
    let about = some.then(|| world.namespaces().filter(is_about)).into_iter().flatten();
    let homes = in_namespaces.iter().map(|policy| policy.meta.namespace.clone());
    about.map(|view| view.name.clone()).chain(homes).collect()
}

/// The namespaces of pods whose policies may mean addresses of `set`.
fn of_set(world: &World, set: &CalicoSet) -> Vec<String> {
    let known = world.network_set(set);
    let may_choose = |policy: &&CalicoPolicy| match &known {
        Some(set) => policy.placed().may_choose(set),
        // A set that cannot be read makes all of them unknown.
        None => policy.placed().chooses_by_labels(),
    };
    of_calico(world, world.calico_policies().filter(may_choose))
}
