//! Namespaces: created, declared, raised, loosened.

use crate::model::Right;

use super::{Ask, DECLARED, UNDECLARED, allow_all, default_deny, deployment, narrow};

/// The namespace `shop` with these labels.
fn namespace(labels: &str) -> String {
    format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: shop, labels: {{{labels}}}}}}}")
}

#[test]
fn an_undeclared_namespace_is_refused_at_its_creation() {
    let verdict = Ask::create(&[], UNDECLARED).denied_by(&["undeclared-namespace"]);
    let message = &verdict.findings[0].message;
    assert!(
        message.contains("has no default-deny policy and does not say how it will get one"),
        "{message}"
    );
    assert!(message.contains("portcullis.dev/default-deny: self"), "{message}");
    let managed = "portcullis.dev/default-deny: managed` (the controller does, once `controller.enabled` is set)";
    assert!(message.contains(managed), "{message}");
    assert!(verdict.needs.is_empty());
    Ask::create(&[], UNDECLARED).on_dry_run().denied_by(&["undeclared-namespace"]);
}

#[test]
fn both_ways_out_are_open_where_there_is_a_controller() {
    let verdict = Ask::create(&[], UNDECLARED).settings("controller: {enabled: true}").verdict();
    let message = &verdict.findings[0].message;
    assert!(
        message.contains("default-deny: self") && !message.contains("controller.enabled"),
        "{message}"
    );
}

#[test]
fn a_declared_namespace_is_admitted() {
    Ask::create(&[], DECLARED).admitted();
    let managed = namespace("portcullis.dev/default-deny: managed");
    Ask::create(&[], &managed).settings("controller: {enabled: true}").admitted();
}

#[test]
fn managed_without_a_controller_and_other_values_are_refused() {
    for value in ["managed", "'true'", "Self", "''"] {
        let after = namespace(&format!("portcullis.dev/default-deny: {value}"));
        Ask::create(&[], &after).denied_by(&["undeclared-namespace"]);
        Ask::update(&[], DECLARED, &after).denied_by(&["undeclared-namespace"]);
        Ask::update(&[&default_deny()], &after, &after).warned_by(&["undeclared-namespace"]);
    }
}

#[test]
fn settings_that_label_by_themselves_refuse_nothing() {
    for undeclared in ["self", "managed"] {
        let settings = format!("namespaces: {{undeclared: {undeclared}}}");
        Ask::create(&[], UNDECLARED).settings(&settings).admitted();
    }
}

#[test]
fn a_namespace_of_which_nothing_is_asked_needs_no_declaration() {
    Ask::create(&[], UNDECLARED).settings("namespaces: {exempt: [shop]}").admitted();
    Ask::create(&[], UNDECLARED).settings("profile: {enforce: privileged}").admitted();
    let verdict = Ask::create(&[], &namespace("portcullis.dev/enforce: privileged"))
        .right(Right::Granted)
        .warned_by(&[]);
    assert!(verdict.notes[0].contains("below the default"), "{:?}", verdict.notes);
}

#[test]
fn an_old_undeclared_namespace_is_only_warned_about() {
    let edited = namespace("team: web");
    Ask::update(&[], UNDECLARED, &edited)
        .warned_by(&["missing-default-deny", "undeclared-namespace"]);
    Ask::update(&[&default_deny()], UNDECLARED, &edited).warned_by(&["undeclared-namespace"]);
}

#[test]
fn an_unknown_profile_counts_as_restricted_and_is_said() {
    let unknown = namespace("portcullis.dev/default-deny: self, portcullis.dev/enforce: strong");
    let verdict = Ask::create(&[], &unknown).warned_by(&["missing-default-deny"]);
    assert!(
        verdict.findings[0].message.contains("counts as restricted"),
        "{:?}",
        verdict.findings[0].message
    );
}

#[test]
fn raising_the_profile_beyond_the_policies_is_allowed_and_warned_about() {
    let raised = namespace("portcullis.dev/default-deny: self, portcullis.dev/enforce: restricted");
    let state = [default_deny(), deployment("web")];
    let verdict = Ask::update(&[&state[0], &state[1]], DECLARED, &raised)
        .warned_by(&["missing-default-deny", "uncovered-workload"]);
    let uncovered = &verdict.findings[1];
    assert!(uncovered.message.contains("Deployment/web"), "{}", uncovered.message);
    assert!(uncovered.message.contains("refused when next created"), "{}", uncovered.message);
    assert_eq!(uncovered.path, "", "the subject is the namespace");
    assert!(!verdict.notes.is_empty());
}

#[test]
fn declaring_managed_says_what_it_cuts() {
    let managed = namespace("portcullis.dev/default-deny: managed");
    let verdict = Ask::update(&[&deployment("web")], UNDECLARED, &managed)
        .settings("controller: {enabled: true}")
        .warned_by(&["missing-default-deny", "uncovered-workload"]);
    assert!(verdict.notes.iter().any(|note| note.contains("at once cuts")), "{:?}", verdict.notes);
}

#[test]
fn loosening_is_said_to_those_who_may() {
    let lower = namespace("portcullis.dev/default-deny: self, portcullis.dev/enforce: privileged");
    let state = [default_deny(), deployment("web")];
    let verdict =
        Ask::update(&[&state[0], &state[1]], DECLARED, &lower).right(Right::Granted).warned_by(&[]);
    assert!(verdict.notes[0].contains("from baseline to privileged"), "{:?}", verdict.notes);
    let verdict = Ask::update(&[&state[0]], DECLARED, UNDECLARED)
        .right(Right::Granted)
        .warned_by(&["undeclared-namespace"]);
    assert!(verdict.notes[0].contains("becomes weaker"), "{:?}", verdict.notes);
}

#[test]
fn no_change_of_labels_is_refused_for_want_of_a_policy() {
    let edited = namespace("portcullis.dev/default-deny: self, team: web");
    Ask::update(&[], DECLARED, &edited).warned_by(&["missing-default-deny"]);
    Ask::update(&[&narrow("web"), &deployment("web")], DECLARED, &edited)
        .warned_by(&["missing-default-deny"]);
    Ask::update(&[&default_deny(), &allow_all(), &deployment("web")], DECLARED, &edited).admitted();
}

#[test]
fn required_labels_warn_or_deny_by_level() {
    let asked = "labels: [{key: team}]";
    Ask::create(&[], DECLARED).settings(asked).warned_by(&["missing-namespace-label"]);
    let strict = format!("{asked}\nrules: {{missing-namespace-label: deny}}");
    Ask::create(&[], DECLARED).settings(&strict).denied_by(&["missing-namespace-label"]);
    Ask::update(&[&default_deny()], DECLARED, DECLARED)
        .settings(&strict)
        .warned_by(&["missing-namespace-label"]);
}

#[test]
fn deleting_a_namespace_is_nobody_s_business() {
    Ask::delete(&[&default_deny(), &deployment("web")], DECLARED).admitted();
}
