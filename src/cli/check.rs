//! `check PATH...|-`: manifests judged as the webhook would, without a cluster.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::report::{self, Options};

use super::input;
use super::reporting::Reporting;
use super::{FactsPath, SettingsFile, now};

/// `portcullis check`
#[derive(Debug, Args)]
pub(super) struct Check {
    /// Files and folders with manifests; `-` for standard input
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// The namespace of objects that name none
    #[arg(long, short, default_value = "default")]
    namespace: String,
    /// The input is not everything: workloads of namespaces that it does not show are only reported
    #[arg(long)]
    partial: bool,
    #[command(flatten)]
    reporting: Reporting,
    #[command(flatten)]
    settings: SettingsFile,
    #[command(flatten)]
    facts: FactsPath,
}

impl Check {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let settings = self.facts.with(self.settings.read()?)?;
        let inputs = input::read(&self.paths)?;
        let options = Options { namespace: self.namespace, partial: self.partial };
        let report = report::check(inputs, &settings, &options, now());
        self.reporting.write(&report, "")
    }
}
