//! What deploy/ holds, without a cluster: it must agree with the program it installs.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use libtest_mimic::{Failed, Trial};
use portcullis::model::Settings;
use serde_json::{Value, json};

use crate::installation::{manifests, settings};

type Check = fn() -> Result<()>;

/// The checks, each a test that always runs.
pub(crate) fn trials() -> Vec<Trial> {
    let checks: [(&str, Check); 4] = [
        ("the_shipped_settings_are_the_defaults", the_shipped_settings_are_the_defaults),
        ("the_rights_of_the_webhook_are_read_only", the_rights_of_the_webhook_are_read_only),
        ("the_controller_deletes_reports_alone", the_controller_deletes_reports_alone),
        ("every_entry_excludes_the_same_namespaces", every_entry_excludes_the_same_namespaces),
    ];
    let trial = |(name, check): (&str, Check)| {
        Trial::test(format!("offline::{name}"), move || {
            check().map_err(|error| Failed::from(format!("{error:#}")))
        })
    };
    checks.map(trial).into()
}

fn the_shipped_settings_are_the_defaults() -> Result<()> {
    let shipped = Settings::parse("deploy/20-settings.yaml", &settings()?, &[])?;
    ensure!(
        shipped == Settings::default(),
        "deploy/20-settings.yaml differs from the defaults: {shipped:#?}"
    );
    Ok(())
}

/// The webhook answers to everybody, so its account writes nothing.
fn the_rights_of_the_webhook_are_read_only() -> Result<()> {
    let rules = rights(|name| name != "portcullis-controller")?;
    for rule in &rules {
        // The question who may loosen is asked by creating a review, which is stored nowhere.
        let asks = *rule
            == json!({"apiGroups": ["authorization.k8s.io"], "resources": ["subjectaccessreviews"], "verbs": ["create"]});
        let verbs = texts(&rule["verbs"]);
        let reads = verbs == ["get", "list", "watch"].into() || verbs == ["get"].into();
        ensure!(reads || asks, "more than reading: {rule}");
        is_narrow(rule)?;
    }
    Ok(())
}

/// The controller writes what it is for, and can take no protection away: it deletes nothing but its own reports.
fn the_controller_deletes_reports_alone() -> Result<()> {
    let rules = rights(|name| name == "portcullis-controller")?;
    let mut written = BTreeSet::new();
    for rule in &rules {
        is_narrow(rule)?;
        let (verbs, resources) = (texts(&rule["verbs"]), texts(&rule["resources"]));
        ensure!(!verbs.contains("*") && !verbs.contains("deletecollection"), "too wide: {rule}");
        let are_reports = resources.iter().all(|resource| resource.ends_with("reports"));
        ensure!(!verbs.contains("delete") || are_reports, "it deletes: {rule}");
        written.extend(resources);
    }
    let expected = [
        "clusterpolicyreports",
        "clusterreports",
        "events",
        "leases",
        "namespaces",
        "networkpolicies",
        "policyreports",
        "reports",
    ];
    ensure!(written == expected.into(), "it writes other things: {written:?}");
    Ok(())
}

/// The rules of all roles whose name `is_asked`.
fn rights(is_asked: impl Fn(&str) -> bool) -> Result<Vec<Value>> {
    let mut rules = Vec::new();
    for manifest in manifests()? {
        let is_asked = manifest["metadata"]["name"].as_str().is_some_and(&is_asked);
        // Webhook configurations have `rules` deeper down.
        if let (true, Some(granted)) = (is_asked, manifest["rules"].as_array()) {
            rules.extend(granted.iter().cloned());
        }
    }
    ensure!(!rules.is_empty(), "no rights at all");
    Ok(rules)
}

fn is_narrow(rule: &Value) -> Result<()> {
    let resources = texts(&rule["resources"]);
    ensure!(!resources.contains("secrets") && !resources.contains("*"), "too wide: {rule}");
    let is_named = !texts(&rule["resourceNames"]).is_empty();
    ensure!(!resources.contains("configmaps") || is_named, "all ConfigMaps: {rule}");
    Ok(())
}

fn every_entry_excludes_the_same_namespaces() -> Result<()> {
    let manifests = manifests()?;
    let entries = manifests.iter().filter_map(|manifest| manifest["webhooks"].as_array()).flatten();
    // Cluster-scoped policies are in no namespace, and those of kube-system have an entry of their own.
    let others = ["cluster-policies.portcullis.dev", "system-policies.portcullis.dev"];
    let entries =
        entries.filter(|entry| !others.contains(&entry["name"].as_str().unwrap_or_default()));
    for entry in entries {
        let expression = &entry["namespaceSelector"]["matchExpressions"][0];
        ensure!(
            expression["key"] == "kubernetes.io/metadata.name" && expression["operator"] == "NotIn",
            "{entry}"
        );
        let excluded = ["kube-node-lease", "kube-public", "kube-system", "portcullis-system"];
        ensure!(texts(&expression["values"]) == excluded.into(), "{entry}");
    }
    Ok(())
}

fn texts(list: &Value) -> BTreeSet<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}
