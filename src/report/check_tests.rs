use jiff::Timestamp;

use crate::manifest::read;
use crate::model::{Now, RuleLevel, Settings};

use super::{FailOn, Options, Outcome, Report, check};

const NAMESPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels: {portcullis.dev/default-deny: self, name: shop}\n";
const MANAGED: &str = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels: {portcullis.dev/default-deny: managed, name: shop}\n";
const POLICY: &str = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: default-deny, namespace: shop}\nspec: {podSelector: {}, policyTypes: [Ingress]}\n";
const WORKLOAD: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata:\n      labels: {app: web}\n    spec: {containers: [{name: web, image: web}]}\n";

fn judged(settings: &Settings, options: &Options, documents: &[&str]) -> Report {
    let input = read("a.yaml", documents.join("---\n").as_bytes());
    check(vec![input], settings, options, Now(Timestamp::UNIX_EPOCH))
}

fn report(documents: &[&str]) -> Report {
    judged(&Settings::default(), &Options::default(), documents)
}

fn found(report: &Report) -> Vec<(&str, RuleLevel, Option<String>)> {
    let place = |row: &super::Row| row.location.as_ref().map(ToString::to_string);
    report.findings.iter().map(|row| (row.rule.as_str(), row.level, place(row))).collect()
}

fn notes(report: &Report) -> Vec<String> {
    report.notes.iter().map(|note| format!("{}: {}", note.location, note.text)).collect()
}

#[test]
fn a_covered_namespace_is_fine() {
    let report = report(&[NAMESPACE, POLICY, WORKLOAD]);
    assert_eq!(found(&report), []);
    assert_eq!((report.summary.objects, notes(&report)), (3, Vec::new()));
    assert_eq!(report.outcome(FailOn::Warn), Outcome::Passed);
}

#[test]
fn what_is_missing_is_found_where_it_is_written() {
    let report = report(&[NAMESPACE, WORKLOAD]);
    let expected = [
        ("missing-default-deny", RuleLevel::Deny, Some("a.yaml:4:3".to_owned())),
        ("uncovered-workload", RuleLevel::Deny, Some("a.yaml:14:7".to_owned())),
    ];
    assert_eq!(found(&report), expected);
    assert_eq!(report.outcome(FailOn::Deny), Outcome::Findings);
}

#[test]
fn levels_of_a_namespace_hold_here_too_and_no_mode() {
    let settings = crate::sample::settings(
        "overrides: [{namespaceSelector: {matchLabels: {name: shop}}, mode: audit, rules: {uncovered-workload: warn}}]",
    );
    let report = judged(&settings, &Options::default(), &[NAMESPACE, WORKLOAD]);
    let levels: Vec<(&str, RuleLevel)> =
        found(&report).into_iter().map(|(rule, level, _)| (rule, level)).collect();
    let expected =
        [("missing-default-deny", RuleLevel::Deny), ("uncovered-workload", RuleLevel::Warn)];
    assert_eq!(levels, expected);
}

#[test]
fn the_order_of_files_is_a_note_and_no_finding() {
    let report = report(&[WORKLOAD, NAMESPACE, POLICY]);
    assert_eq!(found(&report), []);
    assert_eq!(
        notes(&report),
        [
            "a.yaml:3:12: Deployment shop/web comes before the policy that isolates it for ingress: the first `kubectl apply` is refused; put policies first",
            "a.yaml:14:3: Namespace shop comes behind Deployment shop/web: the first `kubectl apply` refuses what comes before it; put it first",
        ]
    );
    let chart: Vec<String> = [WORKLOAD, NAMESPACE, POLICY]
        .map(|document| format!("# Source: shop/templates/all.yaml\n{document}"))
        .to_vec();
    let chart: Vec<&str> = chart.iter().map(String::as_str).collect();
    assert_eq!(notes(&self::report(&chart)), Vec::<String>::new());
}

#[test]
fn workloads_of_unseen_namespaces_are_judged_and_only_reported_when_the_input_is_partial() {
    let partial = Options { partial: true, ..Options::default() };
    let levels = |report: &Report| -> Vec<RuleLevel> {
        report.findings.iter().map(|row| row.level).collect()
    };
    assert_eq!(levels(&report(&[WORKLOAD])), [RuleLevel::Deny]);
    let settings = Settings::default();
    assert_eq!(levels(&judged(&settings, &partial, &[WORKLOAD])), [RuleLevel::Audit]);
    let seen = judged(&settings, &partial, &[NAMESPACE, WORKLOAD]);
    assert_eq!(levels(&seen), [RuleLevel::Deny, RuleLevel::Deny]);
}

#[test]
fn managed_namespaces_have_the_policy_that_the_controller_creates() {
    let mut settings = Settings::default();
    settings.controller.enabled = true;
    let report = judged(&settings, &Options::default(), &[MANAGED, WORKLOAD]);
    assert_eq!((found(&report), notes(&report)), (Vec::new(), Vec::new()));
    // What is only warned about the controller does not close.
    settings.profile.warn = crate::model::Profile::Restricted;
    let report = judged(&settings, &Options::default(), &[MANAGED, WORKLOAD]);
    let rules: Vec<(String, RuleLevel)> =
        report.findings.iter().map(|row| (row.rule.clone(), row.level)).collect();
    let expected = ["missing-default-deny", "uncovered-workload"]
        .map(|rule| (rule.to_owned(), RuleLevel::Warn));
    assert_eq!(rules, expected);
    settings.profile.warn = crate::model::Profile::Baseline;
    settings.controller.enabled = false;
    let report = judged(&settings, &Options::default(), &[MANAGED, WORKLOAD]);
    assert_eq!(report.findings.len(), 3, "{:?}", found(&report));
}

#[test]
fn broken_input_hides_nothing_and_weighs_more_than_findings() {
    let invalid = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a, namespace: shop}\nspec: {podSelector: {}, ingress: [{from: [{}]}]}\n";
    let report = report(&["a: [\n", NAMESPACE, invalid, WORKLOAD]);
    assert_eq!(report.errors.len(), 2);
    assert_eq!(found(&report).len(), 2, "an invalid policy covers nothing");
    assert_eq!(report.outcome(FailOn::Never), Outcome::Invalid);
}

#[test]
fn fingerprints_survive_moving() {
    let of = |documents: &[&str]| -> Vec<String> {
        report(documents).findings.into_iter().map(|row| row.fingerprint).collect()
    };
    let (mut here, mut moved) =
        (of(&[NAMESPACE, WORKLOAD]), of(&["# more\n", WORKLOAD, NAMESPACE]));
    here.sort();
    moved.sort();
    assert_eq!(here, moved);
    assert_ne!(here[0], here[1]);
}

#[test]
fn reports_do_not_depend_on_the_run() {
    let documents = [WORKLOAD, NAMESPACE, "a: [\n"];
    assert_eq!(super::text(&report(&documents), false), super::text(&report(&documents), false));
    assert_eq!(super::json(&report(&documents)), super::json(&report(&documents)));
}

#[test]
fn what_is_about_the_cluster_has_no_resource_and_no_place() {
    let settings = crate::sample::settings("facts: {cni: {name: flannel, enforces: no}}");
    let report = judged(&settings, &Options::default(), &[NAMESPACE, POLICY]);
    let place = Some("a.yaml:9:12".to_owned());
    let expected = [
        ("policy-not-enforced", RuleLevel::Warn, place),
        ("policy-not-enforced", RuleLevel::Warn, None),
    ];
    assert_eq!(found(&report), expected);
    let row = &report.findings[1];
    assert_eq!((&row.resource, &row.path), (&None, &None));
    assert_ne!(row.fingerprint, report.findings[0].fingerprint);
}
