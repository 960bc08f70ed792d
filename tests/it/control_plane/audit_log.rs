//! What the API server wrote down: the ground truth about which request came when, from whom, and how it ended.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::Value;

/// The audit log of the run, shared by all scenarios: ask for your own namespaces.
pub(crate) struct AuditLog(PathBuf);

impl AuditLog {
    pub(super) const fn new(file: PathBuf) -> Self {
        Self(file)
    }

    /// The answered requests that touched `namespace` or its objects, in the order of their answers.
    pub(crate) fn of_namespace(&self, namespace: &str) -> Result<Vec<Value>> {
        self.of_namespaces(|name| name == namespace)
    }

    /// The answered requests that touched these namespaces or their objects, in the order of their answers.
    pub(crate) fn of_namespaces(&self, is_asked: impl Fn(&str) -> bool) -> Result<Vec<Value>> {
        let text =
            std::fs::read(&self.0).with_context(|| format!("reading {}", self.0.display()))?;
        let complete =
            text.iter().rposition(|byte| *byte == b'\n').map_or(&[][..], |end| &text[..end]);
        let mut events = Vec::new();
        for line in complete.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let event: Value = serde_json::from_slice(line)?;
            let object = &event["objectRef"];
            // The creation of a Namespace names it as the object only.
            let name = match &object["namespace"] {
                Value::String(namespace) => namespace.as_str(),
                _ if object["resource"] == "namespaces" => {
                    object["name"].as_str().unwrap_or_default()
                }
                _ => "",
            };
            if is_asked(name) {
                events.push(event);
            }
        }
        Ok(events)
    }
}
