//! What `check` tells about some manifests, in words that a test can list.

use portcullis::manifest::{self, Input};
use portcullis::model::{Fix, Now, Settings};
use portcullis::report::{Options, Report, Row, check};

use super::fault::{document_of, reference};

/// A day on which the exemptions of the bundles still count.
const TODAY: &str = "2026-11-01T00:00:00Z";

/// Everything that a report tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// `RULE LEVEL KIND NAMESPACE/NAME`, sorted.
    pub(crate) findings: Vec<String>,
    /// The same of what is exempt.
    pub(crate) exempted: Vec<String>,
    pub(crate) errors: Vec<String>,
    pub(crate) notes: Vec<String>,
}

pub(crate) fn today() -> Now {
    Now(TODAY.parse().unwrap())
}

pub(crate) fn report(inputs: &[Input], settings: &Settings) -> Report {
    check(inputs.to_vec(), settings, &Options::default(), today())
}

pub(crate) fn told(inputs: &[Input], settings: &Settings) -> Told {
    let report = report(inputs, settings);
    let mut findings: Vec<String> = report.findings.iter().map(finding).collect();
    findings.sort();
    let mut exempted: Vec<String> =
        report.exempted.iter().map(|exempted| finding(&exempted.row)).collect();
    exempted.sort();
    let errors = report.errors.iter();
    let errors = errors.map(|error| format!("{}: {}", error.location, error.reason));
    let notes = report.notes.iter();
    let notes = notes.map(|note| format!("{}: {}", note.location, note.text));
    Told { findings, exempted, errors: errors.collect(), notes: notes.collect() }
}

/// `RULE LEVEL KIND NAMESPACE/NAME`
pub(crate) fn finding(row: &Row) -> String {
    let resource = row.resource.as_ref().map_or_else(|| "cluster".to_owned(), ToString::to_string);
    format!("{} {} {resource}", row.rule, row.level)
}

/// `inputs` with fixes applied: parts merged into what is there, new objects added.
pub(crate) fn mended(inputs: &[Input], fixes: &[&str]) -> Vec<Input> {
    let mut inputs = inputs.to_vec();
    let parts = fixes.iter().flat_map(|fix| manifest::read("fix", fix.as_bytes()).documents);
    for part in parts {
        let name = reference(part.value());
        let mut documents = inputs.iter_mut().flat_map(|input| &mut input.documents);
        match documents.find(|document| reference(document.value()) == name) {
            Some(document) => {
                let mut value = document.value().clone();
                Fix::merge(&mut value, part.value());
                *document = document_of(&name, &value);
            }
            None => inputs.push(Input { documents: vec![part], errors: Vec::new() }),
        }
    }
    inputs
}
