//! The members of a mapping: keys once each, merge keys in the order they are written.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::scalar;
use super::super::spans::{Fault, Spans, Tree};
use super::Node;

/// A mapping while its members are read.
#[derive(Default)]
pub(super) struct Members {
    values: Map<String, Value>,
    spans: Vec<Spans>,
    seen: BTreeMap<String, Seen>,
    height: usize,
}

/// Where a key came from.
struct Seen {
    index: usize,
    merged: bool,
}

impl Members {
    /// A duplicate key is an error: Helm and kustomize refuse it, `kubectl` silently takes the last one, so no reading of it
    /// would be the right one everywhere.
    pub(super) fn insert(&mut self, key: &Tree, value: Node) -> Result<(), Fault> {
        let at = key.spans.at;
        let Some(name) = scalar::key(&key.value) else {
            return Err(Fault::new(at, "a key must be a text, a number or a boolean"));
        };
        if self.seen.get(&name).is_some_and(|seen| !seen.merged) {
            return Err(Fault::new(at, format!("the key `{name}` is there twice")));
        }
        let mut spans = value.tree.spans;
        spans.at = at;
        self.height = self.height.max(value.height);
        self.put(name, value.tree.value, spans, false);
        Ok(())
    }

    pub(super) fn merge(&mut self, node: Node) -> Result<(), Fault> {
        let at = node.tree.spans.at;
        self.height = self.height.max(node.height.saturating_sub(1));
        let sources = match node.tree.value {
            Value::Array(items) => items.into_iter().zip(node.tree.spans.children).rev().collect(),
            value => vec![(value, node.tree.spans)],
        };
        // Of several sources the first wins, and the mapping itself over what was merged before (go-yaml v2).
        for (value, spans) in sources {
            let Value::Object(members) = value else {
                return Err(Fault::new(at, "`<<` merges a mapping or a sequence of mappings"));
            };
            for ((name, value), spans) in members.into_iter().zip(spans.children) {
                self.put(name, value, spans, true);
            }
        }
        Ok(())
    }

    fn put(&mut self, name: String, value: Value, spans: Spans, merged: bool) {
        let index = self.seen.get(&name).map_or(self.spans.len(), |seen| seen.index);
        match self.spans.get_mut(index) {
            Some(old) => *old = spans,
            None => self.spans.push(spans),
        }
        self.values.insert(name.clone(), value);
        self.seen.insert(name, Seen { index, merged });
    }

    pub(super) fn finish(self, at: usize) -> Node {
        let children = self.spans;
        Node::new(Value::Object(self.values), Spans { at, children }, self.height + 1)
    }
}
