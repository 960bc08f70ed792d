//! What mends a finding: objects, or the parts of them that change.

use serde_json::{Map, Value};

/// Parts of objects to apply: each has `apiVersion`, `kind`, `metadata` and the fields that change.
///
/// Applied as server-side apply does it, `kubectl apply --server-side --force-conflicts`: maps are merged, lists replaced.
/// For somebody with the manifests in a repository it shows exactly what to write there.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    /// The objects, in the order to apply them.
    pub objects: Vec<Value>,
}

impl Fix {
    /// A fix by one object.
    pub fn apply(object: Value) -> Self {
        Self { objects: vec![object] }
    }

    /// The YAML documents.
    ///
    /// # Panics
    ///
    /// Never: every JSON value can be written as YAML.
    pub fn to_yaml(&self) -> String {
        let texts: Vec<String> = self
            .objects
            .iter()
            .map(|object| {
                serde_saphyr::to_string(object)
                    .expect("a JSON value is always representable in YAML")
            })
            .collect();
        texts.join("---\n")
    }

    /// Applies `part` to `object` as server-side apply does with these kinds: maps are merged, everything else replaced.
    pub fn merge(object: &mut Value, part: &Value) {
        match (object, part) {
            (Value::Object(object), Value::Object(part)) => merge_maps(object, part),
            (object, part) => *object = part.clone(),
        }
    }
}

fn merge_maps(object: &mut Map<String, Value>, part: &Map<String, Value>) {
    for (key, value) in part {
        match object.get_mut(key) {
            Some(there) => Fix::merge(there, value),
            None => {
                object.insert(key.clone(), value.clone());
            }
        }
    }
}
