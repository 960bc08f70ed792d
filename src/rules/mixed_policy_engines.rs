//! `mixed-policy-engines`: policies of two engines about the same pods, where one bypasses or contradicts the other.

mod accepted;
mod adding;
mod baseline;
mod engines;
mod opened;
mod peers;
mod rivals;
mod unenforced;
mod words;

use crate::facts::network;
use crate::model::{Check, Depends, Problem, Rule, RuleLevel, Scope, Settings, World};
use crate::netpol::Direction;
use crate::object::{ObjectRef, Policy};

/// The rule.
pub static RULE: Rule = Rule {
    name: "mixed-policy-engines",
    level: RuleLevel::Warn,
    summary: "policies of several engines are about the same pods, and one bypasses or contradicts the other",
    page: include_str!("mixed_policy_engines.md"),
    depends: Depends::Others,
    check: Check::AnyPolicy(check, of_other),
};

/// SEMANTICS 7 and 13.12. Most clusters have one engine, and are done with a look.
fn check(policy: &Policy, scope: &Scope<'_>) -> Vec<Problem> {
    let Scope { world, settings, .. } = *scope;
    let has_tiers = world.tiered_policies().next().is_some();
    let has_others = world.cilium_policies_for(scope.namespace).next().is_some()
        || world.calico_policies_for(scope.namespace).next().is_some();
    if !has_tiers && !has_others {
        return Vec::new();
    }
    let network = network(world, settings);
    let governed = Direction::BOTH.into_iter().filter(|it| policy.spec.types.contains(*it));
    let mut problems = Vec::new();
    for direction in governed {
        if has_others {
            problems.extend(adding::problem(policy, direction, scope, &network));
            problems.extend(opened::problem(policy, direction, scope, &network));
        }
        if has_tiers {
            problems.extend(accepted::problem(policy, direction, scope, &network));
        }
    }
    if has_tiers {
        problems.extend(baseline::problems(policy, scope, &network));
    }
    problems
}

fn of_other(policy: &ObjectRef, settings: &Settings, world: &World) -> Vec<Problem> {
    let network = network(world, settings);
    let mut problems: Vec<Problem> =
        unenforced::problem(policy, settings, world).into_iter().collect();
    problems.extend(rivals::problems(policy, world, &network));
    problems
}
