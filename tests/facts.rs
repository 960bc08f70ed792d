//! `portcullis facts` and `--facts` as a user runs them: what is written is read, and counts.
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it when they fail")]
#![expect(clippy::disallowed_methods, reason = "a test reads what the command wrote")]

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;

const CLUSTER: &str = "docs/examples/cluster.yaml";
const FACTS: &str = "docs/examples/facts.yaml";
const EGRESS: &str = "docs/examples/shop-egress.yaml";

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_portcullis")).args(arguments).output().unwrap()
}

#[track_caller]
fn printed(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The rules that find something, and how many notes there are.
fn found(arguments: &[&str]) -> (Vec<String>, usize) {
    let report: Value =
        serde_json::from_str(&printed(&[arguments, &["--format", "json"]].concat())).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    let rules = findings.map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect();
    (rules, report["notes"].as_array().map_or(0, Vec::len))
}

#[test]
fn the_facts_of_the_example_are_those_of_its_cluster() {
    let facts = printed(&["facts", "--manifests", CLUSTER]);
    assert_eq!(facts, fs::read_to_string(FACTS).unwrap());
    assert_eq!(printed(&["facts", "--manifests", EGRESS, "--facts", FACTS]), facts);
    let json = printed(&["facts", "--manifests", CLUSTER, "--format", "json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["facts"]["cni"]["name"], "calico");
}

#[test]
fn check_knows_what_facts_tell() {
    let dns = vec!["egress-without-dns".to_owned()];
    assert_eq!(found(&["check", EGRESS, "--facts", FACTS]), (dns, 0));
    assert_eq!(found(&["check", EGRESS]).0, Vec::<String>::new());
}

#[test]
fn every_namespace_is_known_with_facts() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.yaml");
    let policy = |label: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: a, namespace: shop}}\nspec:\n  \
             podSelector: {{}}\n  ingress: [{{from: [{{namespaceSelector: {{matchLabels: {{{label}}}}}}}]}}]\n"
        )
    };
    let path = file.to_str().unwrap();
    let rules = |label: &str, more: &[&str]| {
        fs::write(&file, policy(label)).unwrap();
        found(&[&["check", path], more].concat()).0
    };
    let unmatched = vec!["unmatched-namespace-selector".to_owned()];
    assert_eq!(rules("team: web", &[]), Vec::<String>::new(), "nothing is known of namespaces");
    assert_eq!(rules("team: web", &["--facts", FACTS]), unmatched);
    assert_eq!(rules("team: web", &["--facts", FACTS, "--partial"]), unmatched);
    let declared = "portcullis.dev/default-deny: self";
    assert_eq!(rules(declared, &["--facts", FACTS]), Vec::<String>::new());
}

#[test]
fn a_file_that_is_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("facts.yaml");
    let path = file.to_str().unwrap();
    for (text, reason) in [
        ("mode: audit\n", "facts.yaml"),
        ("apiVersion: v1\nkind: Facts\n", "expected apiVersion"),
        ("apiVersion: portcullis.dev/v1alpha1\nkind: Facts\nfacts: {dns: {port: 1}}\n", "line 3"),
    ] {
        fs::write(&file, text).unwrap();
        let output = run(&["check", EGRESS, "--facts", path]);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(reason), "{told}");
    }
    assert_eq!(run(&["check", EGRESS, "--facts", "nowhere.yaml"]).status.code(), Some(2));
}
