//! What a value breaks of a JSON schema, for the keywords that our schemas use; any other is broken.

use serde_json::{Map, Value};

/// Where `value` breaks `schema`, each with the reason; `root` holds the definitions.
pub(crate) fn broken(value: &Value, schema: &Value, root: &Value) -> Vec<String> {
    Place { root, path: String::new() }.broken(value, schema)
}

struct Place<'a> {
    root: &'a Value,
    path: String,
}

impl Place<'_> {
    fn below(&self, step: &str) -> Self {
        Place { root: self.root, path: format!("{}/{step}", self.path) }
    }

    fn broken(&self, value: &Value, schema: &Value) -> Vec<String> {
        match schema {
            Value::Bool(true) => Vec::new(),
            Value::Bool(false) => vec![format!("{}: nothing may be here", self.path)],
            schema => {
                let keywords = schema.as_object().unwrap();
                keywords
                    .iter()
                    .flat_map(|(keyword, asked)| self.keyword(keyword, asked, value, keywords))
                    .collect()
            }
        }
    }

    fn keyword(
        &self,
        keyword: &str,
        asked: &Value,
        value: &Value,
        schema: &Map<String, Value>,
    ) -> Vec<String> {
        let all = |schemas: &Value| -> Vec<Vec<String>> {
            let schemas = schemas.as_array().unwrap().iter();
            schemas.map(|schema| self.broken(value, schema)).collect()
        };
        let unless = |holds: bool| {
            if holds {
                Vec::new()
            } else {
                vec![format!("{}: {value} breaks {keyword} {asked}", self.path)]
            }
        };
        match keyword {
            "$defs" | "$schema" | "default" | "description" | "format" | "title" => Vec::new(),
            "$ref" => {
                let pointer = asked.as_str().unwrap().strip_prefix('#').unwrap();
                self.broken(value, self.root.pointer(pointer).unwrap())
            }
            "type" => unless(match asked {
                Value::Array(types) => types.iter().any(|it| is_a(value, it.as_str().unwrap())),
                asked => is_a(value, asked.as_str().unwrap()),
            }),
            "const" => unless(value == asked),
            "enum" => unless(asked.as_array().unwrap().contains(value)),
            "anyOf" => unless(all(asked).iter().any(Vec::is_empty)),
            "oneOf" => unless(all(asked).iter().filter(|broken| broken.is_empty()).count() == 1),
            "allOf" => all(asked).concat(),
            "minimum" => unless(value.as_f64().is_none_or(|it| it >= asked.as_f64().unwrap())),
            "maximum" => unless(value.as_f64().is_none_or(|it| it <= asked.as_f64().unwrap())),
            "minItems" => {
                unless(value.as_array().is_none_or(|it| it.len() as u64 >= asked.as_u64().unwrap()))
            }
            "required" => {
                let asked = asked.as_array().unwrap().iter().map(|key| key.as_str().unwrap());
                unless(
                    value
                        .as_object()
                        .is_none_or(|it| asked.into_iter().all(|key| it.contains_key(key))),
                )
            }
            "items" => {
                let items = value.as_array().into_iter().flatten().enumerate();
                items
                    .flat_map(|(at, item)| self.below(&at.to_string()).broken(item, asked))
                    .collect()
            }
            "properties" => members(value)
                .flat_map(|(key, member)| {
                    asked.get(key).map_or_else(Vec::new, |it| self.below(key).broken(member, it))
                })
                .collect(),
            "additionalProperties" => members(value)
                .filter(|(key, _)| schema.get("properties").is_none_or(|it| it.get(key).is_none()))
                .flat_map(|(key, member)| self.below(key).broken(member, asked))
                .collect(),
            "propertyNames" => members(value)
                .flat_map(|(key, _)| self.below(key).broken(&Value::from(key.as_str()), asked))
                .collect(),
            other => vec![format!("{}: this test does not know the keyword {other}", self.path)],
        }
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn is_a(value: &Value, kind: &str) -> bool {
    match kind {
        "array" => value.is_array(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "object" => value.is_object(),
        "string" => value.is_string(),
        _ => false,
    }
}
