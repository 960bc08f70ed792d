//! Manifests: the bytes of one file become documents that know where every field was written.
//!
//! One broken document never hides the others: a file is cut at its document markers first, and each part is read by
//! itself. Everything that cannot be read is a [`ReadError`] with file, line and column; nothing is dropped silently, and no
//! input makes reading slow, deep or large beyond its own size.

mod decode;
mod document;
mod gather;
mod json;
mod list;
mod object;
mod scalar;
mod served;
mod source;
mod spans;
mod split;
mod yaml;

use std::sync::Arc;

use serde_json::Value;

pub use document::{Document, ReadError};
pub use gather::{Gathered, Located, Note, gather};
pub use object::object;
pub(crate) use object::pointer;
pub use source::{Excerpt, Location, Position};

use decode::decode;
use document::Origin;
use source::Source;
use spans::{Fault, Tree, no_object};
use split::split;

const TEMPLATE: &str = "if this is a chart template, check what `helm template` makes of it";
const NO_TEXT: &str = "these bytes are no text: save the file as UTF-8";

/// What one file holds.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// The objects, in the order of the file; lists are replaced by their items, empty documents are left out.
    pub documents: Vec<Document>,
    /// What could not be read.
    pub errors: Vec<ReadError>,
}

/// Reads YAML or JSON, one document or many, as `kubectl` does.
pub fn read(file: &str, bytes: &[u8]) -> Input {
    let decoded = decode(bytes);
    let source = Arc::new(Source::new(file, decoded.text));
    let mut input = Input::default();
    if let Some(reason) = decoded.refused {
        input.errors.push(ReadError::file(file, reason));
    }
    let mut garbage = decoded.garbage.into_iter().peekable();
    for part in split(source.text()) {
        let text = &source.text()[part.clone()];
        let origin = Origin::new(&source, chart_template(text));
        let outcomes = match garbage.next_if(|offset| *offset < part.end) {
            Some(offset) => vec![Err(Fault::new(offset - part.start, NO_TEXT))],
            None => read_part(text),
        };
        while garbage.next_if(|offset| *offset < part.end).is_some() {}
        let is_template = outcomes.iter().any(Result::is_err) && text.contains("{{");
        for outcome in outcomes {
            match outcome.and_then(object_or_nothing) {
                Ok(None) => {}
                Ok(Some(tree)) => list::spread(&origin, tree.shifted(part.start), &mut input),
                Err(fault) => {
                    let fault = if is_template { fault.advised(TEMPLATE) } else { fault };
                    input.errors.push(origin.error(&fault.shifted(part.start)));
                }
            }
        }
    }
    input
}

/// JSON when the first character is a brace, as `kubectl` guesses; a flow mapping in braces is YAML all the same.
fn read_part(text: &str) -> Vec<Result<Tree, Fault>> {
    if !text.trim_start().starts_with('{') {
        return yaml::read(text);
    }
    let json = json::read(text);
    if json.iter().all(Result::is_ok) {
        return json;
    }
    let yaml = yaml::read(text);
    if yaml.iter().all(Result::is_ok) { yaml } else { json }
}

/// Empty documents are nothing; everything else must be a mapping.
fn object_or_nothing(tree: Tree) -> Result<Option<Tree>, Fault> {
    match &tree.value {
        Value::Null => Ok(None),
        Value::Object(_) => Ok(Some(tree)),
        other => Err(Fault::new(tree.spans.at, no_object(other))),
    }
}

/// The template in the comment `# Source: CHART/templates/FILE` that `helm template` writes above each document.
fn chart_template(part: &str) -> Option<Arc<str>> {
    part.lines()
        .take_while(|line| {
            let line = line.trim_end();
            line.is_empty() || line.starts_with('#') || line.starts_with("---")
        })
        .find_map(|line| line.strip_prefix("# Source: "))
        .map(|template| Arc::from(template.trim()))
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod properties;

#[cfg(test)]
mod object_tests;
