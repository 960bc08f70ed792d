//! Exemptions, and who may loosen.

use crate::model::Right;

use super::{Ask, DECLARED, UNDECLARED, messages, policy};

const REASON: &str = "portcullis.dev/exempt-reason: measured until the end of the year";

/// The namespace `shop`, declared, with these annotations.
fn shop(annotations: &str) -> String {
    DECLARED.replace("labels:", &format!("annotations: {{{annotations}}}, labels:"))
}

/// A Deployment with these annotations of its own and of its template.
fn deployment(own: &str, template: &str) -> String {
    format!(
        "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: web, namespace: shop, uid: d, annotations: {{{own}}}}}, \
         spec: {{template: {{metadata: {{labels: {{app: web}}, annotations: {{{template}}}}}, spec: {{}}}}}}}}"
    )
}

/// A Pod with these annotations that says that it belongs to the ReplicaSet `owner`.
fn pod(annotations: &str, app: &str, owner: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: web-1, namespace: shop, labels: {{app: {app}}}, annotations: {{{annotations}}}, \
         ownerReferences: [{{apiVersion: apps/v1, kind: ReplicaSet, name: web, uid: {owner}, controller: true}}]}}, spec: {{}}}}"
    )
}

fn replica_set() -> String {
    "{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: web, namespace: shop, uid: r, \
     ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: d, controller: true}]}, \
     spec: {template: {metadata: {labels: {app: web, pod-template-hash: x}}, spec: {}}}}"
        .to_owned()
}

fn exempt() -> String {
    format!("portcullis.dev/exempt: uncovered-workload, {REASON}")
}

fn until(end: &str) -> String {
    format!("{}, portcullis.dev/exempt-until: \"{end}\"", exempt())
}

#[test]
fn an_exempt_workload_is_admitted_and_the_verdict_knows_why() {
    let ask = Ask::create(&[DECLARED], &deployment(&exempt(), "")).right(Right::Granted);
    let verdict = ask.warned_by(&[]);
    let exempted: Vec<&str> = verdict.exempted.iter().map(|finding| finding.rule.name).collect();
    assert_eq!(exempted, ["uncovered-workload"]);
    assert!(
        verdict.notes[0].contains("becomes exempt from uncovered-workload"),
        "{:?}",
        verdict.notes
    );
}

#[test]
fn a_namespace_exempts_what_is_in_it() {
    Ask::create(&[&shop(&exempt())], &deployment("", "")).admitted();
    let other = format!("portcullis.dev/exempt: allow-all, {REASON}");
    Ask::create(&[&shop(&other)], &deployment("", "")).denied_by(&["uncovered-workload"]);
}

#[test]
fn an_exemption_counts_until_its_end_without_any_event() {
    Ask::create(&[&shop(&until("2026-11-22"))], &deployment("", "")).admitted();
    Ask::create(&[&shop(&until("2026-11-21"))], &deployment("", ""))
        .denied_by(&["uncovered-workload"]);
    Ask::create(&[&shop(&until("2026-11-22T11:59:59Z"))], &deployment("", ""))
        .denied_by(&["uncovered-workload"]);
}

#[test]
fn a_void_exemption_is_said_where_it_is_written() {
    let void = "portcullis.dev/exempt: uncovered-workload";
    let verdict =
        Ask::create(&[DECLARED], &deployment(void, "")).denied_by(&["uncovered-workload"]);
    let warnings: Vec<&str> = verdict.warnings().map(|finding| finding.rule.name).collect();
    assert_eq!(warnings, ["void-exemption"]);
    assert!(verdict.refusals.is_empty(), "{:?}", verdict.refusals);
}

#[test]
fn pods_are_exempt_with_their_controller_and_never_by_their_own_word() {
    let (owner, set) = (deployment(&exempt(), ""), replica_set());
    Ask::create(&[DECLARED, &owner, &set], &pod("", "web", "r")).admitted();
    let (plain, boast) = (deployment("", &exempt()), pod(&exempt(), "web", "r"));
    let verdict = Ask::create(&[DECLARED, &plain, &set], &boast).denied_by(&["uncovered-workload"]);
    assert!(verdict.refusals.is_empty(), "what a template says loosens nothing");
    // Another pod that claims the same controller, and a controller that does not exist.
    for forged in [pod("", "other", "r"), pod(&exempt(), "web", "nobody")] {
        Ask::create(&[DECLARED, &owner, &set], &forged).denied_by(&["uncovered-workload"]);
    }
}

#[test]
fn a_new_or_longer_exemption_needs_the_right() {
    let forever = deployment(&exempt(), "");
    let (short, long) =
        (deployment(&until("2026-12-01"), ""), deployment(&until("2026-12-31"), ""));
    for (before, after) in [(None, &forever), (Some(&short), &long), (Some(&short), &forever)] {
        let ask = || Ask::new(&[DECLARED], before.map(String::as_str), Some(after.as_str()));
        let verdict = ask().verdict();
        assert_eq!(verdict.asks.as_deref(), Some("shop"));
        assert!(verdict.is_denied(), "until the API server has answered");
        for right in [Right::Refused, Right::Unanswered] {
            let verdict = ask().right(right).verdict();
            assert!(verdict.is_denied() && verdict.asks.is_none(), "{:#?}", messages(&verdict));
            assert!(verdict.refusals[0].contains("jane"), "{:?}", verdict.refusals);
        }
        ask().right(Right::Granted).warned_by(&[]);
    }
    for (before, after) in [(&long, &short), (&forever, &long), (&long, &long)] {
        let verdict = Ask::update(&[DECLARED], before, after).verdict();
        assert!(!verdict.is_denied() && verdict.asks.is_none(), "{:#?}", messages(&verdict));
    }
}

#[test]
fn only_rules_that_would_deny_are_guarded() {
    let mild = format!("portcullis.dev/exempt: allow-all, {REASON}");
    let verdict = Ask::create(&[], &shop(&mild)).verdict();
    assert!(!verdict.is_denied() && verdict.asks.is_none());
    let strict = Ask::create(&[], &shop(&mild)).settings("rules: {allow-all: deny}");
    assert_eq!(strict.verdict().asks.as_deref(), Some("shop"));
}

#[test]
fn the_right_is_asked_on_a_dry_run_too_and_not_where_nothing_is_refused() {
    let ask = || Ask::create(&[], &shop(&exempt()));
    assert!(ask().on_dry_run().right(Right::Refused).verdict().is_denied());
    for mode in ["audit", "warn"] {
        let verdict = ask().settings(&format!("mode: {mode}")).verdict();
        assert!(!verdict.is_denied() && verdict.asks.is_none(), "{mode}");
    }
}

#[test]
fn an_exemption_that_goes_or_ends_never_refuses_an_edit() {
    let (exempt, plain) = (deployment(&exempt(), ""), deployment("", ""));
    Ask::update(&[DECLARED], &exempt, &plain).warned_by(&["uncovered-workload"]);
    let ended = deployment(&until("2026-11-01"), "");
    Ask::update(&[DECLARED], &ended, &ended).warned_by(&["uncovered-workload", "void-exemption"]);
}

#[test]
fn a_lower_profile_and_a_weaker_declaration_need_the_right() {
    let lower = DECLARED.replace("labels: {", "labels: {portcullis.dev/enforce: privileged, ");
    for (before, after) in
        [(Some(DECLARED), lower.as_str()), (Some(DECLARED), UNDECLARED), (None, lower.as_str())]
    {
        let ask = || Ask::new(&[], before, Some(after));
        assert_eq!(ask().verdict().asks.as_deref(), Some("shop"));
        assert!(ask().right(Right::Refused).verdict().is_denied());
        assert!(!ask().right(Right::Granted).verdict().is_denied());
    }
    Ask::update(&[], &lower, DECLARED).warned_by(&["missing-default-deny"]);
}

/// What is said on a policy about one workload is silenced with that workload.
#[test]
fn a_policy_is_silent_about_an_exempt_workload() {
    let own = policy(
        "own",
        "{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {}}]}]}",
    );
    let wide = "{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: wide, namespace: shop}, \
        spec: {endpointSelector: {}, ingress: [{fromEntities: [all]}]}}";
    let exempt = deployment(&format!("portcullis.dev/exempt: mixed-policy-engines, {REASON}"), "");
    Ask::create(&[DECLARED, wide, &exempt], &own).admitted();
    Ask::create(&[DECLARED, &own, &exempt], wide).admitted();
    let verdict = Ask::create(&[DECLARED, &own, wide], &exempt).warned_by(&[]);
    let exempted: Vec<&str> = verdict.exempted.iter().map(|finding| finding.rule.name).collect();
    assert_eq!(exempted, ["mixed-policy-engines"]);
    Ask::create(&[DECLARED, &own, wide], &deployment("", "")).warned_by(&["mixed-policy-engines"]);
}
