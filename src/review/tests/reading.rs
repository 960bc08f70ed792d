use std::borrow::Cow;

use serde_json::{Value, json};

use super::sample::{UID, bytes, namespace, policy_of_a_collection, with};
use crate::model::{self, Change};
use crate::review::{Asked, Envelope, Operation, change};

/// What is asked, or why not.
fn asked(review: &Value) -> Result<Asked, String> {
    let body = bytes(review);
    let envelope = Envelope::read(&body).unwrap();
    assert_eq!(envelope.uid, UID);
    change(&envelope)
}

fn asked_change(review: &Value) -> Change {
    match asked(review).unwrap() {
        Asked::Change(change) => *change,
        Asked::Nothing(why) => panic!("{why}"),
    }
}

fn nothing(review: &Value) -> String {
    match asked(review).unwrap() {
        Asked::Change(change) => panic!("{change:?}"),
        Asked::Nothing(why) => why,
    }
}

#[test]
fn every_field_is_read_and_nothing_is_copied() {
    let body = bytes(&namespace());
    let envelope = Envelope::read(&body).unwrap();
    assert_eq!(envelope.operation, Operation::Create);
    assert_eq!((&*envelope.name, &*envelope.namespace), ("shop", "shop"));
    assert_eq!(&*envelope.resource.resource, "namespaces");
    assert_eq!(envelope.request_kind.as_ref(), Some(&envelope.kind));
    assert_eq!(&*envelope.user.username, "jane");
    assert_eq!(envelope.user.groups().collect::<Vec<_>>(), ["developers", "system:authenticated"]);
    assert_eq!(envelope.user.extra()["scopes"], ["a", "b"]);
    assert_eq!(envelope.field_manager(), "kubectl-create");
    assert!(envelope.object.is_some() && envelope.old_object.is_none() && !envelope.dry_run);
    assert!(matches!(envelope.uid, Cow::Borrowed(_)));
    assert!(matches!(envelope.kind.kind, Cow::Borrowed(_)));
    assert!(matches!(envelope.user.username, Cow::Borrowed(_)));
}

#[test]
fn the_last_of_two_equal_keys_counts() {
    let body = r#"{"apiVersion":"x","kind":"AdmissionReview","request":{"uid":"no","name":"no"},
        "request":{"uid":"a","uid":"b","operation":"CREATE","name":"one","object":{"n":1},"name":"two","object":{"n":2}},
        "apiVersion":"admission.k8s.io/v1"}"#;
    let envelope = Envelope::read(body.as_bytes()).unwrap();
    assert_eq!((&*envelope.uid, &*envelope.name), ("b", "two"));
    assert_eq!(envelope.object.unwrap().get(), r#"{"n":2}"#);
}

#[test]
fn an_object_with_two_specs_is_refused() {
    let object =
        r#"{"metadata":{"name":"a"},"spec":{"podSelector":{}},"spec":{"podSelector":{"x":1}}}"#;
    let review = with(policy_of_a_collection(), "operation", json!("CREATE"));
    let body = String::from_utf8(bytes(&review))
        .unwrap()
        .replace("\"object\":null", &format!("\"object\":{object}"));
    let envelope = Envelope::read(body.as_bytes()).unwrap();
    let error = change(&envelope).unwrap_err();
    assert!(error.contains("duplicate field `spec`"), "{error}");
}

#[test]
fn f32_a_deleted_collection_names_its_objects_by_themselves() {
    let change = asked_change(&policy_of_a_collection());
    assert_eq!(change.operation, model::Operation::Delete);
    assert!(change.after.is_none());
    assert_eq!(change.subject().unwrap().to_string(), "NetworkPolicy shop/default-deny");
}

#[test]
fn a_generated_name_is_not_known_yet() {
    let object = json!({"metadata": {"generateName": "shop-"}});
    let review = with(with(namespace(), "name", json!("")), "object", object);
    let change = asked_change(&review);
    assert_eq!(change.object().unwrap().meta().name, "");
    assert_eq!(change.object().unwrap().meta().generate_name, "shop-");
}

#[test]
fn who_asks_and_how_is_kept() {
    let change = asked_change(&with(namespace(), "dryRun", json!(true)));
    assert!(change.dry_run);
    assert_eq!(change.field_manager, "kubectl-create");
    assert_eq!(change.requester.name, "jane");
    assert_eq!(change.requester.groups.len(), 2);
    let silent = with(namespace(), "options", Value::Null);
    assert_eq!(asked_change(&with(silent, "userInfo", json!({}))).field_manager, "");
}

#[test]
fn what_no_rule_reads_is_left_alone() {
    let kind = |group: &str, version: &str, kind: &str| {
        with(namespace(), "kind", json!({"group": group, "version": version, "kind": kind}))
    };
    for review in [
        kind("", "v1", "Secret"),
        kind("", "v1", "Service"),
        kind("apps", "v1beta1", "Deployment"),
        kind("autoscaling", "v1", "Scale"),
        kind("cilium.io", "v2", "CiliumEgressGatewayPolicy"),
        with(namespace(), "operation", json!("CONNECT")),
    ] {
        assert!(!nothing(&review).is_empty());
    }
}

#[test]
fn subresources_that_can_change_labels_are_judged() {
    let pod = with(
        with(namespace(), "kind", json!({"group": "", "version": "v1", "kind": "Pod"})),
        "object",
        json!({"metadata": {"name": "web"}, "spec": {"containers": []}}),
    );
    let namespace_at = |subresource: &str| with(namespace(), "subResource", json!(subresource));
    let pod_at = |subresource: &str| with(pod.clone(), "subResource", json!(subresource));
    for judged in [namespace_at("status"), namespace_at("finalize"), pod_at(""), pod_at("status")] {
        asked_change(&judged);
    }
    for ignored in [pod_at("eviction"), pod_at("binding"), pod_at("resize"), namespace_at("other")]
    {
        nothing(&ignored);
    }
}

#[test]
fn the_namespace_of_the_request_completes_the_object() {
    let object = json!({"metadata": {"name": "a"}, "spec": {"podSelector": {}}});
    let review = with(policy_of_a_collection(), "operation", json!("CREATE"));
    let change = asked_change(&with(review, "object", object));
    assert_eq!(change.subject().unwrap().namespace.as_deref(), Some("shop"));
}

#[test]
fn a_stored_object_that_cannot_be_read_blocks_nobody() {
    let broken =
        json!({"metadata": {"name": "a", "namespace": "shop"}, "spec": {"podSelector": 5}});
    let good = json!({"metadata": {"name": "a", "namespace": "shop"}, "spec": {"podSelector": {}}});
    let review = |operation: &str, old: &Value, new: &Value| {
        let review = with(policy_of_a_collection(), "operation", json!(operation));
        with(with(review, "oldObject", old.clone()), "object", new.clone())
    };
    nothing(&review("DELETE", &broken, &Value::Null));
    nothing(&review("UPDATE", &broken, &broken));
    let mended = asked_change(&review("UPDATE", &broken, &good));
    assert!(mended.before.is_none() && mended.after.is_some());
    assert!(asked(&review("UPDATE", &good, &broken)).is_err());
    assert!(asked(&review("CREATE", &Value::Null, &broken)).is_err());
}

#[test]
fn deep_nesting_is_skipped_where_nobody_reads_and_refused_where_somebody_does() {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let body = String::from_utf8(bytes(&namespace())).unwrap();
    let unread = body.replace(r#""spec":{}"#, &format!(r#""spec":{}"#, deep(200_000)));
    let envelope = Envelope::read(unread.as_bytes()).unwrap();
    assert!(matches!(change(&envelope), Ok(Asked::Change(_))));
    let read = body.replace(r#""labels":{"#, &format!(r#""labels":{{"x":{},"#, deep(200_000)));
    let envelope = Envelope::read(read.as_bytes()).unwrap();
    assert!(change(&envelope).is_err());
}
