//! The labels that a namespace is given when it is written.

use crate::netpol::{Labels, is_label_value};
use crate::object::Namespace;

use super::governance::DECLARATION;
use super::{
    Declaration, Governance, LabelSetting, LabelSource, Operation, Requester, Settings, Undeclared,
};

/// What is added to a namespace, and what cannot be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Additions {
    /// Labels to add; none of these keys is there now.
    pub labels: Labels,
    /// Keys of required labels that are missing and for which no value is known.
    pub unknown: Vec<String>,
    /// Keys whose value will be known later: `{name}` under `generateName`, `{user}` of a namespace that exists.
    pub later: Vec<String>,
}

/// The labels that `namespace` lacks and the settings can tell, when `requester` writes it (`None` offline).
///
/// Only missing labels are ever added, so applying the result twice adds nothing the second time. A value that is no valid
/// label value is never added.
pub fn label_additions(
    settings: &Settings,
    namespace: &Namespace,
    operation: Operation,
    requester: Option<&Requester>,
) -> Additions {
    let meta = &namespace.meta;
    let mut additions = Additions::default();
    if settings.namespaces.exempt.contains(&meta.name) || meta.is_terminating() {
        return additions;
    }
    for setting in &settings.labels {
        if meta.labels.value(&setting.key).is_some()
            || additions.labels.value(&setting.key).is_some()
        {
            continue;
        }
        match value(setting, namespace, operation, requester) {
            Value::Known(value) if !value.is_empty() && is_label_value(&value) => {
                additions.labels.insert(setting.key.clone(), value);
            }
            Value::Later => additions.later.push(setting.key.clone()),
            Value::Known(_) | Value::Unknown => additions.unknown.push(setting.key.clone()),
        }
    }
    if let Some(value) = declaration(settings, namespace, operation) {
        additions.labels.insert(DECLARATION, value);
    }
    additions
}

enum Value {
    Known(String),
    Later,
    Unknown,
}

fn value(
    setting: &LabelSetting,
    namespace: &Namespace,
    operation: Operation,
    requester: Option<&Requester>,
) -> Value {
    let meta = &namespace.meta;
    let from =
        |text: Option<&str>| text.map_or(Value::Unknown, |text| Value::Known(text.to_owned()));
    match setting.source() {
        LabelSource::Required => Value::Unknown,
        LabelSource::Label(key) => from(meta.labels.value(key)),
        LabelSource::Annotation(key) => from(meta.annotations.get(key).map(String::as_str)),
        LabelSource::Template(template) => {
            let mut text = template.to_owned();
            if text.contains("{name}") {
                if meta.name.is_empty() {
                    return Value::Later;
                }
                text = text.replace("{name}", &meta.name);
            }
            if text.contains("{user}") {
                match requester.filter(|_| operation == Operation::Create) {
                    None => return Value::Later,
                    Some(requester) => text = text.replace("{user}", &requester.name),
                }
                text = as_label_value(&text);
            }
            Value::Known(text)
        }
    }
}

/// Other characters become `-`, then at most 63 are kept and the edges trimmed: a note of who it was, no evidence.
fn as_label_value(text: &str) -> String {
    let keep = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    let text: String =
        text.chars().map(|letter| if keep(letter) { letter } else { '-' }).take(63).collect();
    text.trim_matches(|letter: char| !letter.is_ascii_alphanumeric()).to_owned()
}

/// The declaration that the settings give to namespaces that make none: at their creation, when they can hold no workload.
fn declaration(
    settings: &Settings,
    namespace: &Namespace,
    operation: Operation,
) -> Option<&'static str> {
    let governance = Governance::of(settings, &namespace.meta.name, &namespace.meta.labels);
    let wanted = operation == Operation::Create
        && governance.declaration == Declaration::Absent
        && governance.requires_coverage();
    match settings.namespaces.undeclared {
        Undeclared::Managed if wanted && settings.controller.enabled => Some("managed"),
        Undeclared::OwnPolicy if wanted => Some("self"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Requester;
    use crate::sample::{one, settings};

    /// What is added at the creation of a namespace with this metadata, what is not known, and what will be known later.
    fn added(asked: &str, metadata: &str) -> (String, Vec<String>, Vec<String>) {
        let object = one(&format!("{{apiVersion: v1, kind: Namespace, metadata: {metadata}}}"));
        let crate::object::Object::Namespace(namespace) = object else { panic!("{object:?}") };
        let requester = Requester {
            name: "system:serviceaccount:ci:deployer".to_owned(),
            groups: Vec::new(),
            ..Requester::default()
        };
        let additions =
            label_additions(&settings(asked), &namespace, Operation::Create, Some(&requester));
        (additions.labels.to_string(), additions.unknown, additions.later)
    }

    const SOURCES: &str = "labels: [{key: team, fromLabel: owner}, {key: unit, fromAnnotation: unit}, {key: by, value: '{user}'}, {key: cost}]";

    #[test]
    fn values_come_from_where_the_settings_say() {
        let (labels, unknown, later) =
            added(SOURCES, "{name: shop, labels: {owner: web}, annotations: {unit: a-1}}");
        assert_eq!(labels, "by=system-serviceaccount-ci-deployer,team=web,unit=a-1");
        assert_eq!((unknown, later), (vec!["cost".to_owned()], vec![]));
    }

    #[test]
    fn what_is_there_is_never_changed() {
        let all = "{name: shop, labels: {owner: web, team: '', unit: x, by: me, cost: z}, annotations: {unit: a-1}}";
        assert_eq!(added(SOURCES, all), ("{}".to_owned(), vec![], vec![]));
    }

    #[test]
    fn a_value_that_is_no_label_value_is_not_added() {
        let (labels, unknown, _) = added(
            "labels: [{key: unit, fromAnnotation: unit}]",
            "{name: shop, annotations: {unit: 'a b'}}",
        );
        assert_eq!((labels.as_str(), unknown), ("{}", vec!["unit".to_owned()]));
    }

    #[test]
    fn f31_the_name_is_not_known_yet_under_generate_name() {
        let (labels, unknown, later) = added("", "{generateName: shop-}");
        assert_eq!((labels.as_str(), unknown, later), ("{}", vec![], vec!["name".to_owned()]));
        assert_eq!(added("", "{name: shop}").0, "name=shop");
    }

    #[test]
    fn the_user_is_known_only_at_the_creation() {
        let object = one("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}");
        let crate::object::Object::Namespace(namespace) = object else { panic!("{object:?}") };
        let settings =
            settings("labels: [{key: by, value: '{user}'}]\nnamespaces: {undeclared: self}");
        let additions = label_additions(&settings, &namespace, Operation::Update, None);
        assert_eq!((additions.labels.is_empty(), additions.later), (true, vec!["by".to_owned()]));
    }

    #[test]
    fn declarations_are_added_where_the_settings_make_them() {
        let undeclared = |value: &str| format!("labels: []\nnamespaces: {{undeclared: {value}}}");
        let declaration = |asked: &str, metadata: &str| added(asked, metadata).0;
        assert_eq!(
            declaration(&undeclared("self"), "{name: shop}"),
            "portcullis.dev/default-deny=self"
        );
        assert_eq!(
            declaration(&undeclared("managed"), "{name: shop}"),
            "{}",
            "there is no controller"
        );
        let managed = format!("{}\ncontroller: {{enabled: true}}", undeclared("managed"));
        assert_eq!(declaration(&managed, "{name: shop}"), "portcullis.dev/default-deny=managed");
        for metadata in [
            "{name: kube-system}",
            "{name: shop, labels: {portcullis.dev/default-deny: other}}",
            "{name: shop, labels: {portcullis.dev/enforce: privileged}}",
            "{name: shop, deletionTimestamp: '2026-11-22T11:59:00Z'}",
        ] {
            assert_eq!(declaration(&undeclared("self"), metadata), "{}", "{metadata}");
        }
    }
}
