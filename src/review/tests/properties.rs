use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::sample::{UID, bytes, namespace, policy_of_a_collection, set};
use crate::review::{Answer, Asked, Envelope, Unreadable, change};

/// The uid of whatever would be answered; `None` for HTTP 400.
fn answered(body: &[u8]) -> Option<String> {
    let answer = match Envelope::read(body) {
        Err(Unreadable::Anonymous(_)) => return None,
        Err(Unreadable::Identified { uid, reason }) => Answer::bad_request(uid, &reason),
        Ok(envelope) => match change(&envelope) {
            Err(reason) => Answer::bad_request(envelope.uid.as_ref(), &reason),
            Ok(Asked::Nothing(why)) => Answer::ignore(envelope.uid.as_ref(), why),
            Ok(Asked::Change(_)) => Answer::allow(envelope.uid.as_ref()),
        },
    };
    let answer: Value = serde_json::from_slice(&answer.to_bytes()).unwrap();
    Some(answer["response"]["uid"].as_str().unwrap().to_owned())
}

fn reviews() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![Just(bytes(&namespace())), Just(bytes(&policy_of_a_collection()))]
}

/// The place after the uid's closing quote.
fn after_uid(body: &[u8]) -> usize {
    let text = std::str::from_utf8(body).unwrap();
    text.find(UID).unwrap() + UID.len() + 1
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec(("[a-z]{1,8}", inner), 0..4).prop_map(|pairs| pairs.into_iter().collect()),
        ]
    })
}

fn field() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "kind",
        "resource",
        "subResource",
        "requestKind",
        "name",
        "namespace",
        "operation",
        "userInfo",
        "object",
        "oldObject",
        "dryRun",
        "options",
        "somethingNew",
    ])
}

proptest! {
    #[test]
    fn any_bytes_have_an_answer(body in vec(any::<u8>(), 0..200)) {
        prop_assert_ne!(answered(&body), Some(String::new()));
    }

    #[test]
    fn a_truncated_review_keeps_its_uid(body in reviews(), at in any::<prop::sample::Index>()) {
        let end = at.index(body.len());
        let uid = answered(&body[..end]);
        prop_assert_eq!(uid.as_deref(), (end >= after_uid(&body)).then_some(UID));
    }

    #[test]
    fn a_damaged_review_keeps_its_uid(
        mut body in reviews(),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let start = after_uid(&body);
        for (at, byte) in damage {
            let at = start + at.index(body.len() - start);
            body[at] = byte;
        }
        prop_assert_eq!(answered(&body), Some(UID.to_owned()));
    }

    #[test]
    fn any_damage_has_an_answer(
        mut body in reviews(),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        for (at, byte) in damage {
            let at = at.index(body.len());
            body[at] = byte;
        }
        prop_assert_ne!(answered(&body), Some(String::new()));
    }

    #[test]
    fn a_review_with_any_value_anywhere_keeps_its_uid(
        values in vec((field(), json_value()), 1..4),
        deletes in any::<bool>(),
    ) {
        let mut review = if deletes { policy_of_a_collection() } else { namespace() };
        for (field, value) in values {
            set(&mut review, field, value);
        }
        prop_assert_eq!(answered(&bytes(&review)), Some(UID.to_owned()));
    }

    #[test]
    fn a_review_with_any_object_keeps_its_uid(metadata in json_value(), spec in json_value()) {
        let mut review = policy_of_a_collection();
        set(&mut review, "oldObject", json!({"metadata": metadata, "spec": spec}));
        prop_assert_eq!(answered(&bytes(&review)), Some(UID.to_owned()));
    }
}
