//! `ignored-rules`: rules of a direction that `policyTypes` does not name.

use serde_json::json;

use crate::model::{Check, Depends, Fix, Problem, Rule, RuleLevel, Scope};
use crate::netpol::{AllowSet, Direction, Labels, Level, PolicySpec, PolicyTypes, TypesWritten};
use crate::object::{Object, Policy};

use super::remedy::part;
use super::{
    egress_without_api_server, egress_without_dns, ineffective_except, metadata_service_egress,
    null_selector, split_selector, suspicious_cidr, unknown_named_port,
    unmatched_namespace_selector, unmatched_pod_selector, unsatisfiable_selector,
    unsupported_feature,
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "ignored-rules",
    level: RuleLevel::Warn,
    summary: "rules of a direction that policyTypes does not name have no effect",
    page: include_str!("ignored_rules.md"),
    depends: Depends::Alone,
    check: Check::Policy(check),
};

fn check(policy: &Policy, scope: &Scope<'_>) -> Vec<Problem> {
    let ignored =
        Direction::BOTH.into_iter().filter_map(|direction| ignored(policy, scope, direction));
    ignored.chain(empty_egress(policy, scope)).collect()
}

fn ignored(policy: &Policy, scope: &Scope<'_>, direction: Direction) -> Option<Problem> {
    let spec = &policy.spec;
    let rules = match direction {
        Direction::Ingress => &spec.ingress,
        Direction::Egress => &spec.egress,
    };
    if spec.types.contains(direction) || rules.is_empty() {
        return None;
    }
    // The API server fills policyTypes in once, when a policy is first stored, and no later apply changes it.
    let cause = match spec.types_written {
        TypesWritten::Absent => {
            ", which the API server filled in when the policy was first applied"
        }
        TypesWritten::Present => "",
    };
    let message = format!(
        "NetworkPolicy {}: its {direction} rules have no effect, because policyTypes is {}{cause}; set policyTypes \
         explicitly to {}",
        policy.meta.name,
        listed(spec.types),
        listed(PolicyTypes { ingress: true, egress: true }),
    );
    let problem = Problem::new(message).at(format!("/spec/{direction}")).direction(direction);
    Some(problem.fix(name_both(policy, scope)))
}

/// `egress: []` without `policyTypes` looks like a denial of all egress, and is none.
fn empty_egress(policy: &Policy, scope: &Scope<'_>) -> Option<Problem> {
    let spec = &policy.spec;
    let is_trap = spec.egress_written
        && spec.egress.is_empty()
        && spec.types_written == TypesWritten::Absent
        && !spec.types.egress;
    is_trap.then(|| {
        let message = format!(
            "NetworkPolicy {}: an empty egress without policyTypes denies no egress; write policyTypes: {} to deny it",
            policy.meta.name,
            listed(PolicyTypes { ingress: true, egress: true }),
        );
        Problem::new(message)
            .at("/spec/egress")
            .direction(Direction::Egress)
            .key("empty")
            .fix(name_both(policy, scope))
    })
}

/// The rules about what has effect: rules that are switched on may be faulty themselves.
const FAULTS: [fn(&Policy, &Scope<'_>) -> Vec<Problem>; 10] = [
    ineffective_except::check,
    metadata_service_egress::check,
    null_selector::check,
    split_selector::check,
    suspicious_cidr::check,
    unknown_named_port::check,
    unmatched_namespace_selector::check,
    unmatched_pod_selector::check,
    unsatisfiable_selector::check,
    unsupported_feature::check,
];

/// Whether a rule that is switched on has a fault of its own, or makes one elsewhere: that is to be mended by hand first.
fn has_new_faults(before: &Scope<'_>, after: &Scope<'_>) -> bool {
    let count = |check: fn(&Policy, &Scope<'_>) -> Vec<Problem>, scope: &Scope<'_>| {
        scope.policies().map(|policy| check(policy, scope).len()).sum::<usize>()
    };
    FAULTS.into_iter().any(|check| count(check, after) > count(check, before))
}

/// Whether some workload may do everything after, by several policies together, and might not before.
fn opens_a_workload(before: &Scope<'_>, after: &Scope<'_>) -> bool {
    let is_open = |scope: &Scope<'_>, labels: &Labels, direction| {
        let namespace = scope.namespace.name.as_str();
        AllowSet::of(scope.specs(), namespace, labels, direction).is_everything(scope.families())
    };
    after.workloads().iter().any(|workload| {
        let labels = &workload.template.labels;
        Direction::BOTH.into_iter().any(|direction| {
            is_open(after, labels, direction) && !is_open(before, labels, direction)
        })
    })
}

fn listed(types: PolicyTypes) -> String {
    format!("[{}]", names(types).join(", "))
}

fn names(types: PolicyTypes) -> Vec<&'static str> {
    let named = [(types.ingress, "Ingress"), (types.egress, "Egress")];
    named.into_iter().filter_map(|(is_named, name)| is_named.then_some(name)).collect()
}

/// Names both directions. Rules that have had no effect so far may cut more than they allow, or allow everything: what they
/// forget is added to the fix, and rules that allow everything, alone or with other policies, are nothing to switch on unasked.
fn name_both(policy: &Policy, scope: &Scope<'_>) -> Option<Fix> {
    let types = PolicyTypes { ingress: true, egress: true };
    let spec = PolicySpec { types, types_written: TypesWritten::Present, ..policy.spec.clone() };
    let after = Policy { meta: policy.meta.clone(), spec };
    let namespace = scope.namespace.name.as_str();
    let allows_everything = |direction| {
        let rules = after.spec.rules(direction).iter().collect();
        AllowSet { namespace, direction, rules }.is_everything(scope.families())
    };
    if Direction::BOTH.into_iter().any(allows_everything) {
        return None;
    }
    let mut fix = Fix::apply(part(policy, scope, &json!({"policyTypes": names(types)})));
    let mut world = scope.world.clone();
    world.put(Object::Policy(after.clone()));
    let view = world.namespace(namespace)?;
    let switched_on = Scope::new(scope.settings, &world, view, scope.now);
    let loosens = |direction| {
        let (before, after) =
            (scope.coverage(direction).level, switched_on.coverage(direction).level);
        let is_lower = after < before && after < scope.governance().required_level(direction);
        !policy.spec.types.contains(direction) && (after == Level::Open || is_lower)
    };
    if Direction::BOTH.into_iter().any(loosens)
        || opens_a_workload(scope, &switched_on)
        || has_new_faults(scope, &switched_on)
    {
        return None;
    }
    for check in [egress_without_dns::check, egress_without_api_server::check] {
        for problem in check(&after, &switched_on) {
            fix.objects.extend(problem.fix?.objects);
        }
    }
    Some(fix)
}
