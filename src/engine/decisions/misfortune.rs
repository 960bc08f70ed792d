//! Attacks and misfortunes: what somebody clever would try, and what happens to somebody who did nothing wrong.

use super::{
    Ask, DECLARED, UNDECLARED, allow_all, default_deny, deployment, messages, narrow, policy,
    workload,
};
use crate::engine::Need;
use crate::sample::live;

const GOING: &str = "namespace: shop, deletionTimestamp: '2026-11-22T11:59:00Z'";
const TERMINATING: &str = "{apiVersion: v1, kind: Namespace, metadata: {name: shop, deletionTimestamp: '2026-11-22T11:59:00Z'}}";
const REPLICASET_CONTROLLER: &str = "system:serviceaccount:kube-system:replicaset-controller";

/// The namespace `shop`, declared, with more labels.
fn declared(labels: &str) -> String {
    DECLARED.replace("labels: {", &format!("labels: {{{labels}, "))
}

fn going(object: &str) -> String {
    object.replacen("namespace: shop", GOING, 1)
}

/// A reference to a ReplicaSet that was never there.
const FORGED: &str =
    "{apiVersion: apps/v1, kind: ReplicaSet, name: none, uid: none, controller: true}";

#[test]
fn a_forged_owner_does_not_let_a_pod_slip_out_of_its_cover() {
    let state = [DECLARED, &narrow("web")];
    let covered = workload("v1", "Pod", "web", "");
    let escaped = workload("v1", "Pod", "web", &format!("ownerReferences: [{FORGED}]"))
        .replace("labels: {app: web}", "labels: {app: other}");
    Ask::update(&state, &covered, &escaped).denied_by(&["uncovered-workload"]);
}

#[test]
fn a_forged_owner_beside_a_real_one_does_not_make_a_pod_disappear() {
    // The garbage collector only takes the forged reference away: the other owner is there.
    let real = "{apiVersion: v1, kind: ConfigMap, name: real, uid: real}";
    let kept = workload("v1", "Pod", "web", &format!("ownerReferences: [{FORGED}, {real}]"));
    Ask::delete(&[DECLARED, &kept], &narrow("web")).denied_by(&["uncovered-workload"]);
    let collected = workload("v1", "Pod", "web", &format!("ownerReferences: [{FORGED}]"));
    Ask::delete(&[DECLARED, &collected], &narrow("web")).admitted();
}

#[test]
fn a_pod_with_a_long_grace_is_not_relabelled_out_of_its_cover() {
    let state = [DECLARED, &narrow("web")];
    let before = going(&workload("v1", "Pod", "web", ""));
    let escaped = before.replace("labels: {app: web}", "labels: {app: other}");
    Ask::update(&state, &before, &escaped).denied_by(&["uncovered-workload"]);
    let finalised =
        before.replace("uid: Pod-web,", "uid: Pod-web, finalizers: [example.org/hold],");
    Ask::update(&state, &finalised, &before).admitted();
    Ask::update(&[DECLARED], &finalised, &before).admitted();
}

#[test]
fn nothing_is_created_on_its_way_out() {
    Ask::create(&[DECLARED], &going(&deployment("web"))).denied_by(&["uncovered-workload"]);
}

#[test]
fn revisions_kept_for_a_rollback_hold_no_policy_back() {
    // The Deployment went from version 1 to version 2, each with a policy of its own; now the first policy may go.
    let version = |object: &str, number: &str| {
        object.replace("labels: {app: web}", &format!("labels: {{app: web, version: v{number}}}"))
    };
    let owner = "ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: Deployment-web, controller: true}]";
    let old = version(&workload("apps/v1", "ReplicaSet", "web", owner), "1");
    let idle = old.replace("spec: {", "spec: {replicas: 0, ");
    let only = |number: &str| {
        policy(
            &format!("v{number}"),
            &format!("{{podSelector: {{matchLabels: {{version: v{number}}}}}}}"),
        )
    };
    let current = version(&deployment("web"), "2");
    Ask::delete(&[DECLARED, &current, &idle, &only("2")], &only("1")).admitted();
    // While it still runs Pods it counts, and so does one that stands alone.
    Ask::delete(&[DECLARED, &current, &old, &only("2")], &only("1"))
        .denied_by(&["uncovered-workload"]);
    let alone = version(&workload("apps/v1", "ReplicaSet", "web", ""), "1")
        .replace("spec: {", "spec: {replicas: 0, ");
    Ask::delete(&[DECLARED, &current, &alone, &only("2")], &only("1"))
        .denied_by(&["uncovered-workload"]);
}

#[test]
fn a_namespace_that_was_created_anew_is_not_taken_for_the_one_that_went() {
    // The API server lets nobody create anything in a terminating namespace, so the cache is behind.
    for object in [deployment("web"), workload("v1", "Pod", "web", ""), default_deny()] {
        let verdict = Ask::create(&[TERMINATING], &object).admitted();
        assert!(verdict.needs.contains(&Need::Namespace("shop".to_owned())), "{object}");
    }
    let verdict = Ask::update(&[TERMINATING], &deployment("web"), &deployment("web")).admitted();
    assert!(verdict.needs.is_empty());
}

#[test]
fn cleaning_up_waits_for_no_read() {
    let verdict = Ask::delete(&[], &default_deny())
        .by("system:serviceaccount:kube-system:namespace-controller")
        .admitted();
    assert!(verdict.needs.is_empty());
}

#[test]
fn addresses_of_nodes_do_not_make_a_pod_network_dual_stack() {
    let everyone =
        policy("everyone", "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}");
    let agent = |host: bool| {
        format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: agent, namespace: kube-system, uid: a}}, spec: {{hostNetwork: {host}}}, status: {{podIPs: [{{ip: 192.0.2.1}}, {{ip: 'fd00::1'}}]}}}}"
        )
    };
    Ask::create(&[DECLARED, &everyone, &agent(true)], &deployment("web"))
        .denied_by(&["uncovered-workload"]);
    // Where pods have both families, one block is not everything.
    Ask::create(&[DECLARED, &everyone, &agent(false)], &deployment("web")).admitted();
}

#[test]
fn f33_a_policy_of_a_terminating_namespace_may_go() {
    let state = [TERMINATING, &deployment("web")];
    for user in ["jane", "system:serviceaccount:kube-system:namespace-controller"] {
        Ask::delete(&state, &default_deny()).by(user).admitted();
    }
    Ask::update(&state, &going(&default_deny()), &going(&default_deny())).admitted();
}

#[test]
fn f39_a_dry_run_of_a_deployment_without_policy_is_a_warning() {
    let verdict = Ask::create(&[DECLARED], &deployment("web"))
        .on_dry_run()
        .warned_by(&["uncovered-workload"]);
    assert!(verdict.needs.is_empty());
}

#[test]
fn a_dry_run_refuses_what_the_object_alone_decides() {
    Ask::create(&[], UNDECLARED).on_dry_run().denied_by(&["undeclared-namespace"]);
    let dns = "rules: {egress-without-dns: deny}\nfacts: {dns: {}}";
    let api =
        policy("api", "{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 443}]}]}");
    Ask::create(&[DECLARED], &api).settings(dns).denied_by(&["egress-without-dns"]);
    Ask::create(&[DECLARED], &api).settings(dns).on_dry_run().warned_by(&["egress-without-dns"]);
    Ask::update(&[DECLARED], &api, &api).settings(dns).warned_by(&["egress-without-dns"]);
    Ask::create(&[DECLARED], &api)
        .settings("rules: {egress-without-dns: 'off'}\nfacts: {dns: {}}")
        .admitted();
}

#[test]
fn a_policy_with_a_finalizer_is_deleted_once() {
    let state = [DECLARED, &deployment("web")];
    Ask::delete(&state, &default_deny()).denied_by(&["missing-default-deny", "uncovered-workload"]);
    let held = going(&policy("held", "{podSelector: {}}"))
        .replace("name: held", "name: held, finalizers: [a/b]");
    // It protects nothing any more, so taking it away takes nothing.
    Ask::delete(&state, &held).admitted();
    Ask::update(&state, &held, &held.replace("finalizers: [a/b]", "finalizers: []")).admitted();
}

#[test]
fn what_nobody_needs_protects_nobody() {
    let host = deployment("web")
        .replace("labels: {app: web}}", "labels: {app: web}}, spec: {hostNetwork: true}");
    let done = workload("batch/v1", "Job", "once", "")
        .replace("spec: {", "status: {conditions: [{type: Complete, status: 'True'}]}, spec: {");
    for state in [[DECLARED, &host], [DECLARED, &done]] {
        Ask::delete(&state, &default_deny()).warned_by(&["missing-default-deny"]);
    }
}

#[test]
fn a_policy_that_covers_nothing_may_always_go() {
    let state = [DECLARED, &deployment("web")];
    Ask::delete(&state, &narrow("other")).admitted();
    let never = policy(
        "never",
        "{podSelector: {matchExpressions: [{key: a, operator: Exists}, {key: a, operator: DoesNotExist}]}}",
    );
    let unreadable =
        policy("odd", "{podSelector: {matchExpressions: [{key: a, operator: Near, values: [b]}]}}");
    for spec in [never, unreadable] {
        Ask::create(&state, &deployment("api")).denied_by(&["uncovered-workload"]);
        Ask::create(&[DECLARED, &spec], &deployment("web")).denied_by(&["uncovered-workload"]);
        Ask::delete(&state, &spec).admitted();
    }
}

#[test]
fn stored_garbage_neither_protects_nor_allows() {
    let garbage = policy(
        "garbage",
        "{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{ipBlock: {cidr: 10.0.0.300/8}}, {}], ports: [{port: 70000}, {port: '80'}]}]}",
    );
    Ask::create(&[DECLARED, &garbage], &deployment("web")).admitted();
    let verdict = Ask::update(&[DECLARED, &deployment("web")], &garbage, &default_deny());
    assert!(!verdict.verdict().is_denied(), "{:#?}", messages(&verdict.verdict()));
}

#[test]
fn profiles_that_only_warn_or_report_refuse_nothing() {
    for (labels, warned) in [
        ("portcullis.dev/enforce: privileged", &["uncovered-workload"][..]),
        ("portcullis.dev/enforce: privileged, portcullis.dev/warn: privileged", &[]),
    ] {
        let namespace = declared(labels);
        let verdict = Ask::create(&[&namespace], &deployment("web")).warned_by(warned);
        assert_eq!(verdict.findings.len(), 1, "the audit still says it");
    }
    let restricted = declared("portcullis.dev/warn: restricted");
    Ask::create(&[&restricted, &default_deny()], &deployment("web"))
        .warned_by(&["uncovered-workload"]);
}

#[test]
fn restricted_asks_for_egress_too() {
    let both = policy("both", "{podSelector: {}, policyTypes: [Ingress, Egress]}");
    for profile in ["restricted", "restrictive"] {
        let namespace = declared(&format!("portcullis.dev/enforce: {profile}"));
        Ask::create(&[&namespace, &default_deny()], &deployment("web"))
            .denied_by(&["uncovered-workload"]);
        Ask::create(&[&namespace, &both], &deployment("web")).admitted();
        let state = [namespace.as_str(), &deployment("web")];
        Ask::update(&state, &both, &both.replace("[Ingress, Egress]", "[Ingress]"))
            .denied_by(&["missing-default-deny", "uncovered-workload"]);
    }
}

#[test]
fn one_direction_that_gets_better_does_not_pay_for_the_other() {
    let ingress = policy("p", "{podSelector: {}, policyTypes: [Ingress]}");
    let egress = policy("p", "{podSelector: {}, policyTypes: [Egress]}");
    let namespace = declared("portcullis.dev/enforce: restricted");
    let verdict = Ask::update(&[&namespace, &deployment("web")], &ingress, &egress)
        .denied_by(&["missing-default-deny", "uncovered-workload"]);
    assert!(verdict.denials().all(|finding| finding.message.contains("ingress")));
}

#[test]
fn strictness_that_never_was_is_not_lost() {
    let some = policy("some", "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}");
    let more = some.replace("podSelector: {}}]", "podSelector: {}}, {namespaceSelector: {}}]");
    let state = [DECLARED, &deployment("web")];
    Ask::update(&state, &some, &more).settings("strict: true").admitted();
    Ask::update(&state, &default_deny(), &some.replace("name: some", "name: default-deny"))
        .settings("strict: true")
        .denied_by(&["missing-default-deny"]);
}

#[test]
fn two_that_together_allow_everything_are_an_allow_all() {
    let half = |name: &str, cidr: &str| {
        policy(
            name,
            &format!("{{podSelector: {{}}, ingress: [{{from: [{{ipBlock: {{cidr: {cidr}}}}}]}}]}}"),
        )
    };
    let state = [DECLARED, &deployment("web"), &half("low", "0.0.0.0/1")];
    let verdict = Ask::create(&state, &half("high", "128.0.0.0/1")).verdict();
    assert!(verdict.is_denied(), "{:#?}", messages(&verdict));
}

#[test]
fn an_allow_all_may_be_deleted_before_or_after_the_default_deny_comes() {
    let state = [DECLARED, &deployment("web"), &default_deny()];
    Ask::delete(&state, &allow_all()).admitted();
    // Alone it was the only thing that isolated, if only by name.
    Ask::delete(&[DECLARED, &deployment("web")], &allow_all()).denied_by(&["missing-default-deny"]);
}

#[test]
fn a_rename_goes_well_in_the_order_of_helm() {
    let renamed = policy("deny", "{podSelector: {}, policyTypes: [Ingress]}");
    let state = [DECLARED, &deployment("web"), &default_deny()];
    Ask::create(&state, &renamed).admitted();
    let state = [DECLARED, &deployment("web"), &renamed];
    Ask::delete(&state, &default_deny()).admitted();
}

#[test]
fn old_namespaces_keep_scheduling_their_cron_jobs() {
    let owner = |kind: &str| {
        format!(
            "ownerReferences: [{{apiVersion: batch/v1, kind: {kind}, name: tick, uid: {kind}-tick, controller: true}}]"
        )
    };
    let job = workload("batch/v1", "Job", "tick", &owner("CronJob"));
    let pod = workload("v1", "Pod", "tick", &owner("Job"));
    let cron_job = workload("batch/v1", "CronJob", "tick", "");
    let state = |namespace| [namespace, cron_job.as_str(), job.as_str()];
    let by = |controller: &str| format!("system:serviceaccount:kube-system:{controller}");
    Ask::create(&[UNDECLARED, &cron_job], &job)
        .by(&by("cronjob-controller"))
        .warned_by(&["uncovered-workload"]);
    Ask::create(&state(UNDECLARED), &pod)
        .by(&by("job-controller"))
        .warned_by(&["uncovered-workload"]);
    Ask::create(&state(DECLARED), &pod)
        .by(&by("job-controller"))
        .denied_by(&["uncovered-workload"]);
}

#[test]
fn a_bare_pod_of_a_person_is_held_everywhere() {
    let forged = workload("v1", "Pod", "web", &format!("ownerReferences: [{FORGED}]"));
    for namespace in [DECLARED, UNDECLARED] {
        Ask::create(&[namespace], &workload("v1", "Pod", "web", ""))
            .denied_by(&["uncovered-workload"]);
        Ask::create(&[namespace], &forged).denied_by(&["uncovered-workload"]);
    }
    Ask::create(&[DECLARED], &forged).by(REPLICASET_CONTROLLER).denied_by(&["uncovered-workload"]);
    Ask::create(&[UNDECLARED], &forged)
        .by(REPLICASET_CONTROLLER)
        .warned_by(&["uncovered-workload"]);
}

#[test]
fn holding_pods_for_a_tool_holds_nothing_open_where_pods_are_only_reported() {
    for (namespace, is_denied) in [(UNDECLARED, true), (DECLARED, false)] {
        let ask = Ask::create(&[namespace], &deployment("web")).with("kustomize-controller");
        assert_eq!(ask.verdict().is_denied(), is_denied, "{namespace}");
    }
    Ask::create(&[DECLARED], &workload("v1", "Pod", "web", ""))
        .with("kustomize-controller")
        .denied_by(&["uncovered-workload"]);
}

#[test]
fn labels_that_a_change_leaves_behind_uncover_nothing_twice() {
    // From one uncovered likeness to another, and back under cover.
    let state = [DECLARED, &narrow("web")];
    let other = deployment("web").replace("{app: web}", "{app: other}");
    let third = deployment("web").replace("{app: web}", "{app: third}");
    Ask::update(&state, &other, &third).warned_by(&["uncovered-workload"]);
    Ask::update(&state, &other, &deployment("web")).admitted();
    Ask::update(&state, &deployment("web"), &other).denied_by(&["uncovered-workload"]);
}

#[test]
fn the_same_name_of_another_kind_is_another_workload() {
    let state = [DECLARED, &narrow("web"), &workload("apps/v1", "StatefulSet", "web", "")];
    let verdict = Ask::delete(&state, &narrow("web")).denied_by(&["uncovered-workload"]);
    assert!(verdict.findings[0].message.contains("StatefulSet/web"));
}

#[test]
fn observed_coverage_lets_only_what_is_covered_in() {
    let settings = "coverage: {level: observed}";
    let state = [DECLARED, &narrow("web"), &deployment("web")];
    Ask::delete(&state, &default_deny()).settings(settings).admitted();
    Ask::create(&state, &deployment("api")).settings(settings).denied_by(&["uncovered-workload"]);
    Ask::delete(&[DECLARED, &deployment("web"), &default_deny()], &narrow("web"))
        .settings(settings)
        .admitted();
}

#[test]
fn the_longest_names_leave_room_for_what_to_do() {
    let long = "n".repeat(253);
    let key = format!("{}/{}", "k".repeat(253), "l".repeat(63));
    let labels = format!("{{{key}a: {0}, {key}b: {0}, {key}c: {0}}}", "v".repeat(63))
        .replace("lla", "la")
        .replace("llb", "lb")
        .replace("llc", "lc");
    let object = deployment(&long).replace(&format!("{{app: {long}}}"), &labels);
    let verdict = Ask::create(&[DECLARED], &object).denied_by(&["uncovered-workload"]);
    let message = &verdict.findings[0].message;
    assert!(message.chars().count() < 512, "{}: {message}", message.len());
}

#[test]
fn a_cache_that_holds_the_new_object_already_changes_nothing() {
    // The webhook is called again for the same request after the watch has seen the object.
    let mut ask = Ask::create(&[DECLARED], &deployment("web"));
    ask.world = live(&format!("{DECLARED}\n---\n{}", deployment("web")));
    ask.denied_by(&["uncovered-workload"]);
    let mut ask = Ask::delete(&[DECLARED, &deployment("web")], &default_deny());
    ask.world = live(&format!("{DECLARED}\n---\n{}\n---\n{}", deployment("web"), default_deny()));
    ask.denied_by(&["missing-default-deny", "uncovered-workload"]);
}
