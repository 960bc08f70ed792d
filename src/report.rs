//! Reports: what was found, in the shape of every format, and what that means for the exit code.
//!
//! A [`Report`] is a value in its final order; a format only writes it down, so all formats say the same.

mod audit;
mod before_enforcing;
mod check;
mod cluster_report;
pub mod connections;
mod exemptions;
mod exit;
mod fingerprint;
mod json;
mod order;
mod refused;
mod row;
mod sequence;
mod settled;
mod switched;
mod text;
mod unknown;

use schemars::JsonSchema;
use serde::Serialize;

use crate::manifest::{Note, ReadError};
use crate::model::RuleLevel;

pub use audit::{Audit, Audited, audit};
pub use before_enforcing::BeforeEnforcing;
pub use check::{Options, check};
pub use cluster_report::{Flavour, MANAGED_BY, SOURCE, said};
pub use connections::{ConnectionsReport, DifferenceReport};
pub use exemptions::{ExemptionRow, ExemptionsReport};
pub use exit::{FailOn, Outcome};
#[cfg(feature = "cluster")]
pub(crate) use fingerprint::of as fingerprint_of;
pub use json::json;
pub use refused::Refused;
pub use row::{Exempted, Resource, Row};
pub use settled::world as settled_world;
pub use switched::Switched;
pub use text::text;

use row::rows;
use text::one_line;

/// The findings about some input, and what could not be read of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Report {
    version: Version,
    /// The findings, by place.
    pub findings: Vec<Row>,
    /// Findings that an exemption silences.
    pub exempted: Vec<Exempted>,
    /// What could not be read, or what the API server would refuse, by place.
    pub errors: Vec<ReadError>,
    /// The numbers.
    pub summary: Summary,
    /// Remarks that are no findings, by place; only people read them.
    #[serde(skip)]
    pub notes: Vec<Note>,
}

/// The version of the JSON shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
struct Version(u32);

impl Default for Version {
    fn default() -> Self {
        Self(1)
    }
}

/// How many findings of each level, about how many objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Summary {
    /// Findings that deny.
    pub deny: usize,
    /// Findings that warn.
    pub warn: usize,
    /// Findings that are only reported.
    pub audit: usize,
    /// Objects that were judged.
    pub objects: usize,
}

impl Report {
    /// The report of these findings about `objects` objects.
    pub fn new(
        mut findings: Vec<Row>,
        mut errors: Vec<ReadError>,
        mut notes: Vec<Note>,
        objects: usize,
    ) -> Self {
        findings.sort_by(order::rows);
        errors.sort();
        notes.sort();
        let count = |level| findings.iter().filter(|row| row.level == level).count();
        let summary = Summary {
            deny: count(RuleLevel::Deny),
            warn: count(RuleLevel::Warn),
            audit: count(RuleLevel::Audit),
            objects,
        };
        Self { findings, errors, summary, notes, ..Self::default() }
    }

    /// The same report with what exemptions silence.
    #[must_use]
    pub fn with_exempted(self, mut exempted: Vec<Exempted>) -> Self {
        exempted.sort_by(|one, other| order::rows(&one.row, &other.row));
        Self { exempted, ..self }
    }
}

#[cfg(test)]
mod check_tests;
#[cfg(test)]
mod tests;
