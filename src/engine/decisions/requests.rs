//! What holds for every request: modes, dry runs, cleaning up, what is not known.

use super::{Ask, DECLARED, UNDECLARED, default_deny, deployment, narrow};
use crate::engine::Need;
use crate::model::{Mode, RuleLevel, World};

const TERMINATING: &str = "{apiVersion: v1, kind: Namespace, metadata: {name: shop, deletionTimestamp: '2026-11-22T11:59:00Z'}}";

#[test]
fn a_dry_run_is_not_refused_for_what_depends_on_others() {
    Ask::create(&[DECLARED], &deployment("web")).on_dry_run().warned_by(&["uncovered-workload"]);
    let verdict = Ask::delete(&[DECLARED, &deployment("web")], &default_deny())
        .on_dry_run()
        .warned_by(&["missing-default-deny", "uncovered-workload"]);
    assert!(verdict.needs.is_empty());
}

#[test]
fn modes_cap_the_answer_and_count_what_they_would_deny() {
    let ask = || Ask::create(&[DECLARED], &deployment("web"));
    assert!(ask().verdict().would_deny.is_empty());
    let warned = ask().settings("mode: warn").warned_by(&["uncovered-workload"]);
    assert_eq!(warned.mode, Mode::Warn);
    let audited = ask().settings("mode: audit").warned_by(&[]);
    assert_eq!(audited.findings[0].level, RuleLevel::Audit);
    for verdict in [warned, audited] {
        assert_eq!(verdict.would_deny.into_iter().collect::<Vec<_>>(), ["uncovered-workload"]);
        assert!(!verdict.needs.is_empty(), "what is counted is confirmed too");
    }
    let namespace = Ask::create(&[], UNDECLARED).settings("mode: audit").warned_by(&[]);
    assert!(namespace.would_deny.contains("undeclared-namespace"));
}

#[test]
fn levels_of_the_settings_hold() {
    let ask = || Ask::create(&[DECLARED], &deployment("web"));
    ask().settings("rules: {uncovered-workload: warn}").warned_by(&["uncovered-workload"]);
    let off = ask().settings("rules: {uncovered-workload: 'off'}").admitted();
    assert!(off.findings.is_empty());
}

#[test]
fn nothing_is_asked_of_a_terminating_namespace() {
    Ask::create(&[TERMINATING], &deployment("web")).admitted();
    Ask::delete(&[TERMINATING, &deployment("web")], &default_deny()).admitted();
    Ask::update(&[], DECLARED, TERMINATING).admitted();
    Ask::update(&[], TERMINATING, UNDECLARED).admitted();
}

#[test]
fn whoever_cleans_up_may() {
    for user in [
        "system:serviceaccount:kube-system:namespace-controller",
        "system:serviceaccount:kube-system:generic-garbage-collector",
        "system:kube-controller-manager",
    ] {
        Ask::delete(&[DECLARED, &deployment("web")], &default_deny()).by(user).admitted();
    }
    Ask::update(&[DECLARED, &deployment("web")], &default_deny(), &narrow("default-deny"))
        .by("system:kube-controller-manager")
        .denied_by(&["missing-default-deny", "uncovered-workload"]);
}

#[test]
fn an_exempt_namespace_is_left_alone() {
    let settings = "namespaces: {exempt: [shop]}";
    Ask::create(&[UNDECLARED], &deployment("web")).settings(settings).admitted();
    Ask::delete(&[UNDECLARED, &deployment("web")], &default_deny()).settings(settings).admitted();
}

#[test]
fn a_namespace_that_is_not_known_is_read_before_any_verdict() {
    for ask in [Ask::create(&[], &deployment("web")), Ask::create(&[], &default_deny())] {
        let verdict = ask.admitted();
        assert!(verdict.needs.contains(&Need::Namespace("shop".to_owned())), "{:?}", verdict.needs);
        assert!(verdict.needs.contains(&Need::Policies("shop".to_owned())));
    }
}

#[test]
fn files_are_taken_as_they_are() {
    let mut ask = Ask::create(&[], &deployment("web"));
    ask.world = World::default();
    assert!(ask.denied_by(&["uncovered-workload"]).needs.is_empty());
}

#[test]
fn what_a_denial_of_a_policy_write_rests_on_is_named() {
    let verdict = Ask::delete(&[DECLARED, &deployment("web")], &default_deny()).verdict();
    let all = [
        Need::Namespace("shop".to_owned()),
        Need::Policies("shop".to_owned()),
        Need::Workloads("shop".to_owned()),
    ];
    assert_eq!(verdict.needs.into_iter().collect::<Vec<_>>(), all);
}

#[test]
fn the_change_s_own_before_counts_whatever_the_world_holds() {
    // The watch is behind: it has not seen the policy yet that is being deleted.
    let mut ask = Ask::delete(&[DECLARED, &deployment("web")], &default_deny());
    ask.world = crate::sample::live(&format!("{DECLARED}\n---\n{}", deployment("web")));
    ask.denied_by(&["missing-default-deny", "uncovered-workload"]);
}

#[test]
fn other_kinds_are_none_of_ours() {
    let service = "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}}";
    Ask::create(&[DECLARED], service).admitted();
}
