//! One thing that somebody did wrong.

use std::collections::{BTreeMap, BTreeSet};

use portcullis::manifest::{self, Document, Input};
use serde::Deserialize;
use serde_json::Value;

use super::run::Told;

/// One edit of a bundle, and what it must give.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    #[serde(skip)]
    pub(crate) name: String,
    /// JSON patches by object, `KIND NAMESPACE/NAME` or `KIND NAME`.
    #[serde(default)]
    change: BTreeMap<String, json_patch::Patch>,
    /// Objects that are not there.
    #[serde(default)]
    remove: Vec<String>,
    /// Objects that are there besides.
    #[serde(default)]
    add: Vec<Value>,
    /// `RULE LEVEL KIND NAMESPACE/NAME`, sorted: what it gives beside what the clean bundle does.
    pub(crate) findings: Vec<String>,
    /// What is exempt then, where that differs from the clean bundle.
    #[serde(default)]
    exempted: Option<Vec<String>>,
    /// The rules for which admission refuses it, where those are not the rules that deny.
    #[serde(default)]
    refused: Option<BTreeSet<String>>,
    /// What the rules about changes say when it happens, where somebody looked: written like `findings`.
    #[serde(default)]
    pub(crate) changes: Option<Vec<String>>,
}

impl Fault {
    pub(crate) fn read(name: String, text: &str) -> Self {
        let fault: Self =
            serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let told = fault.findings.iter().chain(fault.changes.iter().flatten());
        assert!(told.count() > 0, "{name} names no finding");
        Self { name, ..fault }
    }

    /// What is told of the bundle with the fault; `clean` is what is told of it without.
    pub(crate) fn expected(&self, clean: &Told) -> Told {
        let mut expected = clean.clone();
        expected.findings.extend(self.findings.iter().cloned());
        expected.findings.sort();
        if let Some(exempted) = &self.exempted {
            expected.exempted.clone_from(exempted);
        }
        expected
    }

    /// The rules for which admission refuses it.
    pub(crate) fn refused(&self) -> BTreeSet<String> {
        let denied = self.findings.iter().filter(|finding| finding.contains(" deny "));
        let rules = denied.filter_map(|finding| Some(finding.split(' ').next()?.to_owned()));
        self.refused.clone().unwrap_or_else(|| rules.collect())
    }

    /// `inputs` with the fault; every object that it names must be there.
    pub(crate) fn seeded(&self, inputs: &[Input]) -> Vec<Input> {
        let mut inputs = inputs.to_vec();
        for (object, patch) in &self.change {
            let document = self.find(&mut inputs, object);
            let mut value = document.value().clone();
            json_patch::patch(&mut value, patch)
                .unwrap_or_else(|error| panic!("{}: {object}: {error}", self.name));
            *document = document_of(object, &value);
        }
        for object in &self.remove {
            self.find(&mut inputs, object);
            for input in &mut inputs {
                input.documents.retain(|document| reference(document.value()) != *object);
            }
        }
        let added = self.add.iter().map(|value| document_of("added", value));
        inputs.push(Input { documents: added.collect(), errors: Vec::new() });
        inputs
    }

    fn find<'a>(&self, inputs: &'a mut [Input], object: &str) -> &'a mut Document {
        let mut documents = inputs.iter_mut().flat_map(|input| &mut input.documents);
        documents
            .find(|document| reference(document.value()) == object)
            .unwrap_or_else(|| panic!("{}: there is no {object}", self.name))
    }
}

/// `value` as if a file held it.
pub(crate) fn document_of(file: &str, value: &Value) -> Document {
    let mut input = manifest::read(file, value.to_string().as_bytes());
    assert_eq!(input.errors, [], "{file}");
    input.documents.pop().unwrap()
}

/// `KIND NAMESPACE/NAME`, or `KIND NAME`.
pub(crate) fn reference(value: &Value) -> String {
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (kind, name) = (text("/kind"), text("/metadata/name"));
    match text("/metadata/namespace") {
        "" => format!("{kind} {name}"),
        namespace => format!("{kind} {namespace}/{name}"),
    }
}
