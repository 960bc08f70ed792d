//! `exemptions`: who is exempt from what, why, until when.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::model::Now;
use crate::report::ExemptionsReport;

use super::SettingsFile;
use super::knowledge::Source;
use super::print::{json, print};

/// `portcullis exemptions`
#[derive(Debug, Args)]
pub(super) struct Exemptions {
    /// How to write them
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    settings: SettingsFile,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs: one stable shape
    Json,
}

impl Exemptions {
    #[expect(clippy::disallowed_methods, reason = "the command line tells the time")]
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let settings = self.settings.read()?;
        let state = self.source.state(&settings)?;
        let report = ExemptionsReport::new(&state.world, Now(jiff::Timestamp::now()));
        print(&match self.format {
            Format::Text => report.text(),
            Format::Json => json(&report)?,
        })?;
        Ok(state.code(0))
    }
}
