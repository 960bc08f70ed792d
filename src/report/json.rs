//! The report as JSON: one stable shape, `"version": 1`.

use super::Report;

/// The report as one JSON document, indented, with a line break at its end.
///
/// # Panics
///
/// Never: a report has texts for keys and nothing that JSON cannot hold.
pub fn json(report: &Report) -> String {
    let mut text = serde_json::to_string_pretty(report)
        .expect("a report has texts for keys and nothing that JSON cannot hold");
    text.push('\n');
    text
}
