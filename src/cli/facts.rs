//! `facts`: what is known about a cluster, as a file that `--facts` reads.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::facts::{FactsFile, facts, text};

use super::knowledge::Source;
use super::print::{json, print};
use super::{FactsPath, SettingsFile};

/// `portcullis facts`
#[derive(Debug, Args)]
pub(super) struct Facts {
    /// How to write them; `yaml` and `json` are what `--facts` reads
    #[arg(long, value_enum, default_value_t = Format::Yaml)]
    format: Format,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    settings: SettingsFile,
    #[command(flatten)]
    stated: FactsPath,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For `--facts` and version control
    Yaml,
    /// The same for programs
    Json,
    /// For people, with the evidence
    Text,
}

impl Facts {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let settings = self.stated.with(self.settings.read()?)?;
        let state = self.source.state(&settings)?;
        let facts = facts(&state.world, &settings);
        print(&match self.format {
            Format::Yaml => FactsFile::new(facts).to_yaml(),
            Format::Json => json(&FactsFile::new(facts))?,
            Format::Text => text(&facts),
        })?;
        Ok(state.code(0))
    }
}
