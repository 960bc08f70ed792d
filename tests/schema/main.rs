//! `portcullis schema`: what the README, the examples and the commands show is valid by the schemas, and nonsense is not.
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it when they fail")]
#![expect(clippy::disallowed_methods, reason = "a test reads the examples")]

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

mod valid;

const README: &str = include_str!("../../README.md");

fn run(arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_portcullis")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn schema(of: &str) -> Value {
    run(&["schema", of])
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

fn example(name: &str) -> String {
    fs::read_to_string(format!("docs/examples/{name}")).unwrap()
}

#[track_caller]
fn accepts(schema: &Value, value: &Value) {
    assert_eq!(valid::broken(value, schema, schema), Vec::<String>::new(), "{value:#}");
}

#[track_caller]
fn refuses(schema: &Value, value: &Value) {
    assert_ne!(valid::broken(value, schema, schema), Vec::<String>::new(), "{value:#}");
}

#[test]
fn settings() {
    let schema = schema("settings");
    let blocks = README.split("```yaml\n").skip(1).map(|rest| rest.split("\n```").next().unwrap());
    let shown: Vec<&str> = blocks
        .filter(|block| {
            let starts = |with| block.starts_with(with);
            block.contains("kind: Settings") || starts("facts:") || starts("controller:")
        })
        .collect();
    assert_eq!(shown.len(), 3);
    for block in shown {
        accepts(&schema, &yaml(block));
    }
    accepts(&schema, &json!({"rules": {"allow-all": "deny"}}));
    refuses(&schema, &json!({"rules": {"allow-nothing": "deny"}}));
    refuses(&schema, &json!({"rules": {"allow-all": "never"}}));
    refuses(&schema, &json!({"mode": "loud"}));
    let overridden = |rule: &str| {
        let selector = json!({"matchLabels": {"stage": "lab"}});
        json!({"overrides": [{"namespaceSelector": selector, "mode": "audit", "rules": {rule: "warn"}}]})
    };
    accepts(&schema, &overridden("allow-all"));
    refuses(&schema, &overridden("allow-nothing"));
    refuses(&schema, &json!({"overrides": [{"mode": "audit"}]}));
    refuses(&schema, &json!({"namespace": {}}));
    refuses(&schema, &json!({"kind": "Facts"}));
    let template = |template: Value| json!({"controller": {"templates": [template]}});
    accepts(&schema, &template(json!("allow-dns")));
    refuses(&schema, &template(json!("allow-dsn")));
    refuses(&schema, &template(json!({"name": "a"})));
    refuses(&schema, &template(json!({"name": "a", "spec": []})));
    refuses(&schema, &template(json!({"name": "a", "spec": {}, "when": "always"})));
    let cni = |name: &str| json!({"facts": {"cni": {"name": name}}});
    accepts(&schema, &cni("calico"));
    refuses(&schema, &cni("telepathy"));
}

#[test]
fn facts() {
    let schema = schema("facts");
    accepts(&schema, &yaml(&example("facts.yaml")));
    accepts(&schema, &run(&["facts", "--manifests", "src/facts/file_tests", "--format", "json"]));
    let mut unknown = yaml(&example("facts.yaml"));
    unknown["facts"]["dns"]["servers"][0]["colour"] = json!("red");
    refuses(&schema, &unknown);
    refuses(&schema, &json!({"apiVersion": "v1", "kind": "Facts"}));
    refuses(&schema, &json!({"facts": {}}));
}

#[test]
fn connectivity_tests() {
    let schema = schema("connectivity-test");
    let test = yaml(&example("connectivity.yaml"));
    accepts(&schema, &test);
    let mut wrong = test.clone();
    wrong["tests"][0]["expect"] = json!("maybe");
    refuses(&schema, &wrong);
    let mut wrong = test;
    wrong["tests"][0]["port"] = json!(70_000);
    refuses(&schema, &wrong);
}

#[test]
fn reports() {
    let schema = schema("report");
    let arguments = ["--facts", "docs/examples/facts.yaml", "--format", "json"];
    let report = run(&[&["check", "docs/examples/shop-egress.yaml"][..], &arguments].concat());
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    accepts(&schema, &report);
    let mut wrong = report;
    wrong["findings"][0]["level"] = json!("loud");
    refuses(&schema, &wrong);
}

#[test]
fn connections() {
    let schema = schema("connections");
    let found = run(&["connections", "docs/examples/shop.yaml", "--format", "json"]);
    assert!(!found["connections"].as_array().unwrap().is_empty());
    accepts(&schema, &found);
    let mut wrong = found;
    wrong["connections"][0]["from"] = json!("everybody");
    refuses(&schema, &wrong);
}
