//! `ingress-without-ingress-controller`: pods that are open to the outside, and policies that keep out what brings the traffic
//! (SEMANTICS 4.2, 4.6).

use crate::facts::{Demand, exposed, routed};
use crate::model::{Check, Depends, Problem, Rule, RuleLevel, Scope};
use crate::object::Policy;

use super::ingress::{Consumer, Words};

mod by_node;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "ingress-without-ingress-controller",
    level: RuleLevel::Warn,
    summary: "an Ingress, a route or an external Service leads to pods, and their policies keep its traffic out",
    page: include_str!("ingress_without_ingress_controller.md"),
    depends: Depends::Others,
    check: Check::PolicyAndWorkload(of_policy, |workload, scope| {
        OUTSIDE.of_workload(workload, scope)
    }),
};

/// Of a Service with several ports some may be shut on purpose, and a route that names none may mean another one.
const OUTSIDE: Consumer =
    Consumer { demands, partly: RuleLevel::Audit, policy: "allow-from-outside", told };

fn of_policy(policy: &Policy, scope: &Scope<'_>) -> Vec<Problem> {
    let problems = OUTSIDE.of_policy(policy, scope);
    if problems.is_empty() { by_node::of_policy(policy, scope) } else { problems }
}

fn demands(scope: &Scope<'_>) -> Vec<Demand> {
    let mut demands = routed(scope.world, scope.settings, scope.namespace);
    demands.extend(exposed(scope.namespace));
    demands
}

fn told(words: &Words) -> String {
    let Words { clients, whose, ports, origins, .. } = words;
    format!("{clients} cannot reach {whose} at {ports} for {origins}")
}
