//! `connections PATH...`: who may talk to whom, by the policies of some manifests.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::connections::{connections, network};
use crate::report::ConnectionsReport;
use crate::report::connections::{dot, html, text};

use super::caution::caution;
use super::print::{json, print};
use super::state::State;
use super::{FactsPath, SettingsFile};

/// `portcullis connections`
#[derive(Debug, Args)]
pub(super) struct Show {
    /// Files and folders with manifests; `-` for standard input
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// The namespace of objects that name none
    #[arg(long, short, default_value = "default")]
    namespace: String,
    /// How to write them
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    settings: SettingsFile,
    #[command(flatten)]
    facts: FactsPath,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs: one stable shape
    Json,
    /// For Graphviz
    Dot,
    /// One page with a drawn graph, for a browser
    Html,
}

impl Show {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let settings = self.facts.with(self.settings.read()?)?;
        let state = State::read(&self.paths, &self.namespace, &settings)?;
        let found = connections(&state.world, &network(&state.world, &settings));
        if let Some(caution) = caution(&settings, &state.world) {
            eprintln!("{caution}");
        }
        let code = state.code(0);
        let report = ConnectionsReport::new(&found, state.told());
        print(&match self.format {
            Format::Text => text(&report.connections),
            Format::Json => json(&report)?,
            Format::Dot => dot(&report.connections),
            Format::Html => html(&report.connections),
        })?;
        Ok(code)
    }
}
