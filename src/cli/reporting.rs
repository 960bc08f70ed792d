//! How a command that finds something ends: its reports, and its exit code.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use crate::report::{self, FailOn, Report};

use super::output::{Format, Outputs, Target};
use super::print::print;

/// Which reports are written, and what makes the command fail.
#[derive(Clone, Debug, Args)]
pub(super) struct Reporting {
    /// From which level on findings make the command fail
    #[arg(long, value_enum, default_value_t = Threshold::Deny)]
    fail_on: Threshold,
    #[command(flatten)]
    outputs: Outputs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Threshold {
    Deny,
    Warn,
    Never,
}

impl Reporting {
    /// Writes `report` in every format that was asked for, people's with `preface` above it, and tells how the command ends.
    pub(super) fn write(&self, report: &Report, preface: &str) -> anyhow::Result<ExitCode> {
        for target in self.outputs.targets() {
            write(report, preface, target)?;
        }
        let fail_on = match self.fail_on {
            Threshold::Deny => FailOn::Deny,
            Threshold::Warn => FailOn::Warn,
            Threshold::Never => FailOn::Never,
        };
        Ok(ExitCode::from(report.outcome(fail_on).code()))
    }
}

fn write(report: &Report, preface: &str, target: &Target) -> anyhow::Result<()> {
    let text = match target.format {
        Format::Json => report::json(report),
        Format::Text => {
            preface.to_owned() + &report::text(report, target.file.is_none() && is_coloured())
        }
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
