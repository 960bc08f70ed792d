//! Other levels for some namespaces, and who may choose them by labels.

use super::{Ask, DECLARED, default_deny, deployment};
use crate::model::{Mode, Right, RuleLevel};
use crate::sample::{live, one};

/// `audit` everywhere but in production.
const PRODUCTION: &str =
    "{mode: audit, overrides: [{namespaceSelector: {matchLabels: {stage: prod}}, mode: enforce}]}";
/// `enforce` everywhere but in laboratories.
const LABORATORY: &str =
    "overrides: [{namespaceSelector: {matchLabels: {stage: lab}}, mode: audit}]";
/// Denials stay, but for workloads of laboratories.
const LENIENT: &str = "overrides: [{namespaceSelector: {matchLabels: {stage: lab}}, rules: {uncovered-workload: warn}}]";

fn declared(stage: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Namespace, metadata: {{name: shop, labels: {{portcullis.dev/default-deny: self, stage: {stage}}}}}}}"
    )
}

#[test]
fn each_namespace_is_answered_in_its_own_mode() {
    let ask = |stage: &str, settings: &str| {
        Ask::create(&[&declared(stage)], &deployment("web")).settings(settings)
    };
    let refused = ask("prod", PRODUCTION).denied_by(&["uncovered-workload"]);
    assert_eq!((refused.mode, refused.would_deny.len()), (Mode::Enforce, 0));
    let audited = ask("lab", PRODUCTION).warned_by(&[]);
    assert_eq!(audited.mode, Mode::Audit);
    assert!(audited.would_deny.contains("uncovered-workload"));
    ask("lab", LABORATORY).warned_by(&[]);
    ask("prod", LABORATORY).denied_by(&["uncovered-workload"]);
}

#[test]
fn levels_hold_where_they_are_set() {
    let ask = |stage: &str| {
        Ask::create(&[&declared(stage)], &deployment("web")).settings(LENIENT).verdict()
    };
    let level = |stage: &str| ask(stage).findings[0].level;
    assert_eq!((level("lab"), level("prod")), (RuleLevel::Warn, RuleLevel::Deny));
    assert!(ask("lab").would_deny.is_empty(), "the mode took nothing away");
}

#[test]
fn a_namespace_that_is_not_known_may_be_one_that_enforces() {
    let unknown = Ask::create(&[], &deployment("web")).settings(PRODUCTION).verdict();
    assert!(!unknown.needs.is_empty());
    assert_eq!(unknown.mode, Mode::Enforce, "what cannot be read must not be let through");
}

/// Whether the API server is asked whether the labels may be written.
fn asks(settings: &str, before: Option<&str>, after: &str) -> bool {
    let old = before.map(declared);
    Ask::new(&[], old.as_deref(), Some(&declared(after)))
        .settings(settings)
        .verdict()
        .asks
        .is_some()
}

#[test]
fn labels_that_choose_a_milder_mode_take_the_right() {
    for settings in [LABORATORY, LENIENT] {
        assert!(asks(settings, Some("prod"), "lab"), "{settings}");
        assert!(asks(settings, None, "lab"), "{settings}");
        for (before, after) in
            [(Some("lab"), "lab"), (Some("lab"), "prod"), (None, "prod"), (Some("prod"), "dev")]
        {
            assert!(!asks(settings, before, after), "{settings}: {before:?} to {after}");
        }
    }
    assert!(asks(PRODUCTION, Some("prod"), "lab"));
    assert!(!asks(PRODUCTION, None, "lab"), "that is what holds without labels");
    assert!(!asks(PRODUCTION, Some("lab"), "prod"));
}

#[test]
fn whoever_lacks_the_right_is_told_what_the_labels_choose() {
    let ask = |right| {
        Ask::update(&[], &declared("prod"), &declared("lab"))
            .settings(LABORATORY)
            .right(right)
            .verdict()
    };
    let refused = ask(Right::Refused);
    let expected = "the labels choose mode audit where enforce holds: nothing is refused in this namespace any more; \
        jane lacks the verb exempt on namespaces.portcullis.dev shop";
    assert_eq!(refused.refusals, [expected]);
    let granted = ask(Right::Granted);
    assert!(granted.refusals.is_empty() && !granted.is_denied());
    let levels = Ask::update(&[], &declared("prod"), &declared("lab"))
        .settings(LENIENT)
        .right(Right::Refused)
        .verdict();
    let expected = "the labels choose a milder level for uncovered-workload: what it refuses elsewhere passes in this \
        namespace; jane lacks the verb exempt on namespaces.portcullis.dev shop";
    assert_eq!(levels.refusals, [expected]);
}

#[test]
fn a_name_is_no_label_that_somebody_chose() {
    let by_name = "overrides: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}, mode: audit}]";
    assert!(!asks(by_name, None, "lab"));
    assert!(!asks(by_name, Some("prod"), "lab"));
    Ask::create(&[DECLARED], &deployment("web")).settings(by_name).warned_by(&[]);
}

#[test]
fn a_policy_is_judged_in_the_mode_of_its_namespace() {
    let delete = |stage: &str| {
        let state = [declared(stage), deployment("web")];
        Ask::delete(&[&state[0], &state[1]], &default_deny()).settings(PRODUCTION)
    };
    delete("prod").denied_by(&["missing-default-deny", "uncovered-workload"]);
    delete("lab").warned_by(&[]);
}

/// A policy of the tiers that closes every pod of every namespace.
const TIER: &str = "{apiVersion: policy.networking.k8s.io/v1alpha2, kind: ClusterNetworkPolicy, metadata: {name: closed}, \
    spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, ingress: [{name: all, action: Deny, from: [{namespaces: {}}]}]}}";

/// Two namespaces that nothing else covers, one of which enforces.
fn two(stages: [&str; 2]) -> String {
    let of = |(name, stage): (&str, &str)| {
        let namespace = declared(stage).replace("name: shop", &format!("name: {name}"));
        let web = deployment("web").replace("namespace: shop", &format!("namespace: {name}"));
        format!("{namespace}\n---\n{web}")
    };
    ["a", "b"].into_iter().zip(stages).map(of).collect::<Vec<_>>().join("\n---\n")
}

#[test]
fn a_policy_of_the_cluster_is_refused_for_those_who_enforce() {
    let delete = |stages| {
        let mut ask = Ask::delete(&[], TIER).settings(&format!(
            "{{coverage: {{accept: [admin]}}, {}",
            PRODUCTION.trim_start_matches('{')
        ));
        ask.world = live(&two(stages));
        ask.world.put(one(TIER));
        ask.verdict()
    };
    let told = |stages| {
        let verdict = delete(stages);
        let denials: Vec<String> =
            verdict.denials().map(|finding| finding.message.clone()).collect();
        (verdict.mode, denials, verdict.would_deny.len())
    };
    let (mode, denials, would_deny) = told(["prod", "lab"]);
    assert_eq!((mode, denials.len(), would_deny), (Mode::Enforce, 1, 1));
    assert!(denials[0].contains("leaves namespace a less covered"), "{denials:?}");
    assert_eq!(told(["lab", "lab"]), (Mode::Audit, vec![], 1));
}
