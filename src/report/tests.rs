use crate::manifest::{Input, Note, ReadError, read};
use crate::model::RuleLevel;

use super::{Exempted, FailOn, Outcome, Report, Resource, Row, json, text};

const FILE: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec:
  egress:
  - to: [{podSelector: {}}]
";

fn row(rule: &str, level: RuleLevel, path: &str, fix: Option<&str>) -> Row {
    let input = read("a.yaml", FILE.as_bytes());
    Row {
        rule: rule.to_owned(),
        level,
        resource: Some(Resource {
            api_version: "networking.k8s.io/v1".to_owned(),
            kind: "NetworkPolicy".to_owned(),
            namespace: Some("shop".to_owned()),
            name: "api".to_owned(),
        }),
        path: (!path.is_empty()).then(|| path.to_owned()),
        message: format!("what {rule} says"),
        fix: fix.map(str::to_owned),
        fingerprint: "0123456789abcdef".to_owned(),
        location: Some(input.documents[0].location(path)),
        chart_template: None,
    }
}

fn broken() -> Vec<ReadError> {
    let Input { errors, .. } = read("b.yaml", b"a: 1\n---\nspec:\n  x: [1\n");
    errors
}

fn report() -> Report {
    let mut bare = row("about-the-cluster", RuleLevel::Audit, "", None);
    (bare.resource, bare.location) = (None, None);
    let rows = vec![
        bare,
        row("second", RuleLevel::Warn, "/spec/egress/0", Some("kind: X\nspec: {}\n")),
        row("first", RuleLevel::Deny, "/spec", Some("kind: X\nspec: {}\n")),
    ];
    let note =
        Note { location: rows[1].location.clone().unwrap(), text: "something to know".to_owned() };
    Report::new(rows, broken(), vec![note], 9)
}

#[test]
fn text_shows_lines_fixes_and_numbers() {
    let expected = "\
error: YAML syntax: unclosed bracket '['
 --> b.yaml:4:6
  |
4 |   x: [1
  |      ^

deny[first]: what first says
 --> a.yaml:4:1
  |
4 | spec:
  | ^^^^
  |
  = in: NetworkPolicy shop/api
  = fix: apply this, or write it in the manifest

    kind: X
    spec: {}

warn[second]: what second says
 --> a.yaml:6:5
  |
6 |   - to: [{podSelector: {}}]
  |     ^^
  |
  = in: NetworkPolicy shop/api
  = fix: as at a.yaml:4:1

audit[about-the-cluster]: what about-the-cluster says

note: something to know
 --> a.yaml:6:5
  |
6 |   - to: [{podSelector: {}}]
  |     ^^

9 objects: 1 deny, 1 warn, 1 audit, 1 error in the input; `portcullis explain first` says more
";
    assert_eq!(text(&report(), false), expected);
}

#[test]
fn colours_only_when_asked() {
    assert!(!text(&report(), false).contains('\u{1b}'));
    assert!(text(&report(), true).contains("\u{1b}[91mdeny[first]"));
}

#[test]
fn nothing_found_is_one_line() {
    let report = Report::new(Vec::new(), Vec::new(), Vec::new(), 1);
    assert_eq!(text(&report, true), "1 object: 0 deny, 0 warn, 0 audit\n");
}

#[test]
fn control_characters_of_the_input_do_not_reach_the_terminal() {
    let name = "a\u{1b}[31m\n.yaml";
    let errors = read(name, b"a: \"\x1b[31m\" \x1b[32m\n").errors;
    let mut hostile = row("first", RuleLevel::Deny, "", Some("x: \u{1b}[31m\n"));
    hostile.message = "says\n\u{1b}[31mthis".to_owned();
    hostile.chart_template = Some("\u{1b}[31m".to_owned());
    let report = Report::new(vec![hostile], errors, Vec::new(), 1);
    let page = text(&report, false);
    assert!(page.contains(" --> a [31m .yaml:1:"), "{page}");
    assert!(page.contains("chart template:"), "{page}");
    assert!(page.chars().all(|character| character == '\n' || !character.is_control()), "{page:?}");
}

const JSON: &str = r#"{
  "version": 1,
  "findings": [
    {
      "rule": "about-the-cluster",
      "level": "audit",
      "resource": null,
      "path": null,
      "message": "what about-the-cluster says",
      "fix": null,
      "fingerprint": "0123456789abcdef",
      "location": null
    }
  ],
  "exempted": [
    {
      "rule": "first",
      "level": "deny",
      "resource": {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "namespace": "shop",
        "name": "api"
      },
      "path": "/spec",
      "message": "what first says",
      "fix": "kind: X\nspec: {}\n",
      "fingerprint": "0123456789abcdef",
      "location": {
        "file": "a.yaml",
        "line": 4,
        "column": 1
      },
      "reason": "migration",
      "until": null
    }
  ],
  "errors": [
    {
      "file": "b.yaml",
      "line": 4,
      "column": 6,
      "reason": "YAML syntax: unclosed bracket '['"
    }
  ],
  "summary": {
    "deny": 1,
    "warn": 1,
    "audit": 1,
    "objects": 9
  }
}
"#;

#[test]
fn json_has_one_stable_shape() {
    let mut report = report();
    report.findings.truncate(1);
    report.exempted.push(Exempted {
        row: report.findings.remove(0),
        reason: "migration".to_owned(),
        until: None,
    });
    let mut bare = row("about-the-cluster", RuleLevel::Audit, "", None);
    (bare.resource, bare.location) = (None, None);
    report.findings.push(bare);
    assert_eq!(json(&report), JSON);
}

#[test]
fn rows_are_sorted_by_place_then_rule() {
    let rows = [("b", "/spec/egress/0"), ("c", "/spec"), ("a", "/spec/egress/0"), ("d", "")];
    let rows = rows.map(|(rule, path)| row(rule, RuleLevel::Warn, path, None)).to_vec();
    let report = Report::new(rows, Vec::new(), Vec::new(), 1);
    let order: Vec<&str> = report.findings.iter().map(|row| row.rule.as_str()).collect();
    assert_eq!(order, ["d", "c", "a", "b"]);
}

#[test]
fn outcomes_and_their_codes() {
    let of = |level, errors| {
        let rows = vec![row("first", level, "", None)];
        Report::new(rows, errors, Vec::new(), 1)
    };
    let table = [
        (RuleLevel::Deny, FailOn::Deny, Outcome::Findings, 1),
        (RuleLevel::Warn, FailOn::Deny, Outcome::Passed, 0),
        (RuleLevel::Warn, FailOn::Warn, Outcome::Findings, 1),
        (RuleLevel::Audit, FailOn::Warn, Outcome::Passed, 0),
        (RuleLevel::Deny, FailOn::Never, Outcome::Passed, 0),
    ];
    for (level, fail_on, outcome, code) in table {
        assert_eq!(of(level, Vec::new()).outcome(fail_on), outcome, "{level} {fail_on:?}");
        assert_eq!(outcome.code(), code);
        assert_eq!(of(level, broken()).outcome(fail_on), Outcome::Invalid, "{level} {fail_on:?}");
    }
    assert_eq!((Outcome::Usage.code(), Outcome::Invalid.code()), (2, 3));
    assert!(Outcome::Usage > Outcome::Invalid && Outcome::Invalid > Outcome::Findings);
}
