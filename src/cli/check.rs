//! `check PATH...|-`: manifests judged as the webhook would, without a cluster.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, ValueEnum};

use crate::model::Now;
use crate::report::{self, FailOn, Options, Report};

use super::input;
use super::output::{Format, Outputs, Target};
use super::print::print;
use super::{FactsPath, SettingsFile};

/// `portcullis check`
#[derive(Debug, Args)]
pub(super) struct Check {
    /// Files and folders with manifests; `-` for standard input
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// The namespace of objects that name none
    #[arg(long, short, default_value = "default")]
    namespace: String,
    /// From which level on findings make the command fail
    #[arg(long, value_enum, default_value_t = Threshold::Deny)]
    fail_on: Threshold,
    /// The input is not everything: workloads of namespaces that it does not show are only reported
    #[arg(long)]
    partial: bool,
    #[command(flatten)]
    outputs: Outputs,
    #[command(flatten)]
    settings: SettingsFile,
    #[command(flatten)]
    facts: FactsPath,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Threshold {
    Deny,
    Warn,
    Never,
}

impl Check {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let settings = self.facts.with(self.settings.read()?)?;
        let inputs = input::read(&self.paths)?;
        let options = Options { namespace: self.namespace, partial: self.partial };
        let report = report::check(inputs, &settings, &options, now());
        for target in self.outputs.targets() {
            write(&report, target)?;
        }
        let fail_on = match self.fail_on {
            Threshold::Deny => FailOn::Deny,
            Threshold::Warn => FailOn::Warn,
            Threshold::Never => FailOn::Never,
        };
        Ok(ExitCode::from(report.outcome(fail_on).code()))
    }
}

#[expect(clippy::disallowed_methods, reason = "the command line reads the clock, once per run")]
fn now() -> Now {
    Now(jiff::Timestamp::now())
}

fn write(report: &Report, target: &Target) -> anyhow::Result<()> {
    let text = match target.format {
        Format::Json => report::json(report),
        Format::Text => report::text(report, target.file.is_none() && is_coloured()),
    };
    if let Some(file) = &target.file {
        return std::fs::write(file, text)
            .with_context(|| format!("the report cannot be written to {}", file.display()));
    }
    print(&text)
}

/// On a terminal, unless the user objects (<https://no-color.org>).
fn is_coloured() -> bool {
    std::io::stdout().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
