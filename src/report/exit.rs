//! What a report means for the exit code.

use crate::model::RuleLevel;

use super::Report;

/// From which level on findings fail a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailOn {
    /// Findings of level deny.
    #[default]
    Deny,
    /// No findings.
    Never,
    /// Findings of level warn and deny.
    Warn,
}

/// How a run ended, mildest first, with wrong usage above all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Nothing at or above the chosen level.
    Passed,
    /// Findings at or above the chosen level.
    Findings,
    /// Input that cannot be read, or that the API server would refuse.
    Invalid,
    /// Wrong usage or settings.
    Usage,
}

impl Outcome {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Invalid => 3,
        }
    }
}

impl Report {
    /// How the run ended: unreadable input weighs more than findings, and no choice of level silences it.
    pub fn outcome(&self, fail_on: FailOn) -> Outcome {
        let fails = |level| match fail_on {
            FailOn::Deny => level >= RuleLevel::Deny,
            FailOn::Never => false,
            FailOn::Warn => level >= RuleLevel::Warn,
        };
        if !self.errors.is_empty() {
            Outcome::Invalid
        } else if self.findings.iter().any(|row| fails(row.level)) {
            Outcome::Findings
        } else {
            Outcome::Passed
        }
    }
}
