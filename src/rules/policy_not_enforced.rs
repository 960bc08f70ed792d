//! `policy-not-enforced`: a network plugin that leaves every policy without effect.

use crate::facts::{Enforces, cni};
use crate::model::{Check, Depends, Problem, Rule, RuleLevel, Scope, Settings, World};
use crate::object::Policy;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "policy-not-enforced",
    level: RuleLevel::Warn,
    summary: "the network plugin of the cluster enforces no NetworkPolicy, so that none has an effect",
    page: include_str!("policy_not_enforced.md"),
    depends: Depends::Others,
    check: Check::PolicyAndCluster(check, of_cluster),
};

fn check(policy: &Policy, scope: &Scope<'_>) -> Vec<Problem> {
    if scope.focus().is_some() {
        // Said about the policy when it is written, and not with every workload.
        return Vec::new();
    }
    problem(scope.settings, scope.world, &format!("NetworkPolicy {}: it has", policy.meta.name))
}

fn of_cluster(settings: &Settings, world: &World) -> Vec<Problem> {
    problem(settings, world, "the NetworkPolicies of this cluster have")
}

/// SEMANTICS 6: what is not known, or known of some nodes alone, is never claimed.
fn problem(settings: &Settings, world: &World, who: &str) -> Vec<Problem> {
    let cni = cni(world, settings);
    let Some(plugin) = cni.plugin.filter(|_| cni.enforces == Enforces::No) else {
        return Vec::new();
    };
    let stated = settings.facts.cni.as_ref().map(|facts| facts.enforces);
    // Files may show the plugin without the agent that enforces beside it.
    let is_certain = world.is_live() || stated == Some(Enforces::No);
    let level = if is_certain { RuleLevel::Deny } else { RuleLevel::Audit };
    let message = format!(
        "{who} no effect, because the network plugin, {plugin}, enforces no policies ({}); switch that on, or install one that \
         does",
        cni.evidence.join("; "),
    );
    vec![Problem::new(message).at_most(level)]
}
