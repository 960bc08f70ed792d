//! Places in an object, read with the types that the API server's decoder wants.

use serde_json::Value;

use super::Invalid;

/// A place in the object: its JSON pointer and what is there. Null is what Go's decoder makes of it, the same as nothing.
pub(super) struct Place<'a> {
    path: String,
    value: Option<&'a Value>,
}

impl<'a> Place<'a> {
    pub(super) fn root(value: &'a Value) -> Self {
        Self { path: String::new(), value: Some(value).filter(|value| !value.is_null()) }
    }

    /// The field `name` of the map that is here.
    pub(super) fn child(&self, name: &str) -> Self {
        let value = self.value.and_then(|value| value.get(name));
        Self::at(format!("{}/{}", self.path, escaped(name)), value)
    }

    fn at(path: String, value: Option<&'a Value>) -> Self {
        Self { path, value: value.filter(|value| !value.is_null()) }
    }

    pub(super) fn refuse(&self, reason: impl Into<String>, invalid: &mut Vec<Invalid>) {
        invalid.push(Invalid { path: self.path.clone(), reason: reason.into() });
    }

    pub(super) fn is_missing(&self) -> bool {
        self.value.is_none()
    }

    /// Whether a map is here, or nothing; something else is refused.
    pub(super) fn is_map(&self, invalid: &mut Vec<Invalid>) -> bool {
        match self.value {
            None | Some(Value::Object(_)) => true,
            Some(other) => self.refuse_type::<()>(other, "a map", invalid).is_some(),
        }
    }

    /// The fields of the map that is here, none for nothing or after refusing something else.
    pub(super) fn entries(&self, invalid: &mut Vec<Invalid>) -> Vec<(&'a str, Self)> {
        match self.value {
            None => Vec::new(),
            Some(Value::Object(map)) => {
                map.keys().map(|name| (name.as_str(), self.child(name))).collect()
            }
            Some(other) => self.refuse_type(other, "a map", invalid).unwrap_or_default(),
        }
    }

    /// The items of the list that is here, none for nothing or after refusing something else.
    pub(super) fn list(&self, invalid: &mut Vec<Invalid>) -> Vec<Self> {
        match self.value {
            None => Vec::new(),
            Some(Value::Array(items)) => {
                let place = |(index, item)| Self::at(format!("{}/{index}", self.path), Some(item));
                items.iter().enumerate().map(place).collect()
            }
            Some(other) => self.refuse_type(other, "a list", invalid).unwrap_or_default(),
        }
    }

    /// The text that is here, the empty one for nothing; `None` after refusing something else.
    pub(super) fn text(&self, invalid: &mut Vec<Invalid>) -> Option<&'a str> {
        match self.value {
            None => Some(""),
            Some(Value::String(text)) => Some(text),
            Some(other @ (Value::Bool(_) | Value::Number(_))) => {
                let reason = format!("is {} where text belongs; put it in quotes", named(other));
                self.refuse(reason, invalid);
                None
            }
            Some(other) => self.refuse_type(other, "text", invalid),
        }
    }

    /// The whole number that is here; `None` for nothing, and after refusing something else.
    pub(super) fn integer(&self, invalid: &mut Vec<Invalid>) -> Option<i64> {
        match self.value? {
            Value::Number(number) if number.is_f64() => {
                self.refuse(format!("{number} is no whole number"), invalid);
                None
            }
            Value::Number(number) => Some(number.as_i64().unwrap_or(i64::MAX)),
            other => self.refuse_type(other, "a number", invalid),
        }
    }

    /// Whether text is here.
    pub(super) fn is_text(&self) -> bool {
        self.value.is_some_and(Value::is_string)
    }

    fn refuse_type<T>(&self, value: &Value, wanted: &str, invalid: &mut Vec<Invalid>) -> Option<T> {
        self.refuse(format!("is {} where {wanted} belongs", named(value)), invalid);
        None
    }
}

fn named(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

/// A name as part of a JSON pointer (RFC 6901).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
