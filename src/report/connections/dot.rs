//! Connections as a graph for Graphviz.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::{Row, Side};

/// A `digraph`: workloads in a cluster for each namespace, addresses outside, an edge for each connection. What is unknown is
/// dashed.
pub fn dot(rows: &[Row]) -> String {
    let sides: BTreeSet<&Side> = rows.iter().flat_map(|row| [&row.from, &row.to]).collect();
    let mut namespaces: BTreeMap<&str, Vec<&Side>> = BTreeMap::new();
    let mut outside = Vec::new();
    for side in sides {
        match side {
            Side::Workload { namespace, .. } => namespaces.entry(namespace).or_default().push(side),
            Side::Addresses { .. } => outside.push(side),
        }
    }
    let mut text = String::from("digraph connections {\n  rankdir=LR;\n  node [shape=box];\n");
    for (index, (namespace, workloads)) in namespaces.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  subgraph cluster_{index} {{\n    label={};", quoted(namespace));
        for workload in workloads {
            let label = match workload {
                Side::Workload { kind, name, .. } => format!("{kind}\n{name}"),
                Side::Addresses { .. } => String::new(),
            };
            let _ =
                writeln!(text, "    {} [label={}];", quoted(&workload.to_string()), quoted(&label));
        }
        text.push_str("  }\n");
    }
    for addresses in outside {
        let _ = writeln!(text, "  {} [shape=ellipse];", quoted(&addresses.to_string()));
    }
    for row in rows {
        let style = if row.allowed.is_empty() { ", style=dashed" } else { "" };
        let (from, to) = (quoted(&row.from.to_string()), quoted(&row.to.to_string()));
        let _ = writeln!(text, "  {from} -> {to} [label={}{style}];", quoted(&row.words()));
    }
    text.push_str("}\n");
    text
}

/// A double-quoted ID of the DOT language, in which only the quote and the line break need care.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}
