//! One application as a repository holds it: a namespace, its policies, a workload and its Service, a file each.

use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::{Value, json};

use crate::objects::{DECLARATION, allow_neighbours_to, deny_ingress, deployment, namespace};
use crate::stage::Stage;

/// The application `web` in a namespace whose team brings the default-deny.
pub(super) struct Bundle {
    pub(super) namespace: String,
    pub(super) objects: Vec<Value>,
}

impl Bundle {
    /// Namespace, default-deny, an allow-rule, Deployment, Service.
    pub(super) fn whole(namespace_name: String) -> Self {
        let mut bundle = Self::undeclared(namespace_name);
        bundle.objects[0]["metadata"]["labels"] = json!({DECLARATION: "self"});
        bundle
    }

    /// The same, but the namespace does not say how it gets its default-deny.
    pub(super) fn undeclared(namespace_name: String) -> Self {
        let service = json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
            "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
        });
        let mut objects = vec![namespace(&namespace_name, &[])];
        for mut object in
            [deny_ingress(), allow_neighbours_to("allow-web", "web"), deployment("web"), service]
        {
            object["metadata"]["namespace"] = json!(namespace_name);
            objects.push(object);
        }
        Self { namespace: namespace_name, objects }
    }

    /// What is of these kinds.
    pub(super) fn only(&self, kinds: &[&str]) -> Vec<Value> {
        let is_one = |object: &&Value| kinds.iter().any(|kind| object["kind"] == *kind);
        self.objects.iter().filter(is_one).cloned().collect()
    }

    /// Writes a file for each object, in a folder of the scenario; `file` names it by kind and name.
    pub(super) fn write(
        &self,
        stage: &Stage,
        file: impl Fn(&str, &str) -> String,
    ) -> Result<PathBuf> {
        let folder = stage.plane.folder().join("bundles").join(&self.namespace);
        std::fs::create_dir_all(&folder)?;
        for object in &self.objects {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let name = file(&text(&object["kind"]), &text(&object["metadata"]["name"]));
            std::fs::write(folder.join(name), object.to_string())?;
        }
        Ok(folder)
    }
}

/// The path as an argument.
pub(super) fn argument(path: &Path) -> String {
    path.display().to_string()
}
