//! Network policies as objects.

use serde::Deserialize;

use crate::netpol::{NullSelector, PolicySpec, TypesWritten};

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
    /// The policy as it is stored. The API server has filled in `policyTypes` and dropped nulls and an empty `egress` by then;
    /// where `kubectl apply` left the manifest in an annotation, that tells what the author wrote.
    pub(super) fn new(meta: Meta, mut spec: PolicySpec) -> Self {
        if let Some(applied) = last_applied(&meta) {
            if applied.types_written == TypesWritten::Absent {
                spec.types_written = TypesWritten::Absent;
            }
            spec.egress_written |= applied.egress_written;
            // Somebody may have edited the policy since: a null counts as long as its peer is what was applied.
            let is_there = |null: &NullSelector| {
                let peer = spec.peer(null);
                peer.is_some() && peer == applied.peer(null) && !spec.nulls.contains(null)
            };
            let nulls: Vec<NullSelector> =
                applied.nulls.iter().filter(|null| is_there(null)).copied().collect();
            spec.nulls.extend(nulls);
        }
        Self { meta, spec }
    }
}

#[derive(Deserialize)]
struct Applied {
    spec: PolicySpec,
}

/// `None` too for an annotation that cannot be read: anybody can write it.
fn last_applied(meta: &Meta) -> Option<PolicySpec> {
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
    fn a_null_counts_where_the_peer_is_still_what_was_applied() {
        let nulls = |applied: &str, peers: Value| {
            let stored: Value = json!({
                "metadata": {"name": "api", "annotations": {LAST_APPLIED: applied}},
                "spec": {"policyTypes": ["Ingress"], "ingress": [{"from": peers}]},
            });
            match Object::from_value(Kind::NetworkPolicy, &stored).unwrap() {
                Object::Policy(policy) => policy.spec.nulls.len(),
                other => panic!("{other:?}"),
            }
        };
        let applied =
            r#"{"spec":{"ingress":[{"from":[{"namespaceSelector":null,"podSelector":{}}]}]}}"#;
        assert_eq!(nulls(applied, json!([{"podSelector": {}}])), 1);
        assert_eq!(nulls(applied, json!([{"namespaceSelector": null, "podSelector": {}}])), 1);
        assert_eq!(nulls(applied, json!([{"namespaceSelector": {}, "podSelector": {}}])), 0);
        assert_eq!(nulls(applied, json!([])), 0);
    }

    #[test]
    fn an_unreadable_annotation_tells_nothing() {
        for applied in ["", "{", "[]", r#"{"spec":7}"#, "null", "{}"] {
            assert_eq!(written(applied), (TypesWritten::Present, false), "{applied}");
        }
    }
}
