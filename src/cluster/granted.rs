//! The rights that deploy/ grants are those that the watches use, no more and no fewer.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::object::{ConfigMap, Kind};

use super::Feed;

const RBAC: &str = include_str!("../../deploy/10-rbac.yaml");

fn rules(kind: &str) -> Vec<Value> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(RBAC).unwrap();
    let role = documents.into_iter().find(|document| document["kind"] == kind).unwrap();
    role["rules"].as_array().unwrap().clone()
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

#[test]
fn every_kind_that_is_watched_may_be_read_and_nothing_else() {
    let mut granted = BTreeSet::new();
    for rule in rules("ClusterRole") {
        if texts(&rule["resources"]) == ["subjectaccessreviews"] {
            assert_eq!(texts(&rule["verbs"]), ["create"]);
            continue;
        }
        assert_eq!(texts(&rule["verbs"]), ["get", "list", "watch"], "{rule}");
        for group in texts(&rule["apiGroups"]) {
            let resources = texts(&rule["resources"]).into_iter();
            granted.extend(resources.map(|it| (group.to_owned(), it.to_owned())));
        }
    }
    let whole = Feed::all().filter(|feed| feed.only().is_none()).map(Feed::kind);
    let used = whole.flat_map(|kind| {
        kind.apis().map(move |api| (api.group.to_owned(), kind.plural().to_owned()))
    });
    assert_eq!(
        granted,
        used.collect(),
        "the ClusterRole of deploy/10-rbac.yaml (left) and the kinds"
    );
}

#[test]
fn config_maps_may_be_read_by_name_alone() {
    let rules = rules("Role");
    let [rule] = rules.as_slice() else { panic!("one rule: {rules:?}") };
    assert_eq!(texts(&rule["resources"]), [Kind::ConfigMap.plural()]);
    assert_eq!(texts(&rule["verbs"]), ["get", "list", "watch"]);
    assert!(ConfigMap::names().eq(texts(&rule["resourceNames"])));
}
