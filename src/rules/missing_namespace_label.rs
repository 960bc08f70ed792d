//! `missing-namespace-label`: a required label that is missing and that no webhook can add.

use crate::model::{
    Check, Depends, LabelSource, Operation, Problem, Rule, RuleLevel, Scope, label_additions,
};

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "missing-namespace-label",
    level: RuleLevel::Warn,
    summary: "a namespace lacks a required label, and nothing tells its value",
    page: include_str!("missing_namespace_label.md"),
    depends: Depends::Alone,
    check: Check::Namespace(check),
};

/// Judged as if every label that can be added had been.
fn check(scope: &Scope<'_>) -> Vec<Problem> {
    let Some(namespace) = &scope.namespace.object else { return Vec::new() };
    let additions = label_additions(scope.settings, namespace, Operation::Update, None);
    let name = namespace.meta.display_name();
    let missing = additions.unknown.iter();
    missing
        .map(|key| {
            let message = format!(
                "namespace {name}: the required label {key} is missing{}; add it: kubectl label namespace {name} {key}=VALUE",
                reason(key, scope),
            );
            Problem::new(message).at("/metadata/labels").key(key.as_str())
        })
        .collect()
}

/// Why no value could be found for a label that has a source.
fn reason(key: &str, scope: &Scope<'_>) -> String {
    let setting = scope.settings.labels.iter().find(|setting| setting.key == key);
    match setting.map(|setting| setting.source()) {
        Some(LabelSource::Annotation(source)) => {
            format!(" and the annotation {source} gives no valid value")
        }
        Some(LabelSource::Label(source)) => format!(" and the label {source} gives no valid value"),
        Some(LabelSource::Template(template)) => format!(" and {template} gives no valid value"),
        Some(LabelSource::Required) | None => String::new(),
    }
}
