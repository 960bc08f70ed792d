//! YAML to JSON values as `kubectl` does it, with the place of every node.
//!
//! The parser gives events; composing them is what go-yaml v2 and sigs.k8s.io/yaml do behind `kubectl`: YAML 1.1 scalars
//! (see `scalar`), keys of other types as text, aliases by value, merge keys in the order they are written.

use std::collections::HashMap;

use serde_json::Value;
use serde_saphyr::granit_parser::{self, Event, Parser, ScanError, Span, StrInput, StructureStyle};

use super::scalar::{self, Scalar};
use super::spans::{Fault, Spans, Tree};

mod members;

use members::Members;

/// Deepest nesting that is read: the limit of the JSON reader, so that both forms of a document are read or refused alike.
const MAX_DEPTH: usize = 127;
/// Most nodes that aliases may add to a document; a scalar of 64 bytes counts as one more.
const MAX_EXPANSION: usize = 100_000;

const TAB: &str = "a tab cannot indent YAML: use spaces";

/// The documents of `text`, up to the first that cannot be read.
pub(super) fn read(text: &str) -> Vec<Result<Tree, Fault>> {
    let mut composer = Composer::new(text);
    let mut documents = Vec::new();
    while let Some(document) = composer.document().transpose() {
        let failed = document.is_err();
        documents.push(document);
        if failed {
            break;
        }
    }
    documents
}

struct Composer<'text> {
    text: &'text str,
    events: Parser<'text, StrInput<'text>>,
    anchors: HashMap<usize, Anchored>,
    expansion: usize,
    /// The last place that was read, for errors of a parser that lost its own.
    offset: usize,
}

/// A node that aliases can stand for.
#[derive(Clone)]
struct Anchored {
    node: Node,
    weight: usize,
}

#[derive(Clone)]
struct Node {
    tree: Tree,
    /// How deep it is nested itself.
    height: usize,
    /// Whether it is a plain `<<`, which merges as a key and is text anywhere else.
    is_merge: bool,
}

impl<'text> Composer<'text> {
    fn new(text: &'text str) -> Self {
        let options = granit_parser::options! {
            // As libyaml and go-yaml read the last line of a block scalar.
            block_scalar_eof_without_line_feed: true,
            emit_comments: false,
            flow_nesting_limit: MAX_DEPTH,
            block_nesting_limit: MAX_DEPTH,
        };
        Self {
            text,
            events: Parser::new_from_str_with_options(text, options),
            anchors: HashMap::new(),
            expansion: 0,
            offset: 0,
        }
    }

    fn document(&mut self) -> Result<Option<Tree>, Fault> {
        loop {
            match self.next()? {
                None | Some((Event::StreamEnd, _)) => return Ok(None),
                Some((Event::DocumentStart(..), _)) => break,
                Some(_) => {}
            }
        }
        self.anchors.clear();
        self.expansion = 0;
        let (event, span) = self.expect()?;
        let node = self.node(event, span, 0)?;
        Ok(Some(node.tree))
    }

    fn next(&mut self) -> Result<Option<(Event<'text>, Span)>, Fault> {
        let Some(event) =
            self.events.next_event().transpose().map_err(|error| self.fault(&error))?
        else {
            return Ok(None);
        };
        self.offset = event.1.start.byte_offset().unwrap_or(self.offset);
        Ok(Some(event))
    }

    fn expect(&mut self) -> Result<(Event<'text>, Span), Fault> {
        let event = self.next()?;
        event.ok_or_else(|| Fault::new(self.offset, "the document ends in the middle"))
    }

    fn fault(&self, error: &ScanError) -> Fault {
        let offset = error.marker().byte_offset().unwrap_or(self.offset);
        let reason = error.info();
        if reason.contains("tab")
            && let Some(tab) = indenting_tab(self.text, offset)
        {
            return Fault::new(tab, TAB);
        }
        Fault::new(offset, format!("YAML syntax: {reason}"))
    }

    /// The parser lets a tab before the first key of a block pass, libyaml and `kubectl` do not.
    fn check_indentation(&self, style: StructureStyle, at: usize) -> Result<(), Fault> {
        if style == StructureStyle::Flow {
            return Ok(());
        }
        let line = self.text[..at].rfind('\n').map_or(0, |feed| feed + 1);
        let before = &self.text[line..at];
        match before.find('\t') {
            Some(tab) if before.trim_matches(['-', ' ', '\t']).is_empty() => {
                Err(Fault::new(line + tab, TAB))
            }
            _ => Ok(()),
        }
    }

    fn node(&mut self, event: Event<'text>, span: Span, depth: usize) -> Result<Node, Fault> {
        let at = span.start.byte_offset().unwrap_or(self.offset);
        if depth > MAX_DEPTH {
            return Err(Fault::new(at, format!("nested deeper than {MAX_DEPTH} levels")));
        }
        let before = self.expansion;
        let (node, anchor) = match event {
            Event::Alias(anchor) => return self.alias(anchor, at, depth),
            Event::Scalar(text, style, anchor, tag) => {
                (scalar_node(&text, style, tag.as_deref(), at)?, anchor)
            }
            Event::SequenceStart(style, anchor, _) => {
                self.check_indentation(style, at)?;
                (self.sequence(at, depth)?, anchor)
            }
            Event::MappingStart(style, anchor, _) => {
                self.check_indentation(style, at)?;
                (self.mapping(at, depth)?, anchor)
            }
            _ => return Err(Fault::new(at, "a value was expected here")),
        };
        if anchor != 0 {
            // What aliases inside it added counts again with every alias of it.
            let weight = weight(&node.tree.value).max(self.expansion - before);
            let node = node.clone();
            self.anchors.insert(anchor, Anchored { node, weight });
        }
        Ok(node)
    }

    /// The value that the anchor names; its parts stay where they were written, the alias itself is at `at`.
    fn alias(&mut self, anchor: usize, at: usize, depth: usize) -> Result<Node, Fault> {
        let Some(anchored) = self.anchors.get(&anchor) else {
            return Err(Fault::new(at, "the alias stands inside its own anchor"));
        };
        if depth + anchored.node.height > MAX_DEPTH {
            return Err(Fault::new(
                at,
                format!("nested deeper than {MAX_DEPTH} levels by this alias"),
            ));
        }
        self.expansion += anchored.weight;
        if self.expansion > MAX_EXPANSION {
            let reason = format!("aliases add more than {MAX_EXPANSION} values to this document");
            return Err(Fault::new(at, reason));
        }
        let mut node = anchored.node.clone();
        node.tree.spans.at = at;
        Ok(node)
    }

    fn sequence(&mut self, at: usize, depth: usize) -> Result<Node, Fault> {
        let (mut values, mut children, mut height) = (Vec::new(), Vec::new(), 0);
        loop {
            let (event, span) = self.expect()?;
            if matches!(event, Event::SequenceEnd) {
                let spans = Spans { at, children };
                return Ok(Node::new(Value::Array(values), spans, height + 1));
            }
            let node = self.node(event, span, depth + 1)?;
            height = height.max(node.height);
            values.push(node.tree.value);
            children.push(node.tree.spans);
        }
    }

    fn mapping(&mut self, at: usize, depth: usize) -> Result<Node, Fault> {
        let mut members = Members::default();
        loop {
            let (event, span) = self.expect()?;
            if matches!(event, Event::MappingEnd) {
                return Ok(members.finish(at));
            }
            let key = self.node(event, span, depth + 1)?;
            let (event, span) = self.expect()?;
            let value = self.node(event, span, depth + 1)?;
            if key.is_merge {
                members.merge(value)?;
            } else {
                members.insert(&key.tree, value)?;
            }
        }
    }
}

/// The first tab that indents a line, from the line of `offset` on.
fn indenting_tab(text: &str, offset: usize) -> Option<usize> {
    let mut line_start = text[..offset.min(text.len())].rfind('\n').map_or(0, |feed| feed + 1);
    for line in text[line_start..].split_inclusive('\n').take(3) {
        let indentation = line.len() - line.trim_start_matches([' ', '\t']).len();
        if let Some(tab) = line[..indentation].find('\t') {
            return Some(line_start + tab);
        }
        line_start += line.len();
    }
    None
}

fn scalar_node(
    text: &str,
    style: granit_parser::ScalarStyle,
    tag: Option<&granit_parser::Tag>,
    at: usize,
) -> Result<Node, Fault> {
    let is_plain = style == granit_parser::ScalarStyle::Plain;
    let tag = tag.map(|tag| tag.core_suffix().unwrap_or_default());
    match scalar::resolve(text, is_plain, tag) {
        Ok(Scalar::Merge) => {
            Ok(Node { is_merge: true, ..Node::new(text.into(), Spans::leaf(at), 0) })
        }
        Ok(Scalar::Value(value)) => Ok(Node::new(value, Spans::leaf(at), 0)),
        Err(reason) => Err(Fault::new(at, reason)),
    }
}

fn weight(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(members) => {
            members.iter().map(|(key, value)| 1 + key.len() / 64 + weight(value)).sum()
        }
        Value::String(text) => text.len() / 64,
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

impl Node {
    fn new(value: Value, spans: Spans, height: usize) -> Self {
        Self { tree: Tree { value, spans }, height, is_merge: false }
    }
}
