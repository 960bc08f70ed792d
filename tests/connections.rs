//! `portcullis connections` and `portcullis diff` as a user runs them: exit codes, streams, formats.
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it when they fail")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

const STATE: &str = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: default-deny, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: pg}]}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Egress]
  egress: [{to: [{podSelector: {matchLabels: {app: db}}}]}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web}]}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, ports: [{name: pg, containerPort: 5432}]}]}
";

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command.args(arguments).current_dir(folder).output().unwrap()
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

/// `Deployment shop/web` to `StatefulSet shop/db` on this port.
fn web_to_db(first: u16, last: u16) -> Value {
    json!({"from": {"kind": "Deployment", "namespace": "shop", "name": "web"},
        "to": {"kind": "StatefulSet", "namespace": "shop", "name": "db"},
        "allowed": [{"protocol": "TCP", "first": first, "last": last}], "unknown": []})
}

#[test]
fn who_may_talk_to_whom() {
    let folder = folder(&[("all.yaml", STATE)]);
    let output = run(folder.path(), &["connections", "all.yaml", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text_of(&output.stderr));
    assert_eq!(json_of(&output), json!({"connections": [web_to_db(5432, 5432)]}));
    let output = run(folder.path(), &["connections", "."]);
    assert_eq!(
        text_of(&output.stdout),
        "StatefulSet shop/db\n  from Deployment shop/web: TCP 5432\n"
    );
}

#[test]
fn a_graph_in_every_format() {
    let folder = folder(&[("all.yaml", STATE)]);
    for (format, begin) in [("dot", "digraph connections {"), ("html", "<!DOCTYPE html>")] {
        let output = run(folder.path(), &["connections", "all.yaml", "--format", format]);
        assert_eq!(output.status.code(), Some(0));
        let text = text_of(&output.stdout);
        assert!(text.starts_with(begin) && text.contains("StatefulSet shop/db"), "{text}");
    }
}

#[test]
fn a_broken_document_hides_nothing() {
    let broken = format!("{STATE}---\nkind: [\n");
    let folder = folder(&[("all.yaml", &broken)]);
    let output = run(folder.path(), &["connections", "all.yaml", "--format", "json"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(text_of(&output.stderr).contains("all.yaml:"), "{}", text_of(&output.stderr));
    let found = json_of(&output);
    assert_eq!(found["connections"], json!([web_to_db(5432, 5432)]));
    assert_eq!(found["errors"].as_array().unwrap().len(), 1);
}

#[test]
fn what_a_change_opens_and_closes() {
    let wider = STATE.replace("ports: [{port: pg}]", "ports: [{port: 5400, endPort: 5499}]");
    let folder = folder(&[("old.yaml", STATE), ("new.yaml", &wider), ("broken.yaml", "a: [")]);
    let diff = |old, new, format| run(folder.path(), &["diff", old, new, "--format", format]);
    let same = diff("old.yaml", "old.yaml", "text");
    assert_eq!(
        (same.status.code(), text_of(&same.stdout)),
        (Some(0), "No connection is opened or closed.\n")
    );
    let wider = diff("old.yaml", "new.yaml", "json");
    assert_eq!(wider.status.code(), Some(1));
    let mut opened = web_to_db(5400, 5431);
    opened["allowed"]
        .as_array_mut()
        .unwrap()
        .push(json!({"protocol": "TCP", "first": 5433, "last": 5499}));
    assert_eq!(json_of(&wider), json!({"opened": [opened], "closed": []}));
    let back = diff("new.yaml", "old.yaml", "text");
    let line = "closed Deployment shop/web -> StatefulSet shop/db: TCP 5400-5431,5433-5499\n";
    assert_eq!(text_of(&back.stdout), format!("{line}\n0 opened, 1 closed\n"));
    assert_eq!(diff("old.yaml", "broken.yaml", "text").status.code(), Some(3));
    assert_eq!(diff("old.yaml", "missing.yaml", "text").status.code(), Some(2));
}

const CALICO: &str = "---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: databases}
spec:
  order: 10
  selector: app == 'db'
  ingress: [{action: Allow, protocol: TCP, source: {selector: app == 'web'}, destination: {ports: ['80:81']}}, {action: Pass, protocol: UDP}]
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: clients}
spec: {order: 10, selector: app == 'web', egress: [{action: Allow, destination: {nets: [192.0.2.0/24]}}]}
";

#[test]
fn policies_of_calico_decide_with_the_others() {
    let both = format!("{STATE}{CALICO}");
    let folder = folder(&[("old.yaml", STATE), ("new.yaml", &both)]);
    let output = run(folder.path(), &["connections", "new.yaml"]);
    assert_eq!(
        text_of(&output.stdout),
        "Deployment shop/web
  to   outside 192.0.2.0/24: everything

StatefulSet shop/db
  from Deployment shop/web: TCP 80-81,5432, all UDP
  from outside 0.0.0.0/0: all UDP
"
    );
    let output = run(folder.path(), &["diff", "old.yaml", "new.yaml"]);
    let text = text_of(&output.stdout);
    assert!(
        text.contains("opened Deployment shop/web -> StatefulSet shop/db: TCP 80-81, all UDP\n"),
        "{text}"
    );
}
