//! `explain` and `rules`: the documentation, from the same source as the rules.

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::rules::{RULES, rule};

use super::SettingsFile;

/// `portcullis explain RULE`
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The rule's name, as findings and denials show it
    rule: String,
}

/// `portcullis rules`
#[derive(Debug, Args)]
pub(super) struct Rules {
    #[command(flatten)]
    settings: SettingsFile,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Json,
}

impl Explain {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let Some(rule) = rule(&self.rule) else {
            anyhow::bail!(
                "there is no rule {:?}{}; `portcullis rules` lists them",
                self.rule,
                similar(&self.rule)
            );
        };
        std::io::stdout().write_all(rule.page.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }
}

/// A hint at rules whose names hold one of the words that were typed.
fn similar(typed: &str) -> String {
    let words: Vec<&str> = typed.split(['-', '_', ' ']).filter(|word| word.len() > 3).collect();
    let matches = |name: &str| words.iter().any(|word| name.contains(word));
    let names: Vec<&str> =
        RULES.iter().map(|rule| rule.name).filter(|name| matches(name)).collect();
    if names.is_empty() {
        String::new()
    } else {
        format!(" (did you mean {}?)", names.join(" or "))
    }
}

impl Rules {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let settings = self.settings.read()?;
        let mut out = std::io::stdout().lock();
        match self.format {
            Format::Text => {
                for rule in RULES {
                    writeln!(
                        out,
                        "{:<34} {:<6} {}",
                        rule.name,
                        settings.level(rule),
                        rule.summary
                    )?;
                }
            }
            Format::Json => {
                let rows = RULES.iter().map(|rule| {
                    serde_json::json!({"name": rule.name, "level": settings.level(rule), "summary": rule.summary})
                });
                writeln!(out, "{}", rows.collect::<serde_json::Value>())?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
