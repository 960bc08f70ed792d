//! Label selectors.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::map::Map;
use crate::netpol::{Operator, Requirement, Selector, is_label_key, is_label_value};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    match_labels: Option<BTreeMap<String, Option<String>>>,
    match_expressions: Option<Vec<Option<Map<Expression>>>>,
}

#[derive(Default, Deserialize)]
struct Expression {
    key: Option<String>,
    operator: Option<String>,
    values: Option<Vec<Option<String>>>,
}

/// `matchLabels` in the order of their keys, then `matchExpressions` in theirs. What apimachinery's `NewRequirement` refuses
/// makes the whole selector match nothing, as it does for everyone who uses `LabelSelectorAsSelector`.
impl<'de> Deserialize<'de> for Selector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Map(wire) = Map::<Wire>::deserialize(deserializer)?;
        let labels = wire.match_labels.unwrap_or_default().into_iter().map(|(key, value)| {
            let value = value.unwrap_or_default();
            Expression::new(key, "In", vec![value])
        });
        let expressions = wire.match_expressions.unwrap_or_default().into_iter();
        let expressions =
            expressions.map(|item| item.map_or_else(Expression::default, |Map(item)| item));
        let requirements = labels.chain(expressions).map(Expression::read).collect();
        Ok(Self { requirements })
    }
}

impl Expression {
    fn new(key: String, operator: &str, values: Vec<String>) -> Self {
        let values = values.into_iter().map(Some).collect();
        Self { key: Some(key), operator: Some(operator.to_owned()), values: Some(values) }
    }

    fn read(self) -> Requirement {
        let key = self.key.unwrap_or_default();
        let values: Vec<String> =
            self.values.unwrap_or_default().into_iter().map(Option::unwrap_or_default).collect();
        let legal = is_label_key(&key) && values.iter().all(|value| is_label_value(value));
        let operator = match self.operator.as_deref() {
            Some("DoesNotExist") if values.is_empty() => Some(Operator::DoesNotExist),
            Some("Exists") if values.is_empty() => Some(Operator::Exists),
            Some("In") => Some(Operator::In(values.into_iter().collect())),
            Some("NotIn") if !values.is_empty() => {
                Some(Operator::NotIn(values.into_iter().collect()))
            }
            _ => None,
        };
        match operator {
            Some(operator) if legal => Requirement { key, operator },
            _ => Requirement { key, ..Requirement::never() },
        }
    }
}

/// As it is read: what it selects by one value at the beginning, in the order of the keys, as `matchLabels`, the rest as
/// `matchExpressions`.
impl Serialize for Selector {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let labels: BTreeMap<&str, &str> = self.labels().collect();
        let rest = &self.requirements[labels.len()..];
        let mut map = serializer.serialize_map(None)?;
        if !labels.is_empty() {
            map.serialize_entry("matchLabels", &labels)?;
        }
        if !rest.is_empty() {
            let rest: Vec<Written<'_>> = rest.iter().map(Written::of).collect();
            map.serialize_entry("matchExpressions", &rest)?;
        }
        map.end()
    }
}

impl Selector {
    /// The first requirements, as long as they ask for one value each and their keys ascend.
    fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut last = None;
        self.requirements.iter().map_while(move |requirement| {
            let Operator::In(values) = &requirement.operator else { return None };
            let key = requirement.key.as_str();
            let value = values.first().filter(|_| values.len() == 1 && last < Some(key))?;
            last = Some(key);
            Some((key, value.as_str()))
        })
    }
}

/// The schema of Kubernetes' own `LabelSelector`.
impl JsonSchema for Selector {
    fn schema_name() -> Cow<'static, str> {
        "LabelSelector".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Label selectors, as Kubernetes writes them.",
            "type": "object",
            "properties": {
                "matchLabels": {"type": "object", "additionalProperties": {"type": "string"}},
                "matchExpressions": {"type": "array", "items": {
                    "type": "object",
                    "required": ["key", "operator"],
                    "properties": {
                        "key": {"type": "string"},
                        "operator": {"enum": ["DoesNotExist", "Exists", "In", "NotIn"]},
                        "values": {"type": "array", "items": {"type": "string"}},
                    },
                }},
            },
        })
    }
}

#[derive(Serialize)]
struct Written<'a> {
    key: &'a str,
    operator: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<&'a BTreeSet<String>>,
}

impl<'a> Written<'a> {
    fn of(requirement: &'a Requirement) -> Self {
        let (operator, values) = match &requirement.operator {
            Operator::DoesNotExist => ("DoesNotExist", None),
            Operator::Exists => ("Exists", None),
            Operator::In(values) => ("In", Some(values)),
            Operator::NotIn(values) => ("NotIn", Some(values)),
        };
        Self { key: &requirement.key, operator, values }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::netpol::{Labels, Operator, Requirement, Selector};

    fn read(value: Value) -> Selector {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn every_operator_is_read() {
        let selector = read(json!({
            "matchLabels": {"app": "web", "empty": ""},
            "matchExpressions": [
                {"key": "tier", "operator": "In", "values": ["a", "b"]},
                {"key": "env", "operator": "NotIn", "values": ["dev"]},
                {"key": "team", "operator": "Exists", "values": []},
                {"key": "legacy", "operator": "DoesNotExist", "values": null},
            ],
        }));
        let matching = [("app", "web"), ("empty", ""), ("tier", "b"), ("team", "")];
        assert!(selector.matches(&Labels::from_iter(matching)));
        for missing in 0..matching.len() {
            let labels = matching.iter().enumerate().filter(|(index, _)| *index != missing);
            assert!(!selector.matches(&labels.map(|(_, label)| *label).collect()));
        }
        for added in [("env", "dev"), ("legacy", "")] {
            assert!(!selector.matches(&matching.into_iter().chain([added]).collect()));
        }
    }

    #[test]
    fn unreadable_selectors_match_nothing() {
        for value in [
            json!({"matchExpressions": [{"key": "a", "operator": "Near", "values": ["x"]}]}),
            json!({"matchExpressions": [{"key": "a", "operator": "in", "values": ["x"]}]}),
            json!({"matchExpressions": [{"key": "a", "operator": "In"}]}),
            json!({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": []}]}),
            json!({"matchExpressions": [{"key": "a", "operator": "DoesNotExist", "values": ["x"]}]}),
            json!({"matchExpressions": [{"key": "a b", "operator": "DoesNotExist"}]}),
            json!({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["-"]}]}),
            json!({"matchExpressions": [{"operator": "DoesNotExist"}]}),
            json!({"matchExpressions": [{}]}),
            json!({"matchExpressions": [null]}),
            json!({"matchLabels": {"a": "not a value"}}),
            json!({"matchLabels": {"": "x"}}),
        ] {
            let selector = read(value.clone());
            for labels in [vec![], vec![("a", "x")], vec![("b", "y")]] {
                assert!(!selector.matches(&labels.into_iter().collect()), "{value}");
            }
            assert_eq!(selector.is_satisfiable(), Some(false), "{value}");
        }
    }

    #[test]
    fn what_is_written_is_read_as_it_was() {
        let is = |key: &str, values: &[&str]| Requirement {
            key: key.to_owned(),
            operator: Operator::In(values.iter().map(|&value| value.to_owned()).collect()),
        };
        for requirements in [
            vec![],
            vec![is("a", &["x"]), is("b", &[""])],
            vec![is("b", &["x"]), is("a", &["x"])],
            vec![is("a", &["x"]), is("a", &["y"]), is("c", &["x", "z"]), Requirement::never()],
            vec![is("a", &[])],
        ] {
            let selector = Selector { requirements };
            assert_eq!(read(serde_json::to_value(&selector).unwrap()), selector);
        }
        let labels = json!({"matchLabels": {"a": "x"}, "matchExpressions": [{"key": "b", "operator": "Exists"}]});
        assert_eq!(serde_json::to_value(read(labels.clone())).unwrap(), labels);
    }

    #[test]
    fn a_null_value_is_the_empty_string() {
        let selector = read(json!({"matchLabels": {"a": null}}));
        assert!(selector.matches(&Labels::from_iter([("a", "")])));
        assert!(!selector.matches(&Labels::default()));
    }
}
