//! The rights that deploy/ grants are those that the watches use, no more and no fewer.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::object::{ConfigMap, Kind};

use super::Feed;

const RBAC: &str = include_str!("../../deploy/10-rbac.yaml");
const CONTROLLER: &str = include_str!("../../deploy/35-controller.yaml");

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

/// What the controller may write, by group and resource; and that the webhook may see whether it is at work.
#[test]
fn the_controller_may_write_what_it_writes_and_nothing_else() {
    let documents: Vec<Value> = serde_saphyr::from_multiple(CONTROLLER).unwrap();
    let of_kind = |kind: &'static str| {
        documents.iter().filter(move |document| document["kind"] == kind).collect::<Vec<_>>()
    };
    let mut granted = BTreeSet::new();
    for role in of_kind("ClusterRole").into_iter().chain(of_kind("Role")) {
        for rule in role["rules"].as_array().unwrap() {
            for resource in texts(&rule["resources"]) {
                let verbs = texts(&rule["verbs"]).join(",");
                granted.insert(format!("{} {resource}: {verbs}", texts(&rule["apiGroups"])[0]));
            }
        }
    }
    let all = "create,delete,get,list,patch";
    let expected = [
        " namespaces: patch".to_owned(),
        "coordination.k8s.io leases: create".to_owned(),
        "coordination.k8s.io leases: get".to_owned(),
        "coordination.k8s.io leases: get,update".to_owned(),
        "events.k8s.io events: create,get,patch".to_owned(),
        "networking.k8s.io networkpolicies: create,get,patch,update".to_owned(),
        format!("openreports.io clusterreports: {all}"),
        format!("openreports.io reports: {all}"),
        format!("wgpolicyk8s.io clusterpolicyreports: {all}"),
        format!("wgpolicyk8s.io policyreports: {all}"),
    ];
    assert_eq!(granted, expected.into());
    let reads: Vec<&str> = of_kind("ClusterRoleBinding")
        .into_iter()
        .map(|binding| binding["roleRef"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(reads, ["portcullis-controller", "portcullis"]);
}
