use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::review::{Annotation, Answer, Cause, Denial, Details, Outcome, Reason};

fn written(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.to_bytes()).unwrap()
}

fn denied() -> Answer {
    let denial = Denial {
        reason: Reason::Forbidden,
        message: "a: b\nkind: NetworkPolicy".to_owned(),
        details: Details {
            name: "shop".to_owned(),
            group: String::new(),
            kind: "Namespace".to_owned(),
            uid: String::new(),
            causes: vec![Cause {
                rule: "undeclared-namespace".to_owned(),
                field: "/metadata/labels".to_owned(),
                message: "says\nnothing".to_owned(),
            }],
        },
    };
    Answer { outcome: Outcome::Deny(denial), ..Answer::allow("u") }
}

#[test]
fn allowed_is_short() {
    let expected = json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "response": {"uid": "u", "allowed": true}
    });
    assert_eq!(written(&Answer::allow("u")), expected);
}

#[test]
fn denied_says_what_and_where() {
    let response = &written(&denied())["response"];
    assert_eq!(response["allowed"], false);
    let expected = json!({
        "status": "Failure", "code": 403, "reason": "Forbidden",
        "message": "a: b\nkind: NetworkPolicy",
        "details": {
            "name": "shop", "kind": "Namespace",
            "causes": [{"reason": "undeclared-namespace", "field": "/metadata/labels", "message": "says nothing"}]
        }
    });
    assert_eq!(response["status"], expected);
}

#[test]
fn a_patch_is_base64_and_comes_with_its_type() {
    let operations = json!([{"op": "add", "path": "/metadata/labels", "value": {"a/b": "c"}}]);
    let patch = serde_json::from_value(operations.clone()).unwrap();
    let answer = Answer { outcome: Outcome::Allow(Some(patch)), ..Answer::allow("u") };
    let response = &written(&answer)["response"];
    assert_eq!(response["patchType"], "JSONPatch");
    let decoded = BASE64_STANDARD.decode(response["patch"].as_str().unwrap()).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&decoded).unwrap(), operations);
}

#[test]
fn an_empty_patch_is_none() {
    let nothing = Some(json_patch::Patch(Vec::new()));
    let answer = Answer { outcome: Outcome::Allow(nothing), ..Answer::allow("u") };
    assert_eq!(written(&answer), written(&Answer::allow("u")));
}

#[test]
fn warnings_and_annotations_are_one_line_each() {
    let answer = Answer {
        warnings: vec!["a\nb".to_owned(), "a b".to_owned()],
        ..Answer::allow("u").with(Annotation::Rules, "x\ny")
    };
    let response = &written(&answer)["response"];
    assert_eq!(response["warnings"], json!(["a b"]));
    assert_eq!(response["auditAnnotations"], json!({"rules": "x y"}));
}

#[test]
fn annotation_keys_are_the_name_part_of_qualified_names() {
    for annotation in Annotation::ALL {
        let key = annotation.key();
        assert!((1..=63).contains(&key.len()), "{key}");
        assert!(key.chars().all(|letter| letter.is_ascii_lowercase()), "{key}");
    }
}

#[test]
fn what_is_not_judged_says_so_in_the_audit_log() {
    let response = &written(&Answer::ignore("u", "kind v1 Secret"))["response"];
    assert_eq!(response["allowed"], true);
    assert_eq!(response["auditAnnotations"]["ignored"], "kind v1 Secret");
}
