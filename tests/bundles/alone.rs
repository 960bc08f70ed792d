//! One namespace by itself, as its team has it in a repository, with a file of facts about the cluster around it.

use std::collections::BTreeSet;

use portcullis::facts::{FactsFile, facts};
use portcullis::manifest::{Document, Input, gather};
use portcullis::model::Settings;
use portcullis::report::settled_world;
use serde_json::Value;

/// `settings` with the facts of the cluster that `inputs` are, written to a file and read again.
pub(crate) fn with_facts(inputs: &[Input], settings: &Settings) -> Settings {
    let world = settled_world(&gather(inputs.to_vec(), "default"), settings);
    let file = FactsFile::new(facts(&world, settings)).to_yaml();
    let facts = FactsFile::parse("facts.yaml", &file).unwrap();
    Settings { facts: facts.or(settings.facts.clone()), ..settings.clone() }
}

/// The namespaces of some manifests with what is in each.
pub(crate) fn namespaces(inputs: &[Input]) -> Vec<(String, Vec<Input>)> {
    let documents = || inputs.iter().flat_map(|input| &input.documents);
    let names: BTreeSet<&str> = documents().filter_map(home).collect();
    let alone = |name: &str| {
        let own = documents().filter(|document| home(document) == Some(name)).cloned();
        vec![Input { documents: own.collect(), errors: Vec::new() }]
    };
    names.into_iter().map(|name| (name.to_owned(), alone(name))).collect()
}

/// The namespace that an object is in, or is.
fn home(document: &Document) -> Option<&str> {
    let text = |pointer: &str| document.value().pointer(pointer).and_then(Value::as_str);
    match text("/kind") {
        Some("Namespace") => text("/metadata/name"),
        _ => text("/metadata/namespace"),
    }
}
