//! `portcullis reach` and `portcullis test` as a user runs them: exit codes, streams, formats.
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it when they fail")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

const STATE: &str = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db-only-from-api, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress: [{from: [{podSelector: {matchLabels: {app: api}}}], ports: [{port: 5432}]}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web}]}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec: {template: {metadata: {labels: {app: db}}, spec: {containers: [{name: db}]}}}
";

const TESTS: &str = "apiVersion: portcullis.dev/v1alpha1
kind: ConnectivityTest
tests:
- name: web reaches the database
  from: shop/deployment/web
  to: shop/statefulset/db
  port: 5432/TCP
  expect: allow
- name: an api reaches it
  from: shop/app=api
  to: shop/statefulset/db
  port: 5432
  expect: allow
";

fn run(folder: &Path, line: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command.args(line.split_whitespace()).current_dir(folder).output().unwrap()
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text_of(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn exit_codes_of_reach() {
    let broken = format!("{STATE}---\na: [\n");
    let folder = folder(&[("all.yaml", STATE), ("broken.yaml", &broken)]);
    for (line, code) in [
        ("shop/deployment/web 192.0.2.1:443 --manifests all.yaml", 0),
        ("shop/app=api shop/sts/db:5432 --manifests all.yaml", 0),
        ("shop/deployment/web shop/sts/db:5432 --manifests all.yaml", 1),
        ("shop/deployment/web shop/sts/db:5432 --manifests broken.yaml", 3),
        ("shop/deployment/wep shop/sts/db:5432 --manifests all.yaml", 2),
        ("shop shop/sts/db:5432 --manifests all.yaml", 2),
        ("shop/deployment/web shop/sts/db:5432 --manifests missing.yaml", 2),
        ("shop/deployment/web shop/sts/db --verify --manifests all.yaml", 2),
    ] {
        let output = run(folder.path(), &format!("reach {line}"));
        assert_eq!(output.status.code(), Some(code), "{line}: {}", text_of(&output.stderr));
    }
}

#[test]
fn the_answer_as_json() {
    let folder = folder(&[("all.yaml", STATE)]);
    let line =
        "reach shop/deployment/web shop/statefulset/db:5432 --manifests all.yaml --format json";
    let found = json_of(&run(folder.path(), line));
    let wanted = json!({"answer": "deny", "port": "5432/TCP", "because": ["shop/db-only-from-api"],
        "missing": [{"direction": "ingress", "isolated_by": ["shop/db-only-from-api"]}]});
    for (field, value) in wanted.as_object().unwrap() {
        assert_eq!(&found[field], value, "{found:#}");
    }
}

#[test]
fn the_fix_that_it_offers_allows_it() {
    let folder = folder(&[("all.yaml", STATE)]);
    let line = "reach shop/deployment/web shop/statefulset/db:5432 --manifests . --format json";
    let denied = run(folder.path(), line);
    assert_eq!(denied.status.code(), Some(1));
    fs::write(folder.path().join("fix.yaml"), json_of(&denied)["fix"].as_str().unwrap()).unwrap();
    let allowed = run(folder.path(), line);
    assert_eq!(allowed.status.code(), Some(0));
    assert_eq!(json_of(&allowed)["because"], json!(["shop/allow-from-web"]));
}

#[test]
fn results_have_a_stable_shape() {
    let folder = folder(&[("all.yaml", STATE), ("tests.yaml", TESTS)]);
    let output = run(folder.path(), "test tests.yaml --manifests all.yaml --format json");
    assert_eq!(output.status.code(), Some(1));
    let result = |name: &str, actual: &str| json!({"name": name, "expected": "allow", "actual": actual, "because": ["shop/db-only-from-api"]});
    let wanted = [result("web reaches the database", "deny"), result("an api reaches it", "allow")];
    assert_eq!(json_of(&output), json!({"results": wanted}));
}

#[test]
fn a_failure_says_where_and_why() {
    let folder = folder(&[("all.yaml", STATE), ("tests.yaml", TESTS)]);
    let output = run(folder.path(), "test tests.yaml --manifests all.yaml");
    let text = text_of(&output.stdout);
    let line = "tests.yaml:4:3: shop/deployment/web to shop/statefulset/db on TCP 5432 should be allowed and is denied, because of shop/db-only-from-api";
    assert!(text.contains(line), "{text}");
    assert!(text.ends_with("\n1 passed, 1 failed\n"), "{text}");
    let junit = run(folder.path(), "test tests.yaml --manifests all.yaml --format junit");
    let text = text_of(&junit.stdout);
    assert!(text.contains("tests=\"2\"") && text.contains("failures=\"1\""), "{text}");
}

#[test]
fn exit_codes_of_test() {
    let passing = TESTS.replacen("expect: allow", "expect: deny", 1);
    let typo = TESTS.replacen("expect: allow", "expects: allow", 1);
    let port = TESTS.replacen("5432/TCP", "http", 1);
    let gone = passing.replacen("deployment/web", "deployment/wep", 1);
    let folder = folder(&[
        ("all.yaml", STATE),
        ("passing.yaml", &passing),
        ("typo.yaml", &typo),
        ("port.yaml", &port),
        ("gone.yaml", &gone),
    ]);
    for (file, code, said) in [
        ("passing.yaml", 0, ""),
        ("gone.yaml", 1, ""),
        ("typo.yaml", 3, "typo.yaml:8:3: unknown field `expects`"),
        ("port.yaml", 3, "port.yaml:7:3: \"http\" is no port"),
        ("all.yaml", 2, "no document of kind ConnectivityTest"),
    ] {
        let output = run(folder.path(), &format!("test {file} --manifests all.yaml"));
        assert_eq!(output.status.code(), Some(code), "{file}: {}", text_of(&output.stderr));
        assert!(text_of(&output.stderr).contains(said), "{}", text_of(&output.stderr));
    }
}

#[test]
fn tests_may_lie_beside_the_manifests() {
    let folder = folder(&[("all.yaml", STATE), ("tests.yaml", TESTS)]);
    let output = run(folder.path(), "test . --manifests .");
    assert_eq!(output.status.code(), Some(1), "{}", text_of(&output.stderr));
    let checked = run(folder.path(), "check . --format json --fail-on never");
    assert_eq!(json_of(&checked)["errors"], json!([]));
}

const CALICO: &str = "---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: nobody-but-web}
spec:
  order: 10
  selector: app == 'db'
  ingress:
  - {action: Allow, protocol: TCP, source: {selector: app == 'web', namespaceSelector: projectcalico.org/name == 'shop'}, destination: {ports: [5432]}}
  - {action: Deny}
";

#[test]
fn policies_of_calico_decide_in_their_order() {
    let folder = folder(&[("all.yaml", &format!("{STATE}{CALICO}")), ("tests.yaml", TESTS)]);
    let output =
        run(folder.path(), "reach shop/deployment/web shop/sts/db:5432 --manifests all.yaml");
    let wanted = "allowed: shop/deployment/web to shop/statefulset/db on TCP 5432
  egress of shop/deployment/web: no policy isolates it
  ingress of shop/statefulset/db: admitted by nobody-but-web /spec/ingress/0
";
    assert_eq!(text_of(&output.stdout), wanted);
    let output = run(folder.path(), "test tests.yaml --manifests all.yaml");
    let text = text_of(&output.stdout);
    let line = "shop/app=api to shop/statefulset/db on TCP 5432 should be allowed and is denied, because of nobody-but-web";
    assert!(text.contains(line) && text.ends_with("\n1 passed, 1 failed\n"), "{text}");
}
