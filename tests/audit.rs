//! `portcullis audit` as a user runs it on the files of a cluster: exit codes, what is above the findings, what is left out.
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it when they fail")]

use std::process::{Command, Output};

use serde_json::Value;

const STATE: &str = "docs/examples/before.yaml";

fn audit(arguments: &[&str]) -> Output {
    let state = ["audit", "--manifests", STATE];
    Command::new(env!("CARGO_BIN_EXE_portcullis")).args(state).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn exit_codes() {
    let table: [(&[&str], i32); 7] = [
        (&[], 1),
        (&["--format", "json"], 1),
        (&["--fail-on", "never"], 0),
        (&["--namespace", "shop"], 0),
        (&["--namespace", "shop", "--namespace", "billing"], 1),
        (&["--namespace", "shop", "--namespace", "bilding"], 2),
        (&["--kubeconfig", "none"], 2),
    ];
    for (arguments, code) in table {
        let output = audit(arguments);
        assert_eq!(output.status.code().unwrap(), code, "{arguments:?}: {output:?}");
    }
    let mistyped = audit(&["--namespace", "bilding"]);
    assert_eq!(text(&mistyped.stderr), "portcullis: there is no namespace bilding\n");
}

#[test]
fn broken_files_are_told_and_hide_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.yaml");
    std::fs::write(&broken, "a: [\n").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .args(["audit", "--manifests", STATE, broken.to_str().unwrap()])
        .output()
        .unwrap();
    assert_eq!(output.status.code().unwrap(), 3);
    assert!(text(&output.stdout).contains("deny[uncovered-workload]: Deployment invoices"));
}

#[test]
fn people_read_first_what_enforcing_would_refuse() {
    let output = audit(&["--namespace", "shop"]);
    let expected =
        "Before you enforce: nothing would be refused\n\n2 objects: 0 deny, 0 warn, 0 audit\n";
    assert_eq!(text(&output.stdout), expected);
    let output = audit(&["--namespace", "legacy"]);
    let expected = "Before you enforce: nothing would be refused\n\nExemptions that will count:\n";
    assert!(text(&output.stdout).starts_with(expected), "{}", text(&output.stdout));
}

#[test]
fn programs_read_the_report_of_check() {
    let audited: Value = serde_json::from_slice(&audit(&["--format", "json"]).stdout).unwrap();
    let checked = Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .args(["check", STATE, "--format", "json"])
        .output()
        .unwrap();
    let checked: Value = serde_json::from_slice(&checked.stdout).unwrap();
    assert_eq!(audited, checked);
}
