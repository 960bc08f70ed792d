//! Reads the settings file and the file of facts.

use anyhow::Context;

use crate::facts::FactsFile;
use crate::model::Settings;
use crate::provision;
use crate::rules::RULES;

use super::{FactsPath, SettingsFile};

impl SettingsFile {
    /// The settings of the file, or the defaults without one.
    #[expect(clippy::disallowed_methods, reason = "the command line reads files")]
    pub(super) fn read(&self) -> anyhow::Result<Settings> {
        let Some(path) = &self.config else { return Ok(Settings::default()) };
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("settings {file} cannot be read"))?;
        let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
        let settings = Settings::parse(&file, &text, &names)?;
        provision::check(&settings).with_context(|| format!("settings {file}"))?;
        Ok(settings)
    }
}

impl FactsPath {
    /// `settings` with the facts of the file; those of the settings count where it does not tell.
    #[expect(clippy::disallowed_methods, reason = "the command line reads files")]
    pub(super) fn with(&self, settings: Settings) -> anyhow::Result<Settings> {
        let Some(path) = &self.facts else { return Ok(settings) };
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("facts {file} cannot be read"))?;
        let facts = FactsFile::parse(&file, &text)?;
        Ok(Settings { facts: facts.or(settings.facts), ..settings })
    }
}
