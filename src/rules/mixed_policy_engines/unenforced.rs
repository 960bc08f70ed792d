//! Policies of an engine that the network plugin of the cluster does not implement (SEMANTICS 6).
//!
//! Where the plugin enforces nothing at all, `policy-not-enforced` says so.

use crate::facts::{Cni, Enforces, Engine, cni};
use crate::model::{Problem, RuleLevel, Settings, World, three_of};
use crate::object::{Kind, ObjectRef};

use super::words::shown_in_full;

/// One problem for each engine.
pub(super) fn problems(settings: &Settings, world: &World) -> Vec<Problem> {
    let cni = cni(world, settings);
    if cni.enforces == Enforces::No {
        return Vec::new();
    }
    // Files may show the plugin without the one that implements them beside it.
    let is_certain = world.is_live() || settings.facts.cni.is_some();
    let level = if is_certain { RuleLevel::Deny } else { RuleLevel::Audit };
    let engines = [
        (Engine::AdminNetworkPolicy, "AdminNetworkPolicy", of_tiers(world, false)),
        (Engine::Cilium, "CiliumNetworkPolicy", of_cilium(world)),
        (Engine::ClusterNetworkPolicy, "ClusterNetworkPolicy", of_tiers(world, true)),
    ];
    let problems = engines.into_iter().filter_map(|(engine, name, policies)| {
        let problem = problem(&cni, engine, &policies)?;
        Some(problem.key(name).at_most(level))
    });
    problems.collect()
}

fn problem(cni: &Cni, engine: Engine, policies: &[ObjectRef]) -> Option<Problem> {
    let plugin = cni.plugin.filter(|_| cni.implements(engine) == Some(false))?;
    if policies.is_empty() {
        return None;
    }
    let names: Vec<String> = policies.iter().map(shown_in_full).collect();
    let have = if names.len() == 1 { "has" } else { "have" };
    Some(Problem::new(format!(
        "{} {have} no effect, because the network plugin, {plugin}, does not implement such policies ({}); write NetworkPolicies \
         instead",
        three_of(&names),
        cni.evidence.join("; "),
    )))
}

fn of_tiers(world: &World, is_cluster: bool) -> Vec<ObjectRef> {
    let policies = world.tiered_policies();
    let meant = policies.filter(|policy| (policy.kind == Kind::ClusterNetworkPolicy) == is_cluster);
    meant.map(crate::object::TieredPolicy::reference).collect()
}

fn of_cilium(world: &World) -> Vec<ObjectRef> {
    world.cilium_policies().map(crate::object::CiliumPolicy::reference).collect()
}
