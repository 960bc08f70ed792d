//! `missing-default-deny`: the policies of a namespace leave a required direction below its profile.

use serde_json::json;

use crate::model::{
    Check, CoverageLevel, Depends, Fix, Problem, Rule, RuleLevel, Scope, labels_shown,
};
use crate::netpol::{Coverage, Direction, Level, PolicySpec, PolicyTypes, TypesWritten};

use super::neutralised_default_deny::neutralises;
use super::remedy::free_name;

/// The rule.
pub static RULE: Rule = Rule {
    name: "missing-default-deny",
    level: RuleLevel::Deny,
    summary: "the policies of a namespace leave a required direction below its profile",
    page: include_str!("missing_default_deny.md"),
    depends: Depends::Others,
    check: Check::Namespace(check),
};

fn check(scope: &Scope<'_>) -> Vec<Problem> {
    let directions = Direction::BOTH.into_iter().filter_map(|direction| below(scope, direction));
    directions.chain(unknown_profiles(scope)).collect()
}

fn below(scope: &Scope<'_>, direction: Direction) -> Option<Problem> {
    let governance = scope.governance();
    let severity = governance.severity(direction)?;
    let required = governance.required_level(direction);
    let coverage = scope.coverage(direction);
    let is_reported_on_policy = coverage.level == Level::Open
        && scope.policies().any(|policy| neutralises(policy, scope, direction));
    if coverage.level >= required || is_reported_on_policy || is_observed_covered(scope, direction)
    {
        return None;
    }
    let name = &scope.namespace.name;
    let what = match (coverage.level, coverage.undecided) {
        (_, true) => format!(
            "its selectors are too many to decide whether every pod is isolated for {direction}; one policy with `podSelector: {{}}` settles it"
        ),
        (Level::None, _) => format!(
            "{} no policy isolates for {direction}; apply a default-deny",
            witness(coverage)
        ),
        (Level::Open, _) => format!(
            "its policies together allow every {direction}; narrow or delete what allows everything"
        ),
        (Level::Isolated | Level::Strict, _) => {
            format!(
                "strict is required for {direction}, and some policy for all pods allows something by default"
            )
        }
    };
    let problem =
        Problem::new(format!("namespace {name}: {what}")).direction(direction).at_most(severity);
    Some(problem.fix(default_deny(scope, direction, required)))
}

/// The pod that would be unprotected, in words.
fn witness(coverage: &Coverage) -> String {
    match &coverage.witness {
        Some(labels) if !labels.is_empty() => {
            format!("a pod labelled {} is one that", labels_shown(labels))
        }
        _ => "a pod without labels is one that".to_owned(),
    }
}

/// With `coverage.level: observed`, isolating every workload that exists is enough.
fn is_observed_covered(scope: &Scope<'_>, direction: Direction) -> bool {
    scope.settings.coverage.level == CoverageLevel::Observed
        && !scope.workloads().is_empty()
        && scope
            .workloads()
            .iter()
            .all(|workload| scope.isolates(&workload.template.labels, direction))
}

/// The default-deny of one direction, where it gives the namespace the `wanted` level; a policy that allows everything beside
/// it, or the demand for strictness, can keep it from that.
pub(super) fn default_deny(scope: &Scope<'_>, direction: Direction, wanted: Level) -> Option<Fix> {
    let types = PolicyTypes {
        ingress: direction == Direction::Ingress,
        egress: direction == Direction::Egress,
    };
    let spec = PolicySpec { types, types_written: TypesWritten::Present, ..PolicySpec::default() };
    let mut specs = scope.specs().to_vec();
    specs.push(&spec);
    let kind = match direction {
        Direction::Ingress => "Ingress",
        Direction::Egress => "Egress",
    };
    let name = free_name(&format!("default-deny-{direction}"), scope);
    let is_enough = scope.coverage_by(&specs, direction).level >= wanted;
    is_enough.then(|| {
        Fix::apply(json!({
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": name, "namespace": scope.namespace.name},
            "spec": {"podSelector": {}, "policyTypes": [kind]},
        }))
    })
}

fn unknown_profiles<'a>(scope: &'a Scope<'_>) -> impl Iterator<Item = Problem> + 'a {
    let exempt = scope.governance().exempt;
    let unknown = scope.governance().unknown_profiles.iter().filter(move |_| !exempt);
    unknown.map(|(label, value)| {
        let value: String = value.chars().take(63).collect();
        Problem::new(format!(
            "namespace {}: {label}: {value} is no profile and counts as restricted; write privileged, baseline or restricted",
            scope.namespace.name
        ))
        .at(format!("/metadata/labels/{}", label.replace('/', "~1")))
        .key(*label)
        .at_most(RuleLevel::Warn)
    })
}
