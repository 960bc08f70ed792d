//! kube's types as the oracle: they read what we write, and we read what they write.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use kube::core::DynamicObject;
use kube::core::admission::{self, AdmissionRequest, AdmissionResponse, AdmissionReview};
use serde_json::{Value, json};

use super::sample::{namespace, policy_of_a_collection, with};
use crate::review::{Annotation, Answer, Denial, Details, Envelope, Operation, Outcome, Reason};

fn request(review: Value) -> AdmissionRequest<DynamicObject> {
    let review: AdmissionReview<DynamicObject> = serde_json::from_value(review).unwrap();
    review.try_into().unwrap()
}

/// kube has no default for `status` and reads a patch as numbers; the API server accepts both ways of either.
fn response(answer: &Answer) -> AdmissionResponse {
    let mut written: Value = serde_json::from_slice(&answer.to_bytes()).unwrap();
    let response = written["response"].as_object_mut().unwrap();
    response.entry("status").or_insert(json!({}));
    if let Some(patch) = response.get_mut("patch") {
        *patch = BASE64_STANDARD.decode(patch.as_str().unwrap()).unwrap().into();
    }
    let review: AdmissionReview<DynamicObject> = serde_json::from_value(written).unwrap();
    assert_eq!(review.types.api_version, "admission.k8s.io/v1");
    assert_eq!(review.types.kind, "AdmissionReview");
    review.response.unwrap()
}

#[test]
fn we_read_what_kube_writes() {
    for sample in [
        namespace(),
        policy_of_a_collection(),
        with(namespace(), "dryRun", json!(true)),
        with(namespace(), "subResource", json!("status")),
    ] {
        let request = request(sample);
        let written = json!({
            "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request
        });
        let body = serde_json::to_vec(&written).unwrap();
        let ours = Envelope::read(&body).unwrap();

        assert_eq!(ours.uid, request.uid);
        assert_eq!(ours.name, request.name);
        assert_eq!(Some(&*ours.namespace), request.namespace.as_deref());
        assert_eq!(ours.sub_resource, request.sub_resource.clone().unwrap_or_default());
        assert_eq!(ours.kind.group, request.kind.group);
        assert_eq!(ours.kind.kind, request.kind.kind);
        assert_eq!(ours.resource.resource, request.resource.resource);
        assert_eq!(ours.dry_run, request.dry_run);
        assert_eq!(Some(&*ours.user.username), request.user_info.username.as_deref());
        let groups: Vec<&str> = ours.user.groups().collect();
        assert_eq!(groups, request.user_info.groups.clone().unwrap());
        assert_eq!(Some(ours.user.extra()), request.user_info.extra);
        let operation = match ours.operation {
            Operation::Connect => admission::Operation::Connect,
            Operation::Create => admission::Operation::Create,
            Operation::Delete => admission::Operation::Delete,
            Operation::Update => admission::Operation::Update,
            Operation::Unknown => panic!("it was written by kube"),
        };
        assert_eq!(operation, request.operation);
        let object = |raw: Option<&serde_json::value::RawValue>| {
            raw.map(|raw| serde_json::from_str::<Value>(raw.get()).unwrap())
        };
        let theirs = |object: &Option<DynamicObject>| {
            object.as_ref().map(|object| serde_json::to_value(object).unwrap())
        };
        assert_eq!(object(ours.object), theirs(&request.object));
        assert_eq!(object(ours.old_object), theirs(&request.old_object));
    }
}

#[test]
fn kube_reads_what_we_write() {
    let patch: json_patch::Patch =
        serde_json::from_value(json!([{"op": "add", "path": "/metadata/labels/a", "value": "b"}]))
            .unwrap();
    let answer = Answer {
        outcome: Outcome::Allow(Some(patch.clone())),
        warnings: vec!["look out".to_owned()],
        ..Answer::allow("u").with(Annotation::Mode, "enforce")
    };
    let theirs = response(&answer);
    assert!(theirs.allowed);
    assert_eq!(theirs.uid, "u");
    assert_eq!(theirs.warnings, Some(vec!["look out".to_owned()]));
    assert_eq!(theirs.audit_annotations["mode"], "enforce");
    let decoded: json_patch::Patch = serde_json::from_slice(&theirs.patch.unwrap()).unwrap();
    assert_eq!(decoded, patch);
}

#[test]
fn kube_reads_our_denials_and_they_equal_its_own() {
    let denial = Denial {
        reason: Reason::Forbidden,
        message: "no".to_owned(),
        details: Details { name: "shop".to_owned(), ..Details::default() },
    };
    let answer = Answer { outcome: Outcome::Deny(denial), ..Answer::allow("u") };
    let theirs = response(&answer);
    assert!(!theirs.allowed);
    assert_eq!(theirs.result.code, 403);
    assert_eq!(theirs.result.reason, "Forbidden");
    assert_eq!(theirs.result.details.unwrap().name, "shop");

    let request = request(with(namespace(), "uid", json!("u")));
    let own = AdmissionResponse::from(&request).deny("no");
    assert_eq!(
        (own.uid, own.allowed, own.result.message),
        (theirs.uid, false, theirs.result.message)
    );
}
