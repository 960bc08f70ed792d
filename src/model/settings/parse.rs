//! Reading a settings file, with errors that name the line and the remedy.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::model::RuleLevel;
use crate::netpol::Labels;

use super::{LabelSetting, Settings, Template};

/// What the default-deny is called among the templates.
const DEFAULT_DENY: &str = "default-deny";

/// Why a settings file was refused.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// It is no YAML of the expected shape; the message names line, column and the fields that exist.
    #[error("settings {file}: {message}")]
    Unreadable {
        /// The file.
        file: String,
        /// What is wrong and where.
        message: String,
    },
    /// A value makes no sense.
    #[error("settings {file}: {field}: {reason}")]
    Invalid {
        /// The file.
        file: String,
        /// The field, as a dotted path.
        field: String,
        /// What is wrong, and what to write instead.
        reason: String,
    },
}

impl Settings {
    /// Reads settings from YAML (or JSON) text; `file` names it in errors.
    ///
    /// `known_rules` are the names that `rules` may hold. An empty text gives the defaults.
    pub fn parse(file: &str, text: &str, known_rules: &[&str]) -> Result<Self, SettingsError> {
        if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
            return Ok(Self::default());
        }
        let settings: Self = serde_saphyr::from_str(text).map_err(|error| {
            SettingsError::Unreadable { file: file.to_owned(), message: error.to_string() }
        })?;
        settings.check(known_rules).map_err(|(field, reason)| SettingsError::Invalid {
            file: file.to_owned(),
            field,
            reason,
        })?;
        Ok(settings)
    }

    fn check(&self, known_rules: &[&str]) -> Result<(), (String, String)> {
        let defaults = Self::default();
        if self.api_version != defaults.api_version || self.kind != defaults.kind {
            let reason = format!("expected {} and kind {}", defaults.api_version, defaults.kind);
            return Err(("apiVersion".to_owned(), reason));
        }
        check_rules(&self.rules, known_rules)?;
        for (index, chosen) in self.overrides.iter().enumerate() {
            let place = |(field, reason)| (format!("overrides[{index}]{field}"), reason);
            chosen.check(known_rules).map_err(place)?;
        }
        for (field, text) in [
            ("namespaces.grace", &self.namespaces.grace),
            ("controller.interval", &self.controller.interval),
        ] {
            if text.parse::<jiff::SignedDuration>().is_err() {
                let reason = "is no duration; write it as 10m or 1h30m".to_owned();
                return Err((field.to_owned(), reason));
            }
        }
        self.labels.iter().enumerate().try_for_each(|(index, label)| {
            check_label(label).map_err(|reason| (format!("labels[{index}]"), reason))
        })?;
        check_templates(&self.controller.templates)
            .map_err(|(field, reason)| (format!("controller.templates{field}"), reason))
    }
}

/// The first name that is no rule's, as a field, and what to do.
pub(super) fn check_rules(
    rules: &BTreeMap<String, RuleLevel>,
    known_rules: &[&str],
) -> Result<(), (String, String)> {
    match rules.keys().find(|name| !known_rules.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err((
            format!("rules.{name}"),
            "there is no such rule; `portcullis rules` lists them".to_owned(),
        )),
    }
}

/// What each of them says, and that no two of them would be one policy.
fn check_templates(templates: &[Template]) -> Result<(), (String, String)> {
    for (index, template) in templates.iter().enumerate() {
        let name = template.name();
        if name == DEFAULT_DENY {
            let reason =
                format!("{name} is the policy that templates are added to; take another name");
            return Err((format!("[{index}].name"), reason));
        }
        if templates[..index].iter().any(|other| other.name() == name) {
            let reason = format!("there is a template {name} already; take another name");
            return Err((format!("[{index}]"), reason));
        }
        if let Template::Own(own) = template {
            own.check().map_err(|(field, reason)| (format!("[{index}]{field}"), reason))?;
        }
    }
    Ok(())
}

fn check_label(label: &LabelSetting) -> Result<(), String> {
    let sources = [&label.value, &label.from_label, &label.from_annotation];
    if sources.into_iter().flatten().count() > 1 {
        return Err("value, fromLabel and fromAnnotation exclude each other; keep one".to_owned());
    }
    if !crate::netpol::is_label_key(&label.key) {
        return Err(format!("key {:?} is no label key; write PREFIX/NAME or NAME", label.key));
    }
    let literal =
        label.value.as_deref().unwrap_or_default().replace("{name}", "").replace("{user}", "");
    let sample = [(label.key.clone(), literal.clone())].into_iter().collect::<Labels>();
    if literal.contains(['{', '}']) {
        return Err(format!("value {literal:?}: only {{name}} and {{user}} are known in braces"));
    }
    if sample
        .iter()
        .all(|(_, value)| value.is_empty() || crate::netpol::is_label_value(&format!("a{value}a")))
    {
        Ok(())
    } else {
        Err(format!("value {literal:?} is no label value; use letters, digits, `-`, `_` and `.`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Mode;

    fn parse(text: &str) -> Result<Settings, SettingsError> {
        Settings::parse("settings.yaml", text, &["allow-all"])
    }

    #[test]
    fn an_empty_file_gives_the_defaults() {
        assert_eq!(parse("").unwrap(), Settings::default());
        assert_eq!(parse("# nothing\n\n").unwrap(), Settings::default());
    }

    #[test]
    fn what_is_written_wins_over_the_defaults() {
        let settings =
            parse("mode: audit\nrules: {allow-all: deny}\nnamespaces: {undeclared: self}\n")
                .unwrap();
        assert_eq!(settings.mode, Mode::Audit);
        assert_eq!(settings.rules["allow-all"], RuleLevel::Deny);
        assert_eq!(settings.namespaces.exempt, Settings::default().namespaces.exempt);
    }

    #[test]
    fn unknown_fields_are_refused_with_their_line() {
        let message = parse("mode: warn\nnamespace: {}\n").unwrap_err().to_string();
        assert!(message.contains("settings.yaml") && message.contains("namespace"), "{message}");
        assert!(message.contains("line 2"), "{message}");
    }

    #[test]
    fn nonsense_is_refused_with_its_field() {
        for (text, field) in [
            ("rules: {allow-nothing: deny}", "rules.allow-nothing"),
            ("namespaces: {grace: soon}", "namespaces.grace"),
            ("controller: {interval: often}", "controller.interval"),
            ("controller: {labelsPerSecond: -1}", "line 1"),
            ("labels: [{key: team, value: a, fromLabel: b}]", "labels[0]"),
            ("labels: [{key: 'no key'}]", "labels[0]"),
            ("labels: [{key: team, value: '{team}'}]", "labels[0]"),
            ("apiVersion: v1", "apiVersion"),
        ] {
            let message = parse(text).unwrap_err().to_string();
            assert!(message.contains(field), "{text}: {message}");
        }
    }

    #[test]
    fn defaults_survive_writing_and_reading() {
        let text = serde_saphyr::to_string(&Settings::default()).unwrap();
        assert_eq!(parse(&text).unwrap(), Settings::default());
    }
}
