//! `metadata`, as far as manifests get it wrong.

use super::Invalid;
use super::place::Place;
use super::selector::{check_key, check_value};
use crate::netpol::labels::is_dns_subdomain;

pub(super) fn check(metadata: &Place<'_>, invalid: &mut Vec<Invalid>) {
    if !metadata.is_map(invalid) {
        return;
    }
    check_name(metadata, invalid);
    metadata.child("namespace").text(invalid);
    for (key, value) in metadata.child("labels").entries(invalid) {
        check_key(key, &value, invalid);
        check_value(&value, invalid);
    }
    for (_, value) in metadata.child("annotations").entries(invalid) {
        value.text(invalid);
    }
}

fn check_name(metadata: &Place<'_>, invalid: &mut Vec<Invalid>) {
    let (name, generate_name) = (metadata.child("name"), metadata.child("generateName"));
    let (Some(text), Some(prefix)) = (name.text(invalid), generate_name.text(invalid)) else {
        return;
    };
    if text.is_empty() && prefix.is_empty() {
        name.refuse("the object has no name; give it `name` or `generateName`", invalid);
    }
    if !prefix.is_empty() && !is_dns_subdomain(&format!("{prefix}x")) {
        generate_name.refuse(illegal(prefix), invalid);
    }
    if !text.is_empty() && !is_dns_subdomain(text) {
        name.refuse(illegal(text), invalid);
    }
}

fn illegal(name: &str) -> String {
    format!(
        "`{name}` is no name; write at most 253 lower-case letters, digits, `-` and `.`, with a letter or digit at each end"
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::netpol::validate;

    #[test]
    fn metadata_needs_a_legal_name_and_text() {
        for (metadata, paths) in [
            (json!({"name": "a.b-c"}), vec![]),
            (json!({"generateName": "a-"}), vec![]),
            (json!(null), vec!["/metadata/name"]),
            (json!({"name": ""}), vec!["/metadata/name"]),
            (json!({"name": 7}), vec!["/metadata/name"]),
            (json!({"name": "My_Policy"}), vec!["/metadata/name"]),
            (json!({"generateName": "-a"}), vec!["/metadata/generateName"]),
            (json!({"name": "a", "labels": {"x": null, "y": ""}}), vec![]),
            (json!({"name": "a", "labels": {"version": 1}}), vec!["/metadata/labels/version"]),
            (json!({"name": "a", "labels": {"a/b": "-"}}), vec!["/metadata/labels/a~1b"]),
            (json!({"name": "a", "annotations": {"b": true}}), vec!["/metadata/annotations/b"]),
            (json!({"name": "a", "namespace": ["b"]}), vec!["/metadata/namespace"]),
            (json!([]), vec!["/metadata"]),
        ] {
            let object = json!({"metadata": metadata, "spec": {}});
            let found: Vec<String> =
                validate(&object).into_iter().map(|invalid| invalid.path).collect();
            assert_eq!(found, paths, "{metadata}");
        }
    }
}
