//! Connections as one HTML file with a drawn graph: it needs no network and no other file.

use std::collections::{BTreeMap, BTreeSet};

use maud::{DOCTYPE, Markup, PreEscaped, html as markup};

use super::{Row, Side};

const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/script.js");

/// The height of a box, and the distance of two.
const ROW: usize = 44;
/// The width of a box.
const BOX: usize = 260;
/// How far the column of those who are connected to is from that of those who connect.
const COLUMN: usize = 620;

/// A page: on the left who connects, on the right who is connected to, by namespace, a line for each connection, and all of
/// them as a table. Clicking on a box shows its connections alone.
pub fn html(rows: &[Row]) -> String {
    let page = markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Connections" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "Connections" }
                p { (rows.len()) " connections are possible. Choose a box to see its own; what is not known is dashed." }
                (graph(rows))
                (table(rows))
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

fn graph(rows: &[Row]) -> Markup {
    let from = column(rows.iter().map(|row| &row.from));
    let to = column(rows.iter().map(|row| &row.to));
    let height = ROW * (from.len().max(to.len()) + 1);
    let width = COLUMN + BOX + 20;
    markup! {
        svg viewBox=(format!("0 0 {width} {height}")) width=(width) height=(height) role="img" aria-label="Graph of the connections" {
            @for row in rows {
                (line(row, from[&row.from], to[&row.to]))
            }
            @for (side, place) in &from { (drawn(side, 10, *place, "from")) }
            @for (side, place) in &to { (drawn(side, COLUMN, *place, "to")) }
        }
    }
}

/// Each end once, with its place from above.
fn column<'a>(sides: impl Iterator<Item = &'a Side>) -> BTreeMap<&'a Side, usize> {
    let sides: BTreeSet<&Side> = sides.collect();
    let mut sides: Vec<&Side> = sides.into_iter().collect();
    sides.sort_by_key(|side| match side {
        Side::Workload { kind, namespace, name } => (0, namespace.clone(), name.clone(), *kind),
        Side::Addresses { .. } => (1, side.to_string(), String::new(), ""),
    });
    sides.into_iter().enumerate().map(|(place, side)| (side, place)).collect()
}

fn line(row: &Row, from: usize, to: usize) -> Markup {
    let (x1, y1) = (10 + BOX, ROW * from + ROW / 2);
    let (x2, y2) = (COLUMN, ROW * to + ROW / 2);
    let middle = usize::midpoint(x1, x2);
    let path = format!("M{x1} {y1} C{middle} {y1} {middle} {y2} {x2} {y2}");
    let class = if row.allowed.is_empty() { "unknown" } else { "allowed" };
    markup! {
        path class=(class) d=(path) data-from=(row.from) data-to=(row.to) {
            title { (row.from) " to " (row.to) ": " (row.words()) }
        }
    }
}

fn drawn(side: &Side, x: usize, place: usize, role: &str) -> Markup {
    let y = ROW * place + 4;
    let (above, name) = match side {
        Side::Workload { kind, namespace, name } => (format!("{namespace} · {kind}"), name.clone()),
        Side::Addresses { .. } => ("outside".to_owned(), side.to_string()),
    };
    markup! {
        g class="end" tabindex="0" data-role=(role) data-end=(side) {
            title { (side) }
            rect x=(x) y=(y) width=(BOX) height=(ROW - 8) rx="5" {}
            text x=(x + 10) y=(y + 14) class="above" { (above) }
            text x=(x + 10) y=(y + 29) { (cut(&name)) }
        }
    }
}

/// As much as fits into a box.
fn cut(name: &str) -> String {
    const FITS: usize = 34;
    if name.chars().count() <= FITS {
        return name.to_owned();
    }
    name.chars().take(FITS - 1).chain(['…']).collect()
}

fn table(rows: &[Row]) -> Markup {
    markup! {
        table {
            thead { tr { th { "From" } th { "To" } th { "Ports" } } }
            tbody {
                @for row in rows {
                    tr data-from=(row.from) data-to=(row.to) {
                        td { (row.from) }
                        td { (row.to) }
                        td { (row.words()) }
                    }
                }
            }
        }
    }
}
