//! Where the parts of a document were written.

use serde_json::Value;

/// A value and where its parts were written.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub(super) value: Value,
    pub(super) spans: Spans,
}

/// The offset of a node, and those of its children in the order of the value's members or items.
///
/// A member is where its key is, an item where its content begins. The shape follows the value, whose maps keep their order,
/// so keys are not stored twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spans {
    pub(super) at: usize,
    pub(super) children: Vec<Self>,
}

/// Why a document cannot be read, and at which offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) offset: usize,
    pub(super) reason: String,
}

impl Spans {
    pub(super) fn leaf(at: usize) -> Self {
        Self { at, children: Vec::new() }
    }

    fn shift(&mut self, distance: usize) {
        self.at += distance;
        for child in &mut self.children {
            child.shift(distance);
        }
    }
}

impl Tree {
    /// The same, further down in the file.
    pub(super) fn shifted(mut self, distance: usize) -> Self {
        self.spans.shift(distance);
        self
    }

    /// The offset of the longest prefix of the JSON pointer `pointer` that exists.
    pub(super) fn offset(&self, pointer: &str) -> usize {
        let (mut spans, mut value) = (&self.spans, &self.value);
        for segment in pointer.split('/').skip(1) {
            let segment = segment.replace("~1", "/").replace("~0", "~");
            let Some((index, child)) = step(value, &segment) else {
                break;
            };
            let Some(next) = spans.children.get(index) else {
                break;
            };
            (spans, value) = (next, child);
        }
        spans.at
    }
}

/// Why a document whose top is `value` is no object.
pub(super) fn no_object(value: &Value) -> String {
    let found = match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "something else",
    };
    format!("a Kubernetes object is a mapping with apiVersion and kind, this is {found}")
}

fn step<'a>(value: &'a Value, segment: &str) -> Option<(usize, &'a Value)> {
    match value {
        Value::Object(members) => members
            .iter()
            .enumerate()
            .find(|(_, (key, _))| *key == segment)
            .map(|(index, (_, child))| (index, child)),
        Value::Array(items) => {
            let index = segment.parse().ok()?;
            Some((index, items.get(index)?))
        }
        _ => None,
    }
}

impl Fault {
    pub(super) fn new(offset: usize, reason: impl Into<String>) -> Self {
        Self { offset, reason: reason.into() }
    }

    /// With what to do about it.
    pub(super) fn advised(self, advice: &str) -> Self {
        Self { reason: format!("{}; {advice}", self.reason), ..self }
    }

    pub(super) fn shifted(self, distance: usize) -> Self {
        Self { offset: self.offset + distance, ..self }
    }
}
