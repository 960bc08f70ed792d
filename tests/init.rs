//! `portcullis init` as a user runs it: what it writes is what `check` asks for.
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it when they fail")]

use std::process::{Command, Output};

use serde_json::Value;

const FACTS: &str = "docs/examples/facts.yaml";

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_portcullis")).args(arguments).output().unwrap()
}

fn written(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn check_finds_nothing_in_what_it_writes() {
    for profile in ["baseline", "restricted"] {
        let namespace = format!(
            "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels: {{name: shop, portcullis.dev/default-deny: self, portcullis.dev/enforce: {profile}}}\n---\n"
        );
        let policies = written(&["init", "shop", "--profile", profile, "--facts", FACTS]);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("policies.yaml");
        std::fs::write(&file, namespace + &policies).unwrap();
        let file = file.to_str().unwrap();
        let report = written(&["check", file, "--facts", FACTS, "--format", "json"]);
        let report: Value = serde_json::from_str(&report).unwrap();
        let summary = &report["summary"];
        assert_eq!(
            (&report["findings"], &report["errors"]),
            (&Value::Array(vec![]), &Value::Array(vec![])),
            "{profile}"
        );
        assert_eq!(summary["objects"], if profile == "baseline" { 3 } else { 4 });
    }
}

#[test]
fn the_profile_is_the_namespaces_own_without_another() {
    let manifests = ["init", "shop", "--manifests", "docs/examples/cluster.yaml"];
    let own = written(&manifests);
    assert!(own.contains("# allow-dns is left out: egress is open here"), "{own}");
    assert_eq!(own, written(&[&manifests[..], &["--profile", "baseline"]].concat()));
    assert_ne!(own, written(&[&manifests[..], &["--profile", "restricted"]].concat()));
}

#[test]
fn what_asks_for_no_policy_gets_none() {
    let output = run(&["init", "kube-system", "--facts", FACTS]);
    assert_eq!((output.status.code(), output.stdout), (Some(2), Vec::new()));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        said,
        "portcullis: the profile of namespace kube-system asks for no policy; name another with --profile\n"
    );
}
