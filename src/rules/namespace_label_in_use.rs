//! `namespace-label-in-use`: a change of a namespace's labels alters which policies' namespaceSelectors match it.

use crate::connections::{InUse, effect_of, labels_in_use};
use crate::model::{Check, Depends, Problem, Rule, RuleLevel, Transition, three_of};
use crate::object::Kind;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "namespace-label-in-use",
    level: RuleLevel::Warn,
    summary: "a change of a namespace's labels alters which policies' namespaceSelectors match it",
    page: include_str!("namespace_label_in_use.md"),
    depends: Depends::Others,
    check: Check::Change(Kind::Namespace, check),
};

fn check(transition: &Transition<'_>) -> Vec<Problem> {
    let (old, new) = (transition.before.labels(), transition.after.labels());
    let name = &transition.after.namespace.name;
    let policies = labels_in_use(transition.after.world, name, old, new);
    if policies.is_empty() {
        return Vec::new();
    }
    let named = |is_meant: fn(&InUse) -> bool, verb: &str| {
        let meant = policies.iter().filter(|policy| is_meant(policy));
        let names: Vec<String> = meant.map(|InUse { policy, .. }| policy.to_string()).collect();
        let names = (!names.is_empty()).then(|| three_of(&names))?;
        Some(format!("namespaceSelectors of {names} {verb} namespace {name}"))
    };
    let parts = [
        named(|policy| policy.lost, "no longer match"),
        named(|policy| policy.gained, "now match"),
        effect(transition),
    ];
    let told: Vec<String> = parts.into_iter().flatten().collect();
    vec![Problem::new(told.join("; ")).at("/metadata/labels")]
}

/// How many connections of workloads that concerns, where it can be told.
fn effect(transition: &Transition<'_>) -> Option<String> {
    let effect = effect_of(transition);
    let shifts = effect.as_ref().as_ref().ok()?;
    let opened = shifts.iter().filter(|shift| !shift.opened.is_empty()).count();
    let closed = shifts.iter().filter(|shift| !shift.closed.is_empty()).count();
    Some(match (opened, closed) {
        (0, 0) => "no connection of a workload that is there changes".to_owned(),
        (opened, closed) => format!("this opens {opened} and closes {closed} connections"),
    })
}
