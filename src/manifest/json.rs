//! JSON, one document or several in a row, with the place of every node.

use std::collections::BTreeSet;

use serde_json::{Deserializer, Value};

use super::spans::{Fault, Spans, Tree};

/// The documents of `text`; after one that cannot be read it goes on at the next line that begins with a brace.
pub(super) fn read(text: &str) -> Vec<Result<Tree, Fault>> {
    let mut documents = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let mut stream = Deserializer::from_str(&text[start..]).into_iter::<Value>();
        let mut end = start;
        let mut failed_at = None;
        while let Some(outcome) = stream.next() {
            match outcome {
                Ok(value) => {
                    let spans = Walk { text, offset: end }.node();
                    documents.push(spans.map(|spans| Tree { value, spans }));
                    end = start + stream.byte_offset();
                }
                Err(error) => {
                    let fault = fault(&text[start..], &error).shifted(start);
                    failed_at = Some(fault.offset);
                    documents.push(Err(fault));
                    break;
                }
            }
        }
        let Some(offset) = failed_at else {
            break;
        };
        // Never the brace of what just failed: a text that ends behind it fails at the brace itself.
        start = next_brace(text, offset.max(behind_first_character(text, end)));
    }
    documents
}

/// The offset behind the first character from `offset` on that is no white space.
fn behind_first_character(text: &str, offset: usize) -> usize {
    let rest = text[offset..].trim_start();
    let first = rest.chars().next().map_or(0, char::len_utf8);
    text.len() - rest.len() + first
}

/// The offset of the first line from `offset` on that begins with a brace.
fn next_brace(text: &str, offset: usize) -> usize {
    let rest = text.get(offset..).unwrap_or_default();
    let is_first = offset > 0 && text.as_bytes()[offset - 1] == b'\n' && rest.starts_with('{');
    if is_first {
        return offset;
    }
    rest.find("\n{").map_or(text.len(), |found| offset + found + 1)
}

fn fault(text: &str, error: &serde_json::Error) -> Fault {
    let line_start = match error.line() {
        0 | 1 => 0,
        line => text.match_indices('\n').nth(line - 2).map_or(text.len(), |(offset, _)| offset + 1),
    };
    let offset = (line_start + error.column().saturating_sub(1)).min(text.len());
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let message = message.strip_suffix(&place).unwrap_or(&message);
    Fault::new(text.floor_char_boundary(offset), format!("JSON syntax: {message}"))
}

/// Walks through text that is known to be valid JSON, and not nested deeply.
struct Walk<'text> {
    text: &'text str,
    offset: usize,
}

impl Walk<'_> {
    fn node(&mut self) -> Result<Spans, Fault> {
        self.skip(is_between);
        let at = self.offset;
        let children = match self.byte() {
            Some(b'[') => self.items()?,
            Some(b'{') => self.members()?,
            Some(b'"') => {
                self.string();
                Vec::new()
            }
            _ => {
                self.skip(|byte| !is_between(byte) && !matches!(byte, b']' | b'}'));
                Vec::new()
            }
        };
        Ok(Spans { at, children })
    }

    fn items(&mut self) -> Result<Vec<Spans>, Fault> {
        let mut children = Vec::new();
        self.offset += 1;
        loop {
            self.skip(is_between);
            if matches!(self.byte(), None | Some(b']')) {
                self.offset += 1;
                return Ok(children);
            }
            children.push(self.node()?);
        }
    }

    fn members(&mut self) -> Result<Vec<Spans>, Fault> {
        let mut children = Vec::new();
        let mut names = BTreeSet::new();
        self.offset += 1;
        while let Some((at, name)) = self.key() {
            let reason = format!("the key `{name}` is there twice");
            if !names.insert(name) {
                return Err(Fault::new(at, reason));
            }
            let value = self.node()?;
            children.push(Spans { at, ..value });
        }
        self.offset += 1;
        Ok(children)
    }

    /// The next key of an object and its offset, or nothing at the object's end.
    fn key(&mut self) -> Option<(usize, String)> {
        self.skip(is_between);
        let at = self.offset;
        if self.byte() != Some(b'"') {
            return None;
        }
        self.string();
        let name = serde_json::from_str(&self.text[at..self.offset]).ok()?;
        Some((at, name))
    }

    fn string(&mut self) {
        self.offset += 1;
        while let Some(byte) = self.byte() {
            self.offset += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                break;
            }
        }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.offset).copied()
    }

    fn skip(&mut self, skipped: impl Fn(u8) -> bool) {
        let rest = &self.text.as_bytes()[self.offset.min(self.text.len())..];
        self.offset += rest.iter().take_while(|byte| skipped(**byte)).count();
    }
}

/// What stands between values.
fn is_between(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b',' | b':')
}
