//! Cutting a stream into its documents.

use std::ops::Range;

/// The parts of `text` between document markers, each beginning with its own marker, directives and comments.
///
/// A line that begins with `---` or `...` is a marker wherever it stands, also inside quotes and block scalars (YAML 1.2,
/// section 9.1.2), and cannot occur in JSON, so cutting needs no parsing.
pub(super) fn split(text: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut offset = 0;
    let mut has_content = false;
    for line in text.split_inclusive('\n') {
        if is_marker(line, "---") {
            if has_content {
                parts.push(start..offset);
                start = offset;
            }
            has_content = true;
        } else if is_marker(line, "...") {
            let end = offset + line.len();
            parts.push(start..end);
            start = end;
            has_content = false;
        } else if !is_preamble(line) {
            has_content = true;
        }
        offset += line.len();
    }
    if has_content {
        parts.push(start..offset);
    }
    parts
}

fn is_marker(line: &str, marker: &str) -> bool {
    // Files that were concatenated carry their byte order marks along.
    let line = line.strip_prefix('\u{FEFF}').unwrap_or(line);
    line.strip_prefix(marker)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
}

/// What may stand before `---` and belongs to the document behind it.
fn is_preamble(line: &str) -> bool {
    let line = line.strip_prefix('\u{FEFF}').unwrap_or(line);
    line.starts_with('%') || line.starts_with('#') || line.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::split;

    #[track_caller]
    fn parts(text: &str) -> Vec<&str> {
        split(text).into_iter().map(|part| &text[part]).collect()
    }

    #[test]
    fn markers_cut_and_stay_with_what_follows() {
        assert_eq!(parts("a: 1\n---\nb: 2\n"), ["a: 1\n", "---\nb: 2\n"]);
        assert_eq!(parts("---\na: 1\n...\n---\nb: 2"), ["---\na: 1\n...\n", "---\nb: 2"]);
        assert_eq!(parts("a: 1\r\n--- # next\r\nb: 2\r\n"), ["a: 1\r\n", "--- # next\r\nb: 2\r\n"]);
    }

    #[test]
    fn directives_and_comments_belong_to_the_document_behind_them() {
        assert_eq!(parts("# chart\n%YAML 1.2\n---\na: 1\n"), ["# chart\n%YAML 1.2\n---\na: 1\n"]);
        assert_eq!(parts("# nothing\n\n"), Vec::<&str>::new());
    }

    #[test]
    fn only_a_marker_at_the_margin_cuts() {
        assert_eq!(parts("a: |\n  ---\n  b\n"), ["a: |\n  ---\n  b\n"]);
        assert_eq!(parts("---a: 1\n"), ["---a: 1\n"]);
        assert_eq!(parts("a: 1\n\u{FEFF}---\nb: 2\n"), ["a: 1\n", "\u{FEFF}---\nb: 2\n"]);
    }
}
