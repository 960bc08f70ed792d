//! `ingress-without-api-server`: pods that the API server calls, and policies that keep it out (SEMANTICS 4.4).

use crate::facts::{Demand, called};
use crate::model::{Check, Depends, Rule, RuleLevel, Scope};

use super::ingress::{Consumer, Words};

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "ingress-without-api-server",
    level: RuleLevel::Warn,
    summary: "the API server is to call the pods of a webhook or an API, and their policies keep it out",
    page: include_str!("ingress_without_api_server.md"),
    depends: Depends::Others,
    check: Check::PolicyAndWorkload(
        |policy, scope| API_SERVER.of_policy(policy, scope),
        |workload, scope| API_SERVER.of_workload(workload, scope),
    ),
};

const API_SERVER: Consumer =
    Consumer { demands, partly: RuleLevel::Deny, policy: "allow-api-server-calls", told };

fn demands(scope: &Scope<'_>) -> Vec<Demand> {
    called(scope.world, scope.settings, scope.namespace)
}

fn told(words: &Words) -> String {
    let Words { clients, whose, ports, origins, fails, .. } = words;
    let then = if *fails { "fail" } else { "wait for their timeout" };
    format!("{clients} cannot call {whose} at {ports} for {origins}, and requests {then}")
}
