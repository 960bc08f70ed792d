//! `ingress-without-monitoring`: pods that are scraped, and policies that keep the scraper out (SEMANTICS 4.1).

use crate::facts::{Demand, scraped};
use crate::model::{Check, Depends, Rule, RuleLevel, Scope};

use super::ingress::{Consumer, Words};

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "ingress-without-monitoring",
    level: RuleLevel::Warn,
    summary: "Prometheus is to scrape pods, and their policies keep it out",
    page: include_str!("ingress_without_monitoring.md"),
    depends: Depends::Others,
    check: Check::PolicyAndWorkload(
        |policy, scope| PROMETHEUS.of_policy(policy, scope),
        |workload, scope| PROMETHEUS.of_workload(workload, scope),
    ),
};

/// Each port is a target of its own, so one that is shut is missed even where others are open.
const PROMETHEUS: Consumer =
    Consumer { demands, partly: RuleLevel::Deny, policy: "allow-monitoring", told };

fn demands(scope: &Scope<'_>) -> Vec<Demand> {
    scraped(scope.world, scope.settings, scope.namespace)
}

fn told(words: &Words) -> String {
    let Words { clients, whose, ports, origins, .. } = words;
    format!("{clients} cannot scrape {whose} at {ports}, as asked by {origins}")
}
