//! One object of a file, and what could not be read of it.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::source::Source;
use super::spans::{Fault, Tree};
use super::{Location, Position};

/// One object as it was written.
#[derive(Clone, Debug)]
pub struct Document {
    origin: Origin,
    tree: Tree,
}

/// Where documents come from.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    source: Arc<Source>,
    chart_template: Option<Arc<str>>,
}

/// What could not be read, or what the API server would refuse.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct ReadError {
    /// Where.
    #[serde(flatten)]
    pub location: Location,
    /// What is wrong, and what to do, without a full stop.
    pub reason: String,
}

impl Document {
    /// The object; always a mapping.
    pub fn value(&self) -> &Value {
        &self.tree.value
    }

    /// Where the field at the JSON pointer `pointer` was written, or the nearest field around it that was.
    pub fn position(&self, pointer: &str) -> Position {
        self.origin.source.position(self.tree.offset(pointer))
    }

    /// [`Self::position`] with the file and the line.
    pub fn location(&self, pointer: &str) -> Location {
        self.origin.source.location(self.tree.offset(pointer))
    }

    /// The chart template that `helm template` names above the document.
    pub fn helm_source(&self) -> Option<&str> {
        self.origin.chart_template.as_deref()
    }

    /// An error about the field at `pointer`.
    pub fn error(&self, pointer: &str, reason: impl Into<String>) -> ReadError {
        self.origin.error(&Fault::new(self.tree.offset(pointer), reason))
    }
}

impl Origin {
    pub(super) fn new(source: &Arc<Source>, chart_template: Option<Arc<str>>) -> Self {
        Self { source: Arc::clone(source), chart_template }
    }

    pub(super) fn document(&self, tree: Tree) -> Document {
        Document { origin: self.clone(), tree }
    }

    pub(super) fn error(&self, fault: &Fault) -> ReadError {
        ReadError { location: self.source.location(fault.offset), reason: fault.reason.clone() }
    }
}

impl ReadError {
    /// An error about a whole file, such as one that cannot be opened.
    pub fn file(file: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { location: Location::start_of(file), reason: reason.into() }
    }
}

/// `FILE:LINE:COLUMN: REASON`
impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.location, self.reason)
    }
}

impl std::error::Error for ReadError {}
