//! Connections in the shape of every format.

mod dot;
mod html;
mod rows;
mod text;

use schemars::JsonSchema;
use serde::Serialize;

use crate::connections::{Connections, Difference};
use crate::manifest::ReadError;

pub use dot::dot;
pub use html::html;
pub use rows::{Row, Side, Span, ports, spans};
pub use text::text;

/// The connections of a state, in the stable shape of `connections --format json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ConnectionsReport {
    /// What may be connected, sorted by the ends.
    pub connections: Vec<Row>,
    /// What could not be read, by place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ReadError>,
}

/// What a change opens and closes, in the stable shape of `diff --format json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DifferenceReport {
    /// What is possible after the change and was not before.
    pub opened: Vec<Row>,
    /// What was possible before the change and is not any more.
    pub closed: Vec<Row>,
    /// What could not be read, by place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ReadError>,
}

impl ConnectionsReport {
    /// The report of `connections`, of an input with these errors.
    pub fn new(connections: &Connections, mut errors: Vec<ReadError>) -> Self {
        errors.sort();
        Self { connections: connections.iter().map(Row::from).collect(), errors }
    }
}

impl DifferenceReport {
    /// The report of `difference`, of inputs with these errors.
    pub fn new(difference: &Difference, mut errors: Vec<ReadError>) -> Self {
        errors.sort();
        let rows = |connections: &Connections| connections.iter().map(Row::from).collect();
        Self { opened: rows(&difference.opened), closed: rows(&difference.closed), errors }
    }

    /// Whether nothing is opened and nothing closed.
    pub fn is_empty(&self) -> bool {
        self.opened.is_empty() && self.closed.is_empty()
    }
}

#[cfg(test)]
mod tests;
