//! `portcullis check` as a user runs it: exit codes, places, formats, streams.
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it when they fail")]
#![expect(clippy::disallowed_methods, reason = "a test reads what the command wrote")]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const NAMESPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels: {portcullis.dev/default-deny: self, name: shop}\n";
const POLICY: &str = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: default-deny, namespace: shop}\nspec: {podSelector: {}, policyTypes: [Ingress]}\n";
const IMPLIED: &str = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: implied, namespace: shop}\nspec: {podSelector: {}, egress: [{to: [{podSelector: {}}]}]}\n";

fn check(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .arg("check")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[track_caller]
fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

#[test]
fn exit_codes() {
    let folder = folder(&[
        ("good/all.yaml", &format!("{NAMESPACE}---\n{POLICY}")),
        ("warned/all.yaml", &format!("{NAMESPACE}---\n{IMPLIED}")),
        ("denied/all.yaml", NAMESPACE),
        ("broken/all.yaml", &format!("{NAMESPACE}---\na: [\n")),
        ("settings.yaml", "rulez: {}\n"),
    ]);
    let table: [(&[&str], i32); 12] = [
        (&["good"], 0),
        (&["good", "--fail-on", "warn"], 0),
        (&["warned"], 0),
        (&["warned", "--fail-on", "warn"], 1),
        (&["denied"], 1),
        (&["denied", "--format", "json"], 1),
        (&["denied", "--fail-on", "never"], 0),
        (&["broken", "--fail-on", "never"], 3),
        (&["nowhere"], 2),
        (&[], 2),
        (&["broken", "--config", "settings.yaml"], 2),
        (&["good", "--config", "nowhere.yaml"], 2),
    ];
    for (arguments, expected) in table {
        let output = check(folder.path(), arguments);
        assert_eq!(code(&output), expected, "{arguments:?}: {output:?}");
    }
}

#[test]
fn folders_are_searched_in_order_and_one_broken_file_hides_no_other() {
    let folder = folder(&[
        ("b/policy.json", "{\"apiVersion\": \"v1\", \"kind\":"),
        ("a/namespace.yml", NAMESPACE),
        ("a/notes.txt", "a: [\n"),
        ("c.yaml", "a: [\n"),
    ]);
    let output = check(folder.path(), &[".", "--format", "json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let files: Vec<&str> =
        report["errors"].as_array().unwrap().iter().filter_map(|e| e["file"].as_str()).collect();
    assert_eq!(files, ["./b/policy.json", "./c.yaml"]);
    assert_eq!(report["findings"][0]["location"]["file"], "./a/namespace.yml");
    assert_eq!(report["summary"]["objects"], 1);
    assert_eq!((report["version"].as_i64(), code(&output)), (Some(1), 3));
}

#[test]
fn standard_input_is_read_and_nothing_is_coloured_in_a_pipe() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .args(["check", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(NAMESPACE.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let page = text(&output.stdout);
    assert!(page.starts_with("deny[missing-default-deny]: namespace shop"), "{page}");
    assert!(page.contains(" --> -:4:3\n  |\n4 |   name: shop\n  |   ^^^^\n"), "{page}");
    assert!(!page.contains('\u{1b}'));
    assert_eq!(code(&output), 1);
}

#[test]
fn objects_without_a_namespace_are_in_the_one_that_is_named() {
    let policy = POLICY.replace(", namespace: shop", "");
    let folder = folder(&[("all.yaml", &format!("{NAMESPACE}---\n{policy}"))]);
    assert_eq!(code(&check(folder.path(), &["all.yaml"])), 1);
    assert_eq!(code(&check(folder.path(), &["all.yaml", "--namespace", "shop"])), 0);
}

#[test]
fn several_reports_of_one_run_say_the_same() {
    let folder = folder(&[("all.yaml", NAMESPACE)]);
    let arguments = ["all.yaml", "--format", "json", "--output", "report.json", "--format", "text"];
    let output = check(folder.path(), &arguments);
    let report: Value =
        serde_json::from_slice(&fs::read(folder.path().join("report.json")).unwrap()).unwrap();
    assert_eq!((&report["summary"]["deny"], code(&output)), (&1.into(), 1));
    assert!(text(&output.stdout).contains("1 object: 1 deny, "), "{output:?}");
}
