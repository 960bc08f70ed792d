//! `exemptions`: who is exempt from what, why, until when.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::report::ExemptionsReport;

use super::knowledge::Source;
use super::print::{json, print};
use super::{SettingsFile, now};

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
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let settings = self.settings.read()?;
        let state = self.source.state(&settings)?;
        let report = ExemptionsReport::new(&state.world, now());
        print(&match self.format {
            Format::Text => report.text(),
            Format::Json => json(&report)?,
        })?;
        Ok(state.code(0))
    }
}
