//! Network policies as objects.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use crate::netpol::{PolicySpec, TypesWritten};

use super::Meta;

/// Where `kubectl apply` keeps the manifest that it applied last.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// A `networking.k8s.io/v1` `NetworkPolicy`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Metadata.
    pub meta: Meta,
    /// What it says.
    pub spec: PolicySpec,
}

impl Policy {
    /// The policy as it is stored. The API server has filled in `policyTypes` and dropped an empty `egress` by then; where
    /// `kubectl apply` left the manifest in an annotation, that tells what the author wrote.
    pub(super) fn new(meta: Meta, mut spec: PolicySpec) -> Self {
        if let Some(applied) = last_applied(&meta) {
            if applied.policy_types.is_none_or(|types| types.is_empty()) {
                spec.types_written = TypesWritten::Absent;
            }
            spec.egress_written |= applied.egress;
        }
        Self { meta, spec }
    }
}

#[derive(Deserialize)]
struct Applied {
    spec: AppliedSpec,
}

/// What the API server's copy does not tell; the rest is there already.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AppliedSpec {
    policy_types: Option<Vec<Option<String>>>,
    /// Whether the key is there, also with null.
    #[serde(default, deserialize_with = "present")]
    egress: bool,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

/// `None` too for an annotation that cannot be read: anybody can write it.
fn last_applied(meta: &Meta) -> Option<AppliedSpec> {
    let text = meta.annotations.get(LAST_APPLIED)?;
    serde_json::from_str(text).ok().map(|Applied { spec }| spec)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::LAST_APPLIED;
    use crate::netpol::TypesWritten;
    use crate::object::{Kind, Object};

    fn written(applied: &str) -> (TypesWritten, bool) {
        let stored: Value = json!({
            "metadata": {"name": "api", "annotations": {LAST_APPLIED: applied}},
            "spec": {"policyTypes": ["Ingress"]},
        });
        match Object::from_value(Kind::NetworkPolicy, &stored).unwrap() {
            Object::Policy(policy) => (policy.spec.types_written, policy.spec.egress_written),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_applied_manifest_tells_what_the_author_wrote() {
        assert_eq!(written(r#"{"spec":{"egress":[]}}"#), (TypesWritten::Absent, true));
        assert_eq!(
            written(r#"{"spec":{"policyTypes":["Ingress"]}}"#),
            (TypesWritten::Present, false)
        );
    }

    #[test]
    fn an_unreadable_annotation_tells_nothing() {
        for applied in ["", "{", "[]", r#"{"spec":7}"#, "null", "{}"] {
            assert_eq!(written(applied), (TypesWritten::Present, false), "{applied}");
        }
    }
}
