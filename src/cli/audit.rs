//! `audit`: a live cluster, read-only, once.

use std::process::ExitCode;

use anyhow::ensure;
use clap::Args;

use crate::model::World;
use crate::report::{self, Audited};

use super::knowledge::Source;
use super::reporting::Reporting;
use super::{FactsPath, SettingsFile, now};

/// `portcullis audit`
#[derive(Debug, Args)]
pub(super) struct Audit {
    /// Only this namespace, as often as needed; without it all of them, and what is in none
    #[arg(long = "namespace", short, value_name = "NAME")]
    namespaces: Vec<String>,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    reporting: Reporting,
    #[command(flatten)]
    settings: SettingsFile,
    #[command(flatten)]
    facts: FactsPath,
}

impl Audit {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let settings = self.facts.with(self.settings.read()?)?;
        let state = self.source.state(&settings)?;
        are_there(&self.namespaces, &state.world)?;
        let audited = Audited {
            world: &state.world,
            written: state.written.as_ref(),
            namespaces: &self.namespaces,
        };
        let audit = report::audit(audited, state.unread(), &settings, now());
        self.reporting.write(&audit.report, &format!("{}\n", audit.before.text()))
    }
}

/// Nothing is wrong with a namespace whose name is mistyped, and nobody would notice.
fn are_there(namespaces: &[String], world: &World) -> anyhow::Result<()> {
    for name in namespaces {
        ensure!(world.namespace(name).is_some(), "there is no namespace {name}");
    }
    Ok(())
}
