//! `diff OLD NEW`: what a change of manifests opens and closes.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::connections::{connections, difference, network};
use crate::report::DifferenceReport;
use crate::report::connections::Row;

use super::print::{json, print};
use super::state::State;
use super::{FactsPath, SettingsFile};

/// `portcullis diff`
#[derive(Debug, Args)]
pub(super) struct Diff {
    /// A file or folder with the manifests before the change
    old: PathBuf,
    /// A file or folder with the manifests after it
    new: PathBuf,
    /// The namespace of objects that name none
    #[arg(long, short, default_value = "default")]
    namespace: String,
    /// How to write it
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
}

impl Diff {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let settings = self.facts.with(self.settings.read()?)?;
        let read = |path| State::read(&[path], &self.namespace, &settings);
        let (old, new) = (read(self.old)?, read(self.new)?);
        let of = |state: &State| connections(&state.world, &network(&state.world, &settings));
        let found = difference(&of(&old), &of(&new));
        let code = |outcome| if old.is_broken() { old.code(outcome) } else { new.code(outcome) };
        let code = code(u8::from(!found.is_empty()));
        let errors = old.told().into_iter().chain(new.told()).collect();
        let report = DifferenceReport::new(&found, errors);
        print(&match self.format {
            Format::Text => text(&report),
            Format::Json => json(&report)?,
        })?;
        Ok(code)
    }
}

fn text(report: &DifferenceReport) -> String {
    if report.is_empty() {
        return "No connection is opened or closed.\n".to_owned();
    }
    let lines = |word: &str, rows: &[Row]| {
        let line = |row: &Row| format!("{word} {} -> {}: {}\n", row.from, row.to, row.words());
        rows.iter().map(line).collect::<String>()
    };
    let (opened, closed) = (report.opened.len(), report.closed.len());
    let sum = format!("\n{opened} opened, {closed} closed\n");
    lines("opened", &report.opened) + &lines("closed", &report.closed) + &sum
}
