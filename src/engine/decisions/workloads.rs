//! Workloads: held here, held at the Pod, or only reported.

use super::{
    Ask, DECLARED, UNDECLARED, allow_all, default_deny, deployment, narrow, policy, workload,
};
use crate::engine::Need;

const KINDS: [(&str, &str); 8] = [
    ("batch/v1", "CronJob"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "Deployment"),
    ("batch/v1", "Job"),
    ("v1", "Pod"),
    ("apps/v1", "ReplicaSet"),
    ("v1", "ReplicationController"),
    ("apps/v1", "StatefulSet"),
];

const REPLICASET_CONTROLLER: &str = "system:serviceaccount:kube-system:replicaset-controller";
const DEPLOYMENT_CONTROLLER: &str = "system:serviceaccount:kube-system:deployment-controller";
const MANAGER: &str = "system:kube-controller-manager";

fn owned_by(kind: &str, name: &str) -> String {
    format!(
        "ownerReferences: [{{apiVersion: apps/v1, kind: {kind}, name: {name}, uid: {kind}-{name}, controller: true}}]"
    )
}

/// A Pod of the `ReplicaSet` `web`.
fn pod() -> String {
    workload("v1", "Pod", "web", &owned_by("ReplicaSet", "web"))
}

/// The `ReplicaSet` of the Deployment `web`.
fn replica_set() -> String {
    workload("apps/v1", "ReplicaSet", "web", &owned_by("Deployment", "web"))
}

#[test]
fn every_kind_of_workload_is_held_until_a_policy_isolates_it() {
    for (api_version, kind) in KINDS {
        let object = workload(api_version, kind, "web", "");
        for namespace in [DECLARED, UNDECLARED] {
            let verdict = Ask::create(&[namespace], &object).denied_by(&["uncovered-workload"]);
            assert!(
                verdict.findings[0].message.starts_with(&format!("{kind} web: no NetworkPolicy"))
            );
            let needs = [Need::Namespace("shop".to_owned()), Need::Policies("shop".to_owned())];
            assert_eq!(verdict.needs.into_iter().collect::<Vec<_>>(), needs);
            Ask::create(&[namespace, &narrow("web")], &object).admitted();
            Ask::create(&[namespace, &default_deny()], &object).admitted();
            Ask::create(&[namespace, &narrow("other")], &object).denied_by(&["uncovered-workload"]);
        }
    }
}

#[test]
fn there_is_no_one_line_way_in() {
    let targeted = policy(
        "web",
        "{podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress], ingress: [{}]}",
    );
    for open in [allow_all(), targeted] {
        Ask::create(&[DECLARED], &open).warned_by(&["allow-all"]);
        Ask::create(&[DECLARED, &open], &deployment("web")).denied_by(&["uncovered-workload"]);
    }
    Ask::create(&[DECLARED, &allow_all(), &default_deny()], &deployment("web"))
        .denied_by(&["uncovered-workload"]);
}

#[test]
fn an_old_uncovered_workload_can_be_edited() {
    let edited = deployment("web").replace("spec: {", "spec: {replicas: 5, ");
    for namespace in [DECLARED, UNDECLARED] {
        let verdict = Ask::update(&[namespace], &deployment("web"), &edited)
            .warned_by(&["uncovered-workload"]);
        assert!(verdict.findings[0].existing && verdict.needs.is_empty());
    }
    let relabelled = deployment("web").replace("app: web", "app: other");
    Ask::update(&[DECLARED], &deployment("web"), &relabelled).warned_by(&["uncovered-workload"]);
    Ask::update(&[DECLARED, &allow_all()], &deployment("web"), &edited)
        .warned_by(&["uncovered-workload"]);
}

#[test]
fn a_covered_workload_may_not_leave_its_cover() {
    for (api_version, kind) in KINDS {
        let before = workload(api_version, kind, "web", "");
        let after = before.replace("app: web", "app: other");
        Ask::update(&[DECLARED, &narrow("web")], &before, &after)
            .denied_by(&["uncovered-workload"]);
        Ask::update(&[DECLARED, &default_deny()], &before, &after).admitted();
    }
}

#[test]
fn each_direction_counts_on_its_own() {
    let restricted = DECLARED.replace("self}", "self, portcullis.dev/enforce: restricted}");
    let verdict = Ask::create(&[&restricted, &default_deny()], &deployment("web"))
        .denied_by(&["uncovered-workload"]);
    assert_eq!(verdict.findings[0].direction, Some(crate::netpol::Direction::Egress));
    Ask::create(&[&restricted], &deployment("web"))
        .denied_by(&["uncovered-workload", "uncovered-workload"]);
    let warned = DECLARED.replace("self}", "self, portcullis.dev/warn: restricted}");
    Ask::create(&[&warned, &default_deny()], &deployment("web")).warned_by(&["uncovered-workload"]);
}

#[test]
fn hold_at_pod_admits_the_workload_and_refuses_its_pods() {
    let at_pod = "workloads: {holdAt: pod}";
    let verdict = Ask::create(&[DECLARED], &deployment("web"))
        .settings(at_pod)
        .warned_by(&["uncovered-workload"]);
    assert!(
        verdict.notes[0].contains("the Pods of Deployment/web are held"),
        "{:?}",
        verdict.notes
    );
    let state = [DECLARED, &deployment("web"), &replica_set()];
    Ask::create(&state, &pod())
        .settings(at_pod)
        .by(REPLICASET_CONTROLLER)
        .denied_by(&["uncovered-workload"]);
    Ask::create(&[DECLARED], &workload("v1", "Pod", "web", ""))
        .settings(at_pod)
        .denied_by(&["uncovered-workload"]);
}

#[test]
fn nothing_is_held_at_the_pod_where_pods_are_only_reported() {
    let at_pod = "workloads: {holdAt: pod}";
    Ask::create(&[UNDECLARED], &deployment("web"))
        .settings(at_pod)
        .denied_by(&["uncovered-workload"]);
    Ask::create(&[UNDECLARED], &deployment("web"))
        .with("kustomize-controller")
        .denied_by(&["uncovered-workload"]);
}

#[test]
fn field_managers_that_stop_at_the_first_denial_are_held_at_the_pod() {
    Ask::create(&[DECLARED], &deployment("web"))
        .with("kustomize-controller")
        .warned_by(&["uncovered-workload"]);
    Ask::create(&[DECLARED], &deployment("web")).with("kubectl").denied_by(&["uncovered-workload"]);
    // A forged name opens nothing: Pods are judged too.
    Ask::create(&[DECLARED], &pod())
        .with("kustomize-controller")
        .denied_by(&["uncovered-workload"]);
}

#[test]
fn a_built_in_controller_is_never_refused_a_replica_set_or_a_job() {
    for (namespace, user) in [
        (DECLARED, DEPLOYMENT_CONTROLLER),
        (UNDECLARED, DEPLOYMENT_CONTROLLER),
        (DECLARED, MANAGER),
    ] {
        Ask::create(&[namespace, &deployment("web")], &replica_set())
            .by(user)
            .warned_by(&["uncovered-workload"]);
    }
    let job = workload(
        "batch/v1",
        "Job",
        "web",
        "ownerReferences: [{apiVersion: batch/v1, kind: CronJob, name: web, uid: CronJob-web, controller: true}]",
    );
    Ask::create(&[DECLARED], &job)
        .by("system:serviceaccount:kube-system:cronjob-controller")
        .warned_by(&["uncovered-workload"]);
    Ask::create(&[DECLARED], &replica_set())
        .by("system:serviceaccount:shop:deployment-controller")
        .denied_by(&["uncovered-workload"]);
    // Nor for an allow-all that was there before.
    let open = [DECLARED, &default_deny(), &allow_all(), &deployment("web")];
    Ask::create(&open, &replica_set()).by(DEPLOYMENT_CONTROLLER).warned_by(&["uncovered-workload"]);
}

#[test]
fn their_pods_are_refused_and_the_way_on_is_named() {
    let state = [DECLARED, &deployment("web"), &replica_set()];
    let verdict =
        Ask::create(&state, &pod()).by(REPLICASET_CONTROLLER).denied_by(&["uncovered-workload"]);
    assert!(
        verdict.findings[0].message.contains("kubectl rollout restart"),
        "{}",
        verdict.findings[0].message
    );
}

#[test]
fn what_ran_before_survives_a_node_drain_in_an_undeclared_namespace() {
    let state = [UNDECLARED, &deployment("web"), &replica_set()];
    for user in [REPLICASET_CONTROLLER, MANAGER, "system:serviceaccount:operators:operator"] {
        Ask::create(&state, &pod()).by(user).warned_by(&["uncovered-workload"]);
    }
    let set = workload(
        "apps/v1",
        "StatefulSet",
        "db",
        "ownerReferences: [{apiVersion: example.com/v1, kind: Database, name: db, uid: x, controller: true}]",
    );
    Ask::create(&[UNDECLARED], &set)
        .by("system:serviceaccount:operators:operator")
        .warned_by(&["uncovered-workload"]);
    // A human with a forged owner is refused, and so is a Pod without one.
    Ask::create(&state, &pod()).denied_by(&["uncovered-workload"]);
    Ask::create(&state, &workload("v1", "Pod", "web", ""))
        .by(REPLICASET_CONTROLLER)
        .denied_by(&["uncovered-workload"]);
}

#[test]
fn owner_references_open_nothing() {
    // Gone, of another kind, by name only: each is judged as it is.
    for owner in [owned_by("ReplicaSet", "gone"), owned_by("Deployment", "other")] {
        Ask::create(&[DECLARED], &workload("v1", "Pod", "web", &owner))
            .denied_by(&["uncovered-workload"]);
    }
    let custom = workload(
        "apps/v1",
        "StatefulSet",
        "db",
        "ownerReferences: [{apiVersion: example.com/v1, kind: Database, name: db, uid: x, controller: true}]",
    );
    Ask::create(&[DECLARED], &custom)
        .by("system:serviceaccount:operators:operator")
        .denied_by(&["uncovered-workload"]);
}

#[test]
fn a_controller_stands_for_its_pods_where_policies_are_judged() {
    let state = [DECLARED, &deployment("web"), &replica_set(), &pod()];
    let verdict = Ask::delete(&state, &narrow("web")).denied_by(&["uncovered-workload"]);
    assert!(
        verdict.findings[0].message.contains("isolate Deployment/web for"),
        "{}",
        verdict.findings[0].message
    );
    // A Pod that was relabelled out of its ReplicaSet's likeness speaks for itself.
    let relabelled = pod().replace("app: web}", "app: web, tier: front}");
    let state = [DECLARED, &deployment("web"), &replica_set(), &relabelled];
    let verdict = Ask::delete(&state, &narrow("web")).verdict();
    assert!(
        verdict.findings[0].message.contains("Deployment/web and Pod/web"),
        "{}",
        verdict.findings[0].message
    );
}

#[test]
fn what_is_over_or_going_needs_no_protection() {
    let done = workload("v1", "Pod", "web", "")
        .replace("spec: {}", "spec: {}, status: {phase: Succeeded}");
    Ask::delete(&[DECLARED, &done], &narrow("web")).admitted();
    let orphaned = pod();
    Ask::delete(&[DECLARED, &orphaned], &narrow("web")).admitted();
    let going = deployment("web")
        .replace("namespace: shop,", "namespace: shop, deletionTimestamp: '2026-11-22T11:59:00Z',");
    Ask::delete(&[DECLARED, &going], &narrow("web")).admitted();
    Ask::update(&[DECLARED], &deployment("web"), &going).admitted();
}

#[test]
fn mirror_pods_are_only_reported() {
    let mirror = workload("v1", "Pod", "web", "annotations: {kubernetes.io/config.mirror: abc}");
    Ask::create(&[DECLARED], &mirror).by("system:node:a").warned_by(&["uncovered-workload"]);
}

#[test]
fn the_host_network_is_reported_and_never_refused() {
    let host = deployment("web")
        .replace("labels: {app: web}}", "labels: {app: web}}, spec: {hostNetwork: true}");
    let verdict = Ask::create(&[DECLARED], &host).warned_by(&[]);
    let names: Vec<&str> = verdict.findings.iter().map(|finding| finding.rule.name).collect();
    assert_eq!(names, ["host-network-workload"]);
}

#[test]
fn a_workload_is_told_about_the_dns_that_its_policies_forget() {
    let api = policy(
        "api",
        "{podSelector: {matchLabels: {app: api}}, policyTypes: [Egress], egress: [{ports: [{port: 443}]}]}",
    );
    let state = [DECLARED, &default_deny(), &api];
    let verdict = Ask::create(&state, &deployment("api"))
        .settings("facts: {dns: {}}")
        .warned_by(&["egress-without-dns"]);
    assert!(
        verdict.findings[0].message.contains("Deployment/api"),
        "{}",
        verdict.findings[0].message
    );
    Ask::create(&state, &deployment("web")).settings("facts: {dns: {}}").admitted();
}

#[test]
fn deleting_a_workload_is_nobody_s_business() {
    Ask::delete(&[DECLARED], &deployment("web")).admitted();
}
