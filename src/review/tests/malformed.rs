use serde_json::{Value, json};

use super::sample::{UID, bytes, namespace, policy_of_a_collection, with};
use crate::review::{Answer, Envelope, Unreadable, change};

fn unreadable(body: &[u8]) -> Unreadable {
    Envelope::read(body).expect_err("it is malformed")
}

#[test]
fn without_a_uid_there_is_nobody_to_answer() {
    let no_uid = with(namespace(), "uid", json!(""));
    let null_uid = with(namespace(), "uid", Value::Null);
    for body in [
        &b""[..],
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"{\"request\":null}",
        b"{\"request\":{\"uid\":5}}",
        b"{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\"}",
        &bytes(&no_uid),
        &bytes(&null_uid),
    ] {
        let error = unreadable(body);
        assert!(matches!(error, Unreadable::Anonymous(_)), "{error:?}");
        assert!(error.to_string().starts_with("no admission review: "));
    }
}

#[test]
fn with_a_uid_every_fault_is_answered_to_it() {
    let good = bytes(&namespace());
    let mut trailing = good.clone();
    trailing.extend_from_slice(b"{}");
    let text = String::from_utf8(good.clone()).unwrap();
    let mut not_utf8 = good.clone();
    let at = text.find("jane").unwrap();
    not_utf8[at] = 0xff;
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (good[..good.len() - 1].to_vec(), "EOF"),
        (trailing, "trailing"),
        (not_utf8, "UTF-8"),
        (text.replace("admission.k8s.io/v1\"", "admission.k8s.io/v1beta1\"").into(), "v1beta1"),
        (text.replace("AdmissionReview", "admissionreview").into(), "admissionreview"),
        (text.replace("\"CREATE\"", "\"PATCH\"").into(), "operation"),
        (text.replace("\"CREATE\"", "7").into(), "string"),
        (bytes(&with(namespace(), "operation", Value::Null)), "operation"),
        (bytes(&with(namespace(), "userInfo", json!("jane"))), "userInfo"),
        (bytes(&with(namespace(), "dryRun", json!("yes"))), "bool"),
        (bytes(&with(namespace(), "kind", json!({"kind": 5}))), "string"),
        (bytes(&with(namespace(), "kind", Value::Null)), "null"),
    ];
    for (body, hint) in cases {
        match unreadable(&body) {
            Unreadable::Identified { uid, reason } => {
                assert_eq!(uid, UID);
                let is_named = reason.contains(hint) || reason.contains("invalid type");
                assert!(is_named, "{hint}: {reason}");
            }
            other @ Unreadable::Anonymous(_) => panic!("{hint}: {other:?}"),
        }
    }
}

#[test]
fn objects_that_are_missing_are_named() {
    let update = with(namespace(), "operation", json!("UPDATE"));
    for (review, field) in [
        (with(namespace(), "object", Value::Null), "request.object"),
        (update, "request.oldObject"),
        (with(policy_of_a_collection(), "oldObject", Value::Null), "request.oldObject"),
        (with(policy_of_a_collection(), "operation", json!("UPDATE")), "request.object"),
        (with(namespace(), "object", json!([])), "request.object"),
        (with(namespace(), "object", json!({"metadata": {"labels": {"a": 5}}})), "request.object"),
    ] {
        let body = bytes(&review);
        let envelope = Envelope::read(&body).unwrap();
        let error = change(&envelope).unwrap_err();
        assert!(error.contains(field), "{error}");
        let answer: Value =
            serde_json::from_slice(&Answer::bad_request(envelope.uid, &error).to_bytes()).unwrap();
        assert_eq!(answer["response"]["uid"], UID);
        assert_eq!(answer["response"]["status"]["code"], 400);
    }
}

#[test]
fn a_long_fault_makes_a_short_answer() {
    let review = with(namespace(), "operation", json!({}));
    let mut review = review;
    review["apiVersion"] = json!("x".repeat(100_000) + "\n");
    review["request"]["operation"] = json!("CREATE");
    let Unreadable::Identified { uid, reason } = unreadable(&bytes(&review)) else {
        panic!("it has a uid");
    };
    assert!(Answer::bad_request(uid, &reason).to_bytes().len() < 1024);
}
