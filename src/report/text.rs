//! The report for people: every finding with the line that it is about, the fix, and a summary.

use std::collections::HashMap;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use crate::manifest::{Excerpt, Location};
use crate::model::RuleLevel;

use super::{Report, Row};

/// The report as text; `colour` adds terminal colours.
///
/// Nothing of the input reaches the terminal as a control character.
pub fn text(report: &Report, colour: bool) -> String {
    let mut page = Page {
        renderer: if colour { Renderer::styled() } else { Renderer::plain() },
        text: String::new(),
        fixes: HashMap::new(),
    };
    for error in &report.errors {
        let (level, place) = (Level::ERROR.with_name("error"), Some(&error.location));
        page.entry(level, None, &error.reason, place, &[]);
        page.text.push('\n');
    }
    for row in &report.findings {
        page.finding(row);
    }
    for note in &report.notes {
        page.entry(Level::NOTE, None, &note.text, Some(&note.location), &[]);
        page.text.push('\n');
    }
    page.text.push_str(&summary(report));
    page.text
}

struct Page<'report> {
    renderer: Renderer,
    text: String,
    /// Where a fix was shown already.
    fixes: HashMap<&'report str, String>,
}

impl<'report> Page<'report> {
    fn finding(&mut self, row: &'report Row) {
        let level = match row.level {
            RuleLevel::Deny => Level::ERROR.with_name("deny"),
            RuleLevel::Warn => Level::WARNING.with_name("warn"),
            RuleLevel::Audit | RuleLevel::Off => Level::INFO.with_name("audit"),
        };
        let mut remarks = Vec::new();
        if let Some(resource) = &row.resource {
            remarks.push(("in", resource.to_string()));
        }
        if let Some(template) = &row.chart_template {
            remarks.push(("chart template", template.clone()));
        }
        let shown = row.fix.as_deref().and_then(|fix| self.fixes.get(fix));
        let is_new = shown.is_none();
        match (&row.fix, shown) {
            (Some(_), Some(shown)) => remarks.push(("fix", format!("as {shown}"))),
            (Some(_), None) => {
                remarks.push(("fix", "apply this, or write it in the manifest".to_owned()));
            }
            (None, _) => {}
        }
        self.entry(level, Some(&row.rule), &row.message, row.location.as_ref(), &remarks);
        if let Some(fix) = row.fix.as_deref().filter(|_| is_new) {
            self.fix(fix);
            self.fixes.insert(fix, place(row));
        }
        self.text.push('\n');
    }

    fn entry(
        &mut self,
        level: Level<'_>,
        rule: Option<&str>,
        message: &str,
        location: Option<&Location>,
        remarks: &[(&str, String)],
    ) {
        let title = level.primary_title(one_line(message));
        let title = match rule {
            Some(rule) => title.id(rule),
            None => title,
        };
        let mut group = Group::with_title(title);
        if let Some(location) = location {
            group = group.element(cause(location));
        }
        let remarks =
            remarks.iter().map(|(name, text)| Level::NOTE.with_name(*name).message(one_line(text)));
        group = group.elements(remarks);
        self.text.push_str(&self.renderer.render(&[group]));
        self.text.push('\n');
    }

    fn fix(&mut self, fix: &str) {
        self.text.push('\n');
        for line in fix.lines() {
            self.text.push_str("    ");
            self.text.push_str(&one_line(line));
            self.text.push('\n');
        }
    }
}

/// The place, and the line when it is known.
fn cause(location: &Location) -> Element<'_> {
    let file = one_line(&location.file);
    match location.excerpt.as_ref().filter(|excerpt| !excerpt.text.is_empty()) {
        Some(excerpt) => Snippet::source(excerpt.text.as_str())
            .path(file)
            .line_start(location.position.line)
            .annotation(AnnotationKind::Primary.span(marked(excerpt)))
            .into(),
        None => Origin::path(file)
            .line(location.position.line)
            .char_column(location.position.column)
            .into(),
    }
}

/// The word at the place: a key, or a plain value.
fn marked(excerpt: &Excerpt) -> std::ops::Range<usize> {
    let rest = &excerpt.text[excerpt.at..];
    let first = rest.chars().next().map_or(0, char::len_utf8);
    let length = rest.find([' ', '\t', ':', ',', '{', '}', '[', ']', '#']).unwrap_or(rest.len());
    excerpt.at..excerpt.at + length.max(first)
}

fn place(row: &Row) -> String {
    match (&row.location, &row.resource) {
        (Some(location), _) => format!("at {location}"),
        (None, Some(resource)) => format!("for {resource}"),
        (None, None) => "above".to_owned(),
    }
}

/// Text without line breaks and control characters, which would be read by the terminal.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

fn summary(report: &Report) -> String {
    let numbers = report.summary;
    let mut parts = vec![
        format!("{}: {} deny", counted(numbers.objects, "object"), numbers.deny),
        format!("{} warn", numbers.warn),
        format!("{} audit", numbers.audit),
    ];
    if !report.exempted.is_empty() {
        parts.push(format!("{} exempted", report.exempted.len()));
    }
    if !report.errors.is_empty() {
        parts.push(format!("{} in the input", counted(report.errors.len(), "error")));
    }
    let worst = report.findings.iter().rev().max_by_key(|row| row.level);
    let advice = worst.map(|row| format!("; `portcullis explain {}` says more", row.rule));
    format!("{}{}\n", parts.join(", "), advice.unwrap_or_default())
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
