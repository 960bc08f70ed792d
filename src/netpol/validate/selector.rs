//! Label selectors (apimachinery `ValidateLabelSelector`).

use super::Invalid;
use super::place::Place;
use crate::netpol::{is_label_key, is_label_value};

pub(super) fn check(selector: &Place<'_>, invalid: &mut Vec<Invalid>) {
    if !selector.is_map(invalid) {
        return;
    }
    for (key, value) in selector.child("matchLabels").entries(invalid) {
        check_key(key, &value, invalid);
        check_value(&value, invalid);
    }
    for expression in selector.child("matchExpressions").list(invalid) {
        check_expression(&expression, invalid);
    }
}

fn check_expression(expression: &Place<'_>, invalid: &mut Vec<Invalid>) {
    if !expression.is_map(invalid) {
        return;
    }
    let (operator, values) = (expression.child("operator"), expression.child("values"));
    let items = values.list(invalid);
    match operator.text(invalid) {
        Some(name @ ("In" | "NotIn")) if items.is_empty() => {
            values.refuse(format!("{name} needs at least one value"), invalid);
        }
        Some(name @ ("Exists" | "DoesNotExist")) if !items.is_empty() => {
            values.refuse(format!("{name} takes no values; write In or NotIn to compare"), invalid);
        }
        Some("In" | "NotIn" | "Exists" | "DoesNotExist") | None => {}
        Some(other) => operator.refuse(
            format!("`{other}` is no operator; write In, NotIn, Exists or DoesNotExist"),
            invalid,
        ),
    }
    let key = expression.child("key");
    if let Some(text) = key.text(invalid) {
        check_key(text, &key, invalid);
    }
    for item in items {
        check_value(&item, invalid);
    }
}

pub(super) fn check_key(key: &str, place: &Place<'_>, invalid: &mut Vec<Invalid>) {
    if !is_label_key(key) {
        place.refuse(
            format!(
                "`{key}` is no label key; write at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at each \
                 end, after an optional DNS name and `/`"
            ),
            invalid,
        );
    }
}

pub(super) fn check_value(place: &Place<'_>, invalid: &mut Vec<Invalid>) {
    if let Some(value) = place.text(invalid)
        && !is_label_value(value)
    {
        place.refuse(
            format!(
                "`{value}` is no label value; write at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at \
                 each end, or nothing"
            ),
            invalid,
        );
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::netpol::validate;

    fn refused(selector: &Value) -> Vec<(String, String)> {
        let object = json!({"metadata": {"name": "p"}, "spec": {"podSelector": selector}});
        let short = |path: String| path.replace("/spec/podSelector/", "");
        validate(&object).into_iter().map(|invalid| (short(invalid.path), invalid.reason)).collect()
    }

    #[test]
    fn legal_selectors_pass() {
        for selector in [
            json!(null),
            json!({"matchLabels": {"app.kubernetes.io/name": "", "x": null}}),
            json!({"matchExpressions": [{"key": "a", "operator": "In", "values": ["", "b"]}]}),
            json!({"matchExpressions": [{"key": "a", "operator": "Exists", "values": []}]}),
            json!({"matchLabels": {"a": "1"}, "matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["1"]}]}),
        ] {
            assert_eq!(refused(&selector), [], "{selector}");
        }
    }

    #[test]
    fn each_mistake_is_named_where_it_is() {
        let expression = |expression| json!({"matchExpressions": [expression]});
        let long = "a".repeat(64);
        for (selector, path, reason) in [
            (json!({"matchLabels": {"a/b/c": "x"}}), "matchLabels/a~1b~1c", "no label key"),
            (json!({"matchLabels": {"a": long}}), "matchLabels/a", "no label value"),
            (json!({"matchLabels": {"a": 1}}), "matchLabels/a", "put it in quotes"),
            (json!({"matchLabels": ["a"]}), "matchLabels", "a map belongs"),
            (
                expression(json!({"key": "a", "operator": "In"})),
                "matchExpressions/0/values",
                "at least one",
            ),
            (
                expression(json!({"key": "a", "operator": "Exists", "values": ["x"]})),
                "matchExpressions/0/values",
                "takes no values",
            ),
            (
                expression(json!({"key": "a", "operator": "Equals", "values": ["x"]})),
                "matchExpressions/0/operator",
                "write In, NotIn, Exists or DoesNotExist",
            ),
            (expression(json!({"key": "a"})), "matchExpressions/0/operator", "no operator"),
            (expression(json!({"operator": "Exists"})), "matchExpressions/0/key", "no label key"),
            (
                expression(json!({"key": "a", "operator": "In", "values": ["b c"]})),
                "matchExpressions/0/values/0",
                "no label value",
            ),
        ] {
            let refused = refused(&selector);
            assert!(
                matches!(&refused[..], [(at, why)] if at == path && why.contains(reason)),
                "{selector}: {refused:?}"
            );
        }
    }
}
