//! Labels of a pod or a namespace.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The labels of one object: sorted, values may be empty, a missing map is the empty one.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Labels(BTreeMap<String, String>);

impl Labels {
    /// The value of `key`; `Some("")` and `None` differ.
    pub fn value(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Sets `key`, and returns the value that it had.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<String>) -> Option<String> {
        self.0.insert(key.into(), value.into())
    }

    /// Takes `key` away, and returns its value.
    pub fn remove(&mut self, key: &str) -> Option<String> {
        self.0.remove(key)
    }

    /// Keys and values in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Whether there is no label.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Labels {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}

/// `app=web,tier=front`, and `{}` without labels.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("{}");
        }
        for (index, (key, value)) in self.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{key}={value}")?;
        }
        Ok(())
    }
}

/// Whether `key` is a label key: an optional DNS subdomain and `/`, then a qualified name (apimachinery `IsQualifiedName`).
pub fn is_label_key(key: &str) -> bool {
    let (prefix, name) =
        key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    !name.is_empty() && is_label_value(name) && prefix.is_none_or(is_dns_subdomain)
}

/// Whether `value` is a label value: empty, or at most 63 letters, digits, `-`, `_`, `.` that begin and end with a letter
/// or digit (apimachinery `IsValidLabelValue`).
pub fn is_label_value(value: &str) -> bool {
    let bytes = value.as_bytes();
    let edge = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_alphanumeric);
    bytes.len() <= 63
        && edge(bytes.first())
        && edge(bytes.last())
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// Whether `text` is a lower-case DNS subdomain, as names of objects are (apimachinery `IsDNS1123Subdomain`).
pub(super) fn is_dns_subdomain(text: &str) -> bool {
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let is_part = |part: &[u8]| {
        let legal = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
        edge(part.first()) && edge(part.last()) && part.iter().all(legal)
    };
    text.len() <= 253 && text.split('.').all(|part| is_part(part.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::{Labels, is_dns_subdomain, is_label_key, is_label_value};

    #[test]
    fn keys_are_qualified_names() {
        let long = "a".repeat(63);
        for key in ["a", "app.kubernetes.io/name", "A_b-c.d", "x/1", &long, &format!("x/{long}")] {
            assert!(is_label_key(key), "{key}");
        }
        let longer = "a".repeat(64);
        for key in
            ["", "/", "/a", "a/", "a/b/c", "A.io/x", "-a", "a-", "a b", "ä", &longer, "x..y/a"]
        {
            assert!(!is_label_key(key), "{key}");
        }
    }

    #[test]
    fn values_may_be_empty() {
        for value in ["", "a", "1", "A_b-c.d", &"a".repeat(63)] {
            assert!(is_label_value(value), "{value}");
        }
        for value in ["-", "a-", ".a", "a b", "ä", "a/b", &"a".repeat(64)] {
            assert!(!is_label_value(value), "{value}");
        }
    }

    #[test]
    fn subdomains_are_lower_case() {
        for (text, legal) in [
            ("a", true),
            ("kube-system.x1", true),
            ("", false),
            ("A", false),
            ("a.", false),
            ("a_b", false),
            ("-a", false),
        ] {
            assert_eq!(is_dns_subdomain(text), legal, "{text}");
        }
    }

    #[test]
    fn labels_are_written_sorted() {
        assert_eq!(Labels::from_iter([("b", "2"), ("a", "")]).to_string(), "a=,b=2");
        assert_eq!(Labels::default().to_string(), "{}");
    }
}
