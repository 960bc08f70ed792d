//! States for tests, written as YAML.

use serde_json::Value;

use crate::engine::inspect;
use crate::model::{Change, Finding, Now, Operation, Requester, Right, Settings, World};
use crate::object::{Kind, Object};
use crate::rules::RULES;

/// The documents of a YAML text; empty ones are left out.
pub(crate) fn documents(yaml: &str) -> Vec<Value> {
    let documents: Vec<Value> =
        serde_saphyr::from_multiple(yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
    documents.into_iter().filter(|document| !document.is_null()).collect()
}

/// The object of one document.
pub(crate) fn object(document: &Value) -> Object {
    let text = |field: &str| document[field].as_str().unwrap_or_default();
    let kind = Kind::of(text("apiVersion"), text("kind"));
    let kind = kind.unwrap_or_else(|| panic!("no kind that is read: {document}"));
    let mut object = Object::from_value(kind, document).unwrap();
    if kind.is_namespaced() && object.meta().namespace.is_empty() {
        object.meta_mut().namespace = "default".to_owned();
    }
    object
}

/// The one object of a YAML text.
pub(crate) fn one(yaml: &str) -> Object {
    let documents = documents(yaml);
    assert_eq!(documents.len(), 1, "{yaml}");
    object(&documents[0])
}

/// The World of some files.
pub(crate) fn world(yaml: &str) -> World {
    World::from_objects(documents(yaml).iter().map(object))
}

/// The World of a live cluster.
pub(crate) fn live(yaml: &str) -> World {
    let mut world = World::live();
    documents(yaml).iter().map(object).for_each(|object| world.put(object));
    world
}

/// The settings of a YAML text.
pub(crate) fn settings(yaml: &str) -> Settings {
    let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    Settings::parse("settings.yaml", yaml, &names).unwrap()
}

/// A write of somebody ordinary.
pub(crate) fn change(before: Option<Object>, after: Option<Object>) -> Change {
    let operation = match (&before, &after) {
        (None, _) => Operation::Create,
        (Some(_), Some(_)) => Operation::Update,
        (Some(_), None) => Operation::Delete,
    };
    Change {
        operation,
        before,
        after,
        requester: Requester { name: "jane".to_owned(), ..Requester::default() },
        dry_run: false,
        field_manager: String::new(),
        right: Right::Unasked,
    }
}

/// The moment of every test.
pub(crate) fn now() -> Now {
    Now("2026-11-22T12:00:00Z".parse().unwrap())
}

/// What the rules find and no exemption silences.
pub(crate) fn findings(settings: &Settings, world: &World) -> Vec<Finding> {
    let findings = inspect(settings, world, now()).into_iter();
    findings.filter(|finding| finding.exempted.is_none()).collect()
}

/// The findings of one rule.
pub(crate) fn findings_of(rule: &str, settings: &Settings, world: &World) -> Vec<Finding> {
    let findings = findings(settings, world).into_iter();
    findings.filter(|finding| finding.rule.name == rule).collect()
}
