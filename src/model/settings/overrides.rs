//! Other levels for some namespaces: the list `overrides` of the settings.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::netpol::{Labels, Operator, Requirement, Selector, is_label_key, is_label_value};

use super::super::{NamespaceView, Rule, RuleLevel};
use super::{Mode, Settings};

/// Other levels for the namespaces that a selector chooses.
///
/// Of several that choose a namespace each adds what it names, and where two name the same the later one holds: such a list is
/// read from the general to the special, as in the files of linters that know the same word.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Override {
    /// The namespaces, by their labels; `kubernetes.io/metadata.name` is the name, which nobody can forge.
    #[serde(deserialize_with = "strict")]
    pub namespace_selector: Selector,
    /// The mode there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// Levels there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rules: BTreeMap<String, RuleLevel>,
}

/// The mode and the levels that hold somewhere.
#[derive(Clone, Debug)]
pub struct Levels<'a> {
    settings: &'a Settings,
    /// Those that choose the namespace, in their order.
    overrides: Vec<&'a Override>,
}

impl Levels<'_> {
    /// The mode.
    pub fn mode(&self) -> Mode {
        let mode = self.overrides.iter().rev().find_map(|chosen| chosen.mode);
        mode.unwrap_or(self.settings.mode)
    }

    /// The level of `rule`.
    pub fn of(&self, rule: &Rule) -> RuleLevel {
        let level =
            self.overrides.iter().rev().find_map(|chosen| chosen.rules.get(rule.name).copied());
        level.unwrap_or_else(|| self.settings.level(rule))
    }
}

impl Settings {
    /// What holds for the cluster as a whole, and for objects that are in no namespace.
    pub fn levels(&self) -> Levels<'_> {
        Levels { settings: self, overrides: Vec::new() }
    }

    /// What holds in a namespace.
    pub fn levels_of(&self, namespace: &NamespaceView) -> Levels<'_> {
        // On the path of every request: labels are looked at where they count.
        if self.overrides.is_empty() {
            return self.levels();
        }
        self.levels_in(&namespace.labels())
    }

    /// What holds in a namespace with these labels.
    pub fn levels_in(&self, labels: &Labels) -> Levels<'_> {
        let overrides = self.overrides.iter();
        let chosen = overrides.filter(|it| it.namespace_selector.matches(labels));
        Levels { settings: self, overrides: chosen.collect() }
    }

    /// The mode of whom least is forgiven: what to reckon with while it is not known what namespace is asked about.
    pub fn strictest_mode(&self) -> Mode {
        let modes = self.overrides.iter().filter_map(|it| it.mode).chain([self.mode]);
        modes.max_by_key(|mode| mode.cap()).unwrap_or_default()
    }
}

impl Override {
    /// Why it makes no sense: the field, and what to write instead.
    pub(super) fn check(&self, known_rules: &[&str]) -> Result<(), (String, String)> {
        if self.mode.is_none() && self.rules.is_empty() {
            let reason = "it changes nothing; write a mode, rules, or both";
            return Err((String::new(), reason.to_owned()));
        }
        super::parse::check_rules(&self.rules, known_rules)
            .map_err(|(field, reason)| (format!(".{field}"), reason))
    }
}

/// A selector in which nothing is forgiven: one that chose more than was meant would open the gate for the rest.
fn strict<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Selector, D::Error> {
    Strict::deserialize(deserializer)?.read().map_err(serde::de::Error::custom)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[derive(Default)]
struct Strict {
    match_labels: BTreeMap<String, String>,
    match_expressions: Vec<Expression>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expression {
    key: String,
    operator: Wanted,
    #[serde(default)]
    values: BTreeSet<String>,
}

#[derive(Clone, Copy, Deserialize)]
enum Wanted {
    DoesNotExist,
    Exists,
    In,
    NotIn,
}

impl Strict {
    fn read(self) -> Result<Selector, String> {
        let labels = self.match_labels.into_iter().map(|(key, value)| Expression {
            key,
            operator: Wanted::In,
            values: BTreeSet::from([value]),
        });
        let all = labels.chain(self.match_expressions);
        let requirements = all.map(Expression::read).collect::<Result<_, _>>()?;
        Ok(Selector { requirements })
    }
}

impl Expression {
    fn read(self) -> Result<Requirement, String> {
        let Self { key, operator, values } = self;
        if !is_label_key(&key) {
            return Err(format!("key {key:?} is no label key; write PREFIX/NAME or NAME"));
        }
        if let Some(value) = values.iter().find(|value| !is_label_value(value)) {
            return Err(format!("{key}: {value:?} is no label value"));
        }
        let operator = match (operator, values.is_empty()) {
            (Wanted::DoesNotExist, true) => Operator::DoesNotExist,
            (Wanted::Exists, true) => Operator::Exists,
            (Wanted::In, false) => Operator::In(values),
            (Wanted::NotIn, false) => Operator::NotIn(values),
            (Wanted::DoesNotExist | Wanted::Exists, false) => {
                return Err(format!("{key}: Exists and DoesNotExist take no values"));
            }
            (Wanted::In | Wanted::NotIn, true) => {
                return Err(format!("{key}: In and NotIn need values"));
            }
        };
        Ok(Requirement { key, operator })
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{Mode, RuleLevel, Settings};
    use crate::netpol::Labels;
    use crate::rules::{RULES, UNCOVERED_WORKLOAD, UNDECLARED_NAMESPACE};
    use crate::sample::settings;

    const TEXT: &str = "
mode: audit
rules: {undeclared-namespace: warn}
overrides:
- namespaceSelector: {matchLabels: {stage: prod}}
  mode: enforce
  rules: {undeclared-namespace: deny, uncovered-workload: warn}
- namespaceSelector: {matchExpressions: [{key: team, operator: In, values: [shop, billing]}]}
  rules: {uncovered-workload: audit}
- namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: legacy}}
  mode: warn
";

    fn held(labels: &[(&str, &str)]) -> (Mode, RuleLevel, RuleLevel) {
        let settings = settings(TEXT);
        let labels: Labels = labels.iter().copied().collect();
        let levels = settings.levels_in(&labels);
        (levels.mode(), levels.of(&UNDECLARED_NAMESPACE), levels.of(&UNCOVERED_WORKLOAD))
    }

    #[test]
    fn the_later_one_holds_and_each_adds_what_it_names() {
        use RuleLevel::{Audit, Deny, Warn};
        assert_eq!(held(&[]), (Mode::Audit, Warn, Deny));
        assert_eq!(held(&[("stage", "prod")]), (Mode::Enforce, Deny, Warn));
        assert_eq!(held(&[("stage", "prod"), ("team", "shop")]), (Mode::Enforce, Deny, Audit));
        assert_eq!(held(&[("team", "shop")]), (Mode::Audit, Warn, Audit));
        let named = [("stage", "prod"), ("kubernetes.io/metadata.name", "legacy")];
        assert_eq!(held(&named), (Mode::Warn, Deny, Warn));
    }

    #[test]
    fn the_strictest_mode_counts_while_nobody_knows() {
        assert_eq!(settings(TEXT).strictest_mode(), Mode::Enforce);
        assert_eq!(settings("mode: audit").strictest_mode(), Mode::Audit);
        let milder = "overrides: [{namespaceSelector: {}, mode: audit}]";
        assert_eq!(settings(milder).strictest_mode(), Mode::Enforce);
    }

    #[test]
    fn what_could_choose_more_than_was_meant_is_refused() {
        let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
        for (text, told) in [
            ("[{mode: audit}]", "namespaceSelector"),
            ("[{namespaceSelector: {matchLables: {a: b}}, mode: audit}]", "matchLables"),
            ("[{namespaceSelector: {matchLabels: {'a b': c}}, mode: audit}]", "no label key"),
            ("[{namespaceSelector: {matchLabels: {a: 'b c'}}, mode: audit}]", "no label value"),
            (
                "[{namespaceSelector: {matchExpressions: [{key: a, operator: in, values: [b]}]}, mode: audit}]",
                "In",
            ),
            (
                "[{namespaceSelector: {matchExpressions: [{key: a, operator: In}]}, mode: audit}]",
                "In and NotIn need values",
            ),
            (
                "[{namespaceSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}, mode: audit}]",
                "take no values",
            ),
            ("[{namespaceSelector: {}}]", "overrides[0]: it changes nothing"),
            (
                "[{namespaceSelector: {}, rules: {nothing: deny}}]",
                "overrides[0].rules.nothing: there is no such rule",
            ),
        ] {
            let message = Settings::parse("settings.yaml", &format!("overrides: {text}"), &names)
                .unwrap_err()
                .to_string();
            assert!(message.contains(told), "{text}: {message}");
        }
    }

    #[test]
    fn what_is_read_survives_writing() {
        let read = settings(TEXT);
        assert_eq!(settings(&serde_saphyr::to_string(&read).unwrap()), read);
    }
}
