//! One request of the demo.

use anyhow::Context;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::object::Kind;

/// One request, and what is announced to come of it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Step {
    pub(super) title: String,
    #[serde(default = "validate")]
    endpoint: String,
    pub(super) operation: String,
    /// `allow`, `deny`, `patch` or `warn`.
    pub(super) expect: String,
    #[serde(default)]
    pub(super) dry_run: bool,
    #[serde(default)]
    field_manager: String,
    #[serde(default)]
    pub(super) object: Value,
    #[serde(default)]
    pub(super) old_object: Value,
}

fn validate() -> String {
    "validate".to_owned()
}

impl Step {
    pub(super) fn read(text: &str) -> anyhow::Result<Vec<Self>> {
        serde_saphyr::from_multiple(text).context("the embedded requests are broken")
    }

    pub(super) fn path(&self) -> String {
        format!("/{}?timeout=10s", self.endpoint)
    }

    /// The object that the request is about.
    pub(super) fn subject(&self) -> &Value {
        if self.object.is_null() { &self.old_object } else { &self.object }
    }

    /// The AdmissionReview as an API server sends it.
    pub(super) fn review(&self, index: usize) -> Value {
        let subject = self.subject();
        let text =
            |pointer: &str| subject.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (api_version, kind) = (text("/apiVersion"), text("/kind"));
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        let plural = Kind::of(api_version, kind).map_or("", Kind::plural);
        let name = text("/metadata/name");
        let namespace = if kind == "Namespace" { name } else { text("/metadata/namespace") };
        json!({
            "apiVersion": "admission.k8s.io/v1",
            "kind": "AdmissionReview",
            "request": {
                "uid": format!("00000000-0000-4000-8000-{index:012}"),
                "kind": {"group": group, "version": version, "kind": kind},
                "resource": {"group": group, "version": version, "resource": plural},
                "name": name,
                "namespace": namespace,
                "operation": self.operation,
                "userInfo": {"username": "alice", "groups": ["system:authenticated"]},
                "object": self.object,
                "oldObject": self.old_object,
                "dryRun": self.dry_run,
                "options": {"fieldManager": self.field_manager},
            },
        })
    }

    /// What came of it, in the word that `expect` uses.
    pub(super) fn outcome(response: &Value) -> String {
        let response = &response["response"];
        let word = match response["allowed"].as_bool() {
            Some(true) if !response["patch"].is_null() => "patch",
            Some(true) if !response["warnings"].is_null() => "warn",
            Some(true) => "allow",
            Some(false) => "deny",
            None => "no answer",
        };
        word.to_owned()
    }
}
