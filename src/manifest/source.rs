//! The text of a file, and where in it an offset lies.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// Bytes between two marks of one line: the most that is counted to find a column.
const STRIDE: usize = 1024;
/// Longest line that is shown, in bytes: a minified file is one line.
const LONGEST_SHOWN: usize = 2048;

/// A place in a file, both counted from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// A place in a named file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Location {
    /// The file as the user named it; `-` is the standard input.
    pub file: String,
    /// Line and column.
    #[serde(flatten)]
    pub position: Position,
    /// The line itself, for reports that show it; nothing for lines that nobody could read.
    #[serde(skip)]
    pub excerpt: Option<Excerpt>,
}

/// A line and a place in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Excerpt {
    /// The text, without its line break.
    pub text: String,
    /// Offset of the place in `text`, in bytes.
    pub at: usize,
}

/// A file's text with an index of its lines.
#[derive(Debug)]
pub(super) struct Source {
    file: String,
    text: String,
    marks: Vec<Mark>,
}

/// A known place: the beginning of a line, or some place in a long one.
#[derive(Clone, Copy, Debug)]
struct Mark {
    offset: usize,
    position: Position,
}

impl Location {
    /// The beginning of a file whose text is not known.
    pub fn start_of(file: impl Into<String>) -> Self {
        Self { file: file.into(), position: Position { line: 1, column: 1 }, excerpt: None }
    }
}

/// `FILE:LINE:COLUMN`
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { line, column } = self.position;
        write!(f, "{}:{line}:{column}", self.file)
    }
}

impl Source {
    pub(super) fn new(file: &str, text: String) -> Self {
        let mut last = Mark { offset: 0, position: Position { line: 1, column: 1 } };
        let mut marks = vec![last];
        let mut column = 1;
        for (offset, character) in text.char_indices() {
            if offset - last.offset >= STRIDE {
                last.offset = offset;
                last.position.column = column;
                marks.push(last);
            }
            column += 1;
            if character == '\n' {
                column = 1;
                last.offset = offset + 1;
                last.position = Position { line: last.position.line + 1, column };
                marks.push(last);
            }
        }
        Self { file: file.to_owned(), text, marks }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn position(&self, offset: usize) -> Position {
        let offset = self.text.floor_char_boundary(offset);
        let mark = self.marks[self.marks.partition_point(|mark| mark.offset <= offset) - 1];
        Position {
            line: mark.position.line,
            column: mark.position.column + self.text[mark.offset..offset].chars().count(),
        }
    }

    pub(super) fn location(&self, offset: usize) -> Location {
        let position = self.position(offset);
        Location { file: self.file.clone(), position, excerpt: self.excerpt(offset, position.line) }
    }

    fn excerpt(&self, offset: usize, line: usize) -> Option<Excerpt> {
        let offset = self.text.floor_char_boundary(offset);
        let start = self.line_start(line);
        let text = self.text[start..self.line_start(line + 1)].trim_end_matches(['\r', '\n']);
        let at = (offset - start).min(text.len());
        (text.len() <= LONGEST_SHOWN).then(|| Excerpt { text: text.to_owned(), at })
    }

    fn line_start(&self, line: usize) -> usize {
        let index = self.marks.partition_point(|mark| mark.position.line < line);
        self.marks.get(index).map_or(self.text.len(), |mark| mark.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::{Position, STRIDE, Source};

    #[test]
    fn columns_are_characters_and_lines_end_at_line_feeds() {
        let source = Source::new("a.yaml", "ä: ö\r\nb: c\n".to_owned());
        assert_eq!(source.position(4), Position { line: 1, column: 4 });
        assert_eq!(source.position(8), Position { line: 2, column: 1 });
        assert_eq!(source.position(11), Position { line: 2, column: 4 });
        assert_eq!(source.position(999), Position { line: 3, column: 1 });
        assert_eq!(source.location(4).excerpt.unwrap().text, "ä: ö");
    }

    #[test]
    fn a_long_line_is_indexed_within_and_not_shown() {
        let line = "é".repeat(5 * STRIDE);
        let source = Source::new("a.json", format!("\n{line}\nend"));
        let offset = 1 + 2 * 3000;
        assert_eq!(source.position(offset), Position { line: 2, column: 3001 });
        assert_eq!(source.location(offset).excerpt, None);
        assert_eq!(source.position(source.text().len() - 3), Position { line: 3, column: 1 });
    }
}
