//! Calico's definitions in the cluster: as it stores its objects (`crd.projectcalico.org/v1`), or as it serves them
//! (`projectcalico.org/v3`), which it can store instead.
//!
//! The former are those that the project publishes. Its module of that version knows no tiers: `spec.tier` of policies is
//! added here, and the definition of a tier is reduced to the fields that it has. The module with the latter cannot be had:
//! they are the former under the other name. `types` that nobody wrote are filled in by an admission policy that Calico brings
//! along; here they are written.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::kubectl::Outcome;
use crate::objects::list;
use crate::stage::Stage;
use crate::wait::until;

/// The group, version and definitions of one way to keep objects.
#[derive(Clone, Copy)]
pub(crate) struct Api {
    group: &'static str,
    version: &'static str,
}

/// As they are stored behind an API server of Calico's own.
pub(crate) const STORED: Api = Api { group: "crd.projectcalico.org", version: "v1" };
/// As they are served, and stored since Calico 3.32 where there is no such server.
pub(crate) const NATIVE: Api = Api { group: "projectcalico.org", version: "v3" };

/// Plural, and how metrics call the kind; the last is written here.
const KINDS: [(&str, &str); 5] = [
    ("globalnetworkpolicies", "GlobalNetworkPolicy"),
    ("networkpolicies", "Calico NetworkPolicy"),
    ("globalnetworksets", "GlobalNetworkSet"),
    ("networksets", "NetworkSet"),
    ("tiers", "Tier"),
];

impl Api {
    /// An object of this kind without a namespace of its own.
    pub(crate) fn object(self, kind: &str, name: &str, spec: &Value) -> Value {
        let api_version = format!("{}/{}", self.group, self.version);
        json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, "spec": spec})
    }

    /// What kubectl calls this plural.
    pub(crate) fn resource(self, plural: &str) -> String {
        format!("{plural}.{}", self.group)
    }

    fn definition(self, stage: &Stage, plural: &str) -> Result<Value> {
        if plural == "tiers" {
            return Ok(self.tiers());
        }
        let file = stage.plane.definition(&format!("calico-{plural}"));
        let text = std::fs::read_to_string(&file).with_context(|| format!("{}", file.display()))?;
        let mut definition: Value = serde_saphyr::from_str(&text)?;
        definition["metadata"]["name"] = json!(self.resource(plural));
        definition["spec"]["group"] = json!(self.group);
        definition["spec"]["versions"][0]["name"] = json!(self.version);
        if plural.ends_with("policies") {
            let schema = &mut definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
            schema["properties"]["spec"]["properties"]["tier"] = json!({"type": "string"});
        }
        if let Some(fields) = definition.as_object_mut() {
            fields.remove("status");
        }
        Ok(definition)
    }

    fn tiers(self) -> Value {
        let action = json!({"type": "string", "enum": ["Pass", "Deny"]});
        let spec = json!({"type": "object", "properties": {"order": {"type": "number"}, "defaultAction": action}});
        let schema = json!({"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}});
        json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": self.resource("tiers")},
            "spec": {
                "group": self.group, "scope": "Cluster",
                "names": {"kind": "Tier", "listKind": "TierList", "plural": "tiers", "singular": "tier"},
                "versions": [{"name": self.version, "served": true, "storage": true, "schema": schema}],
            },
        })
    }

    /// Installs the definitions, and waits until Portcullis watches their objects.
    pub(crate) async fn install(self, stage: &Stage) -> Result<()> {
        let definitions = KINDS
            .iter()
            .map(|(plural, _)| self.definition(stage, plural))
            .collect::<Result<Vec<_>>>()?;
        let apply = ["apply", "--server-side", "--force-conflicts", "-f", "-"];
        stage.kubectl(&apply, &list(&definitions).to_string()).await?.admitted()?;
        for (plural, _) in KINDS {
            stage.wait_until_established(&self.resource(plural)).await?;
        }
        until_watched(stage, true).await
    }

    /// Takes the definitions away, and every object with them.
    pub(crate) async fn uninstall(self, stage: &Stage) -> Result<()> {
        let names = KINDS.map(|(plural, _)| self.resource(plural));
        let mut delete = vec!["delete", "crd", "--ignore-not-found"];
        delete.extend(names.iter().map(String::as_str));
        stage.kubectl(&delete, "").await?.admitted()?;
        until_watched(stage, false).await
    }
}

/// Waits until Calico's kinds are watched, or none of them is.
async fn until_watched(stage: &Stage, wanted: bool) -> Result<()> {
    let (webhook, _) = stage.webhook()?;
    let what = if wanted { "watches of Calico's kinds" } else { "the end of their watches" };
    until(Duration::from_mins(1), what, || async {
        let metrics = webhook.ask("/metrics").await?;
        let is_watched = |(_, kind): &(&str, &str)| {
            metrics.contains(&format!("portcullis_cache_age_seconds{{kind=\"{kind}\"}}"))
        };
        Ok(KINDS.iter().all(|kind| is_watched(kind) == wanted).then_some(()))
    })
    .await
}

/// `kubectl apply` of several objects at once.
pub(crate) async fn apply(stage: &Stage, objects: &[Value]) -> Result<Outcome> {
    stage.kubectl(&["apply", "-f", "-"], &list(objects).to_string()).await
}
