//! `schema KIND`: JSON schemas, for editors and CI.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::schema;

use super::print::{json, print};

/// `portcullis schema`
#[derive(Debug, Args)]
pub(super) struct Schema {
    /// Of what
    #[arg(value_enum)]
    of: Of,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Of {
    /// What `connections --format json` writes
    Connections,
    /// What `test` reads
    ConnectivityTest,
    /// What `--facts` reads
    Facts,
    /// What `check --format json` writes
    Report,
    /// What `--config` reads
    Settings,
}

impl Schema {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        print(&json(&match self.of {
            Of::Connections => schema::connections(),
            Of::ConnectivityTest => schema::connectivity_test(),
            Of::Facts => schema::facts(),
            Of::Report => schema::report(),
            Of::Settings => schema::settings(),
        })?)?;
        Ok(ExitCode::SUCCESS)
    }
}
