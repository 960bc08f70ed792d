//! Fields that a `NetworkPolicy` does not have, and fields without a value: the API server drops both, and a template would not
//! say what it seems to (`from: null` lets everybody in).

use serde_json::Value;

/// The fields of a map.
pub(super) struct Fields(&'static [(&'static str, Content)]);

/// What a field holds, as far as names of fields go.
#[derive(Clone, Copy)]
enum Content {
    /// A list of maps.
    Each(&'static Fields),
    /// A map.
    Map(&'static Fields),
    /// No fields of its own.
    Plain,
}

use Content::{Each, Map, Plain};

const NULL: &str = "has no value, which counts as left out; delete it, or write what it selects";

/// Those of a `LabelSelector`.
pub(super) static SELECTOR: Fields =
    Fields(&[("matchLabels", Plain), ("matchExpressions", Each(&EXPRESSION))]);

/// Those of a `NetworkPolicySpec` (networking.k8s.io/v1).
pub(super) static SPEC: Fields = Fields(&[
    ("egress", Each(&EGRESS)),
    ("ingress", Each(&INGRESS)),
    ("podSelector", Map(&SELECTOR)),
    ("policyTypes", Plain),
]);

static EXPRESSION: Fields = Fields(&[("key", Plain), ("operator", Plain), ("values", Plain)]);
static EGRESS: Fields = Fields(&[("to", Each(&PEER)), ("ports", Each(&PORT))]);
static INGRESS: Fields = Fields(&[("from", Each(&PEER)), ("ports", Each(&PORT))]);
static PEER: Fields = Fields(&[
    ("ipBlock", Map(&BLOCK)),
    ("namespaceSelector", Map(&SELECTOR)),
    ("podSelector", Map(&SELECTOR)),
]);
static BLOCK: Fields = Fields(&[("cidr", Plain), ("except", Plain)]);
static PORT: Fields = Fields(&[("endPort", Plain), ("port", Plain), ("protocol", Plain)]);

/// The first field of `value` that is none of `fields` or has no value, where it is and what may stand there. What has a wrong
/// type is for others to tell.
pub(super) fn unknown(value: &Value, fields: &Fields, path: &str) -> Option<(String, String)> {
    if value.is_null() {
        return Some((path.to_owned(), NULL.to_owned()));
    }
    value.as_object()?.iter().find_map(|(name, value)| {
        let path = format!("{path}/{name}");
        let Some((_, content)) = fields.0.iter().find(|(known, _)| known == name) else {
            let known: Vec<&str> = fields.0.iter().map(|(known, _)| *known).collect();
            return Some((path, format!("is unknown; here belong {}", known.join(", "))));
        };
        match content {
            Plain => value.is_null().then(|| (path, NULL.to_owned())),
            Map(fields) => unknown(value, fields, &path),
            Each(_) if value.is_null() => Some((path, NULL.to_owned())),
            Each(fields) => value
                .as_array()?
                .iter()
                .enumerate()
                .find_map(|(index, item)| unknown(item, fields, &format!("{path}/{index}"))),
        }
    })
}
