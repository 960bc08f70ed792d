//! Reviews to start from.

use serde_json::{Value, json};

pub(super) const UID: &str = "705ab4f5-6393-11e8-b7cc-42010a800002";

/// A Namespace CREATE, with everything that the API server sends.
pub(super) fn namespace() -> Value {
    json!({
        "kind": "AdmissionReview",
        "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": UID,
            "kind": {"group": "", "version": "v1", "kind": "Namespace"},
            "resource": {"group": "", "version": "v1", "resource": "namespaces"},
            "requestKind": {"group": "", "version": "v1", "kind": "Namespace"},
            "requestResource": {"group": "", "version": "v1", "resource": "namespaces"},
            "name": "shop",
            "namespace": "shop",
            "operation": "CREATE",
            "userInfo": {
                "username": "jane",
                "uid": "7",
                "groups": ["developers", "system:authenticated"],
                "extra": {"scopes": ["a", "b"]}
            },
            "object": {
                "apiVersion": "v1", "kind": "Namespace",
                "metadata": {"name": "shop", "labels": {"kubernetes.io/metadata.name": "shop"}},
                "spec": {}, "status": {"phase": "Active"}
            },
            "oldObject": null,
            "dryRun": false,
            "options": {"apiVersion": "meta.k8s.io/v1", "kind": "CreateOptions", "fieldManager": "kubectl-create"}
        }
    })
}

/// A `NetworkPolicy` DELETE as one of a collection: without a name.
pub(super) fn policy_of_a_collection() -> Value {
    let mut review = namespace();
    set(
        &mut review,
        "kind",
        json!({"group": "networking.k8s.io", "version": "v1", "kind": "NetworkPolicy"}),
    );
    set(&mut review, "operation", json!("DELETE"));
    set(&mut review, "name", json!(""));
    set(&mut review, "object", Value::Null);
    set(
        &mut review,
        "oldObject",
        json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"name": "default-deny", "namespace": "shop"},
            "spec": {"podSelector": {}, "policyTypes": ["Ingress"]}
        }),
    );
    review
}

/// The review with one field of the request replaced.
pub(super) fn with(mut review: Value, field: &str, value: Value) -> Value {
    set(&mut review, field, value);
    review
}

pub(super) fn set(review: &mut Value, field: &str, value: Value) {
    review["request"][field] = value;
}

pub(super) fn bytes(review: &Value) -> Vec<u8> {
    serde_json::to_vec(review).unwrap()
}
