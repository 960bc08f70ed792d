//! Reads the settings file.

use anyhow::Context;

use crate::model::Settings;
use crate::rules::RULES;

use super::SettingsFile;

impl SettingsFile {
    /// The settings of the file, or the defaults without one.
    #[expect(clippy::disallowed_methods, reason = "the command line reads files")]
    pub(super) fn read(&self) -> anyhow::Result<Settings> {
        let Some(path) = &self.config else { return Ok(Settings::default()) };
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("settings {file} cannot be read"))?;
        let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
        Ok(Settings::parse(&file, &text, &names)?)
    }
}
