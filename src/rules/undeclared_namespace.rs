//! `undeclared-namespace`: a namespace that does not say how it gets its default-deny.

use serde_json::json;

use crate::model::{
    Check, Cover, Declaration, Depends, Fix, Problem, Rule, RuleLevel, Scope, Undeclared,
};
use crate::netpol::{Direction, PolicySpec};

/// The rule.
pub static RULE: Rule = Rule {
    name: "undeclared-namespace",
    level: RuleLevel::Deny,
    summary: "a namespace has no default-deny policy and does not say how it will get one",
    page: include_str!("undeclared_namespace.md"),
    depends: Depends::Alone,
    check: Check::Namespace(check),
};

const LABEL: &str = "portcullis.dev/default-deny";
const PATH: &str = "/metadata/labels/portcullis.dev~1default-deny";

/// Whether the namespace needs to say how it gets its default-deny and does not, whatever the settings make of that.
pub(crate) fn is_undeclared(scope: &Scope<'_>) -> bool {
    let governance = scope.governance();
    governance.requires_coverage()
        && governance.declaration == Declaration::Absent
        && !reaches(scope, &[])
}

fn check(scope: &Scope<'_>) -> Vec<Problem> {
    let (governance, name) = (scope.governance(), named(scope));
    let has_controller = scope.settings.controller.enabled;
    if !governance.requires_coverage() {
        return Vec::new();
    }
    let problem = match &governance.declaration {
        Declaration::Absent if !is_undeclared(scope) => return Vec::new(),
        Declaration::Absent if scope.settings.namespaces.undeclared == Undeclared::Reject => Problem::new(format!(
            "namespace {name} {}; label it {}",
            if reaches(scope, scope.specs()) {
                "does not say how it gets its default-deny"
            } else {
                "has no default-deny policy and does not say how it will get one"
            },
            ways_out(&format!("{LABEL}: "), has_controller) + &unaccepted(scope)
        ))
        .at("/metadata/labels"),
        Declaration::Invalid(value) => Problem::new(format!(
            "namespace {name}: {LABEL}: {} means nothing; write {}",
            shortened(value),
            ways_out("", has_controller)
        ))
        .at(PATH)
        .key("invalid"),
        Declaration::Managed if !has_controller => Problem::new(format!(
            "namespace {name}: {LABEL}: managed needs the controller, and `controller.enabled` is not set; set it, or \
             label it `{LABEL}: self` (its team brings the policy)"
        ))
        .at(PATH)
        .key("no-controller"),
        _ => return Vec::new(),
    };
    vec![problem.fix(declare(scope))]
}

/// Whether `specs`, with what counts beside them, reach what the namespace's profile enforces. Cluster-scoped policies alone do
/// when a namespace needs no declaration.
fn reaches(scope: &Scope<'_>, specs: &[&PolicySpec]) -> bool {
    let governance = scope.governance();
    let mut required =
        Direction::BOTH.into_iter().filter(|direction| governance.enforce.requires(*direction));
    required.all(|direction| {
        scope.coverage_by(specs, direction).level >= governance.required_level(direction)
    })
}

/// What closes its pods and does not count, in words; nothing where there is nothing.
fn unaccepted(scope: &Scope<'_>) -> String {
    let closes = |direction: Direction| scope.covers(direction).first();
    let enforce = scope.governance().enforce;
    let mut required = Direction::BOTH.into_iter().filter(|direction| enforce.requires(*direction));
    let cover = required.find_map(closes);
    cover.map_or_else(String::new, |Cover { grade, source, .. }| {
        format!(
            "; {} {} closes its pods, of a grade that does not count unless `coverage.accept` names `{grade}`",
            source.kind, source.name
        )
    })
}

/// Both values to choose from, after `label`; the second one only works with the controller.
fn ways_out(label: &str, has_controller: bool) -> String {
    let condition = if has_controller { "" } else { ", once `controller.enabled` is set" };
    format!(
        "`{label}self` (its team brings the policy) or `{label}managed` (the controller does{condition})"
    )
}

/// The smallest declaration that is always accepted; nothing for a namespace whose name is not known yet.
fn declare(scope: &Scope<'_>) -> Option<Fix> {
    let name = &scope.namespace.name;
    let metadata = json!({"name": name, "labels": {LABEL: "self"}});
    (!name.is_empty())
        .then(|| Fix::apply(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})))
}

fn named<'a>(scope: &Scope<'a>) -> &'a str {
    let generated =
        scope.namespace.object.as_ref().map_or("", |object| object.meta.generate_name.as_str());
    if scope.namespace.name.is_empty() { generated } else { &scope.namespace.name }
}

/// A value as it can stand in a message: a stored label value has at most 63 characters, a proposed one any number.
fn shortened(value: &str) -> String {
    value.chars().take(63).collect()
}
