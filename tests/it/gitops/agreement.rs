//! `check` on a bundle says what admission says once the bundle has settled.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::bundle::{Bundle, argument};
use crate::objects::{allow_all, allow_neighbours_to, deployment, policy, workload};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![check_says_what_admission_says];

/// A bundle, and what is changed in it.
type Variation = (&'static str, fn(&mut Bundle));

const VARIATIONS: [Variation; 11] = [
    ("whole", |_| ()),
    ("undeclared", |bundle| bundle.objects[0]["metadata"]["labels"] = json!({})),
    ("unknown-declaration", |bundle| {
        bundle.objects[0]["metadata"]["labels"]["portcullis.dev/default-deny"] = json!("soon");
    }),
    ("privileged", |bundle| {
        bundle.objects[0]["metadata"]["labels"] = json!({"portcullis.dev/enforce": "privileged"});
        bundle.without("NetworkPolicy");
    }),
    ("no-policy", |bundle| bundle.without("NetworkPolicy")),
    ("policy-for-others", |bundle| {
        bundle.without("NetworkPolicy");
        bundle.add(allow_neighbours_to("others", "others"));
    }),
    ("allow-all-beside", |bundle| bundle.add(allow_all("open"))),
    ("allow-all-alone", |bundle| {
        bundle.without("NetworkPolicy");
        bundle.add(allow_all("open"));
    }),
    ("restricted", |bundle| {
        bundle.objects[0]["metadata"]["labels"]["portcullis.dev/enforce"] = json!("restricted");
    }),
    ("restricted-and-closed", |bundle| {
        bundle.objects[0]["metadata"]["labels"]["portcullis.dev/enforce"] = json!("restricted");
        bundle.add(policy("deny-egress", &json!({"podSelector": {}, "policyTypes": ["Egress"]})));
    }),
    ("many-kinds", |bundle| {
        bundle.without("NetworkPolicy");
        bundle.add(allow_neighbours_to("web", "web"));
        bundle.add(deployment("naked"));
        bundle.add(workload("CronJob", "nightly"));
    }),
];

impl Bundle {
    fn without(&mut self, kind: &str) {
        self.objects.retain(|object| object["kind"] != kind);
    }

    fn add(&mut self, mut object: Value) {
        object["metadata"]["namespace"] = json!(self.namespace);
        self.objects.push(object);
    }
}

async fn check_says_what_admission_says(stage: &Stage) -> Result<()> {
    for (name, vary) in VARIATIONS {
        let mut bundle = Bundle::whole(stage.name(name));
        vary(&mut bundle);
        let folder = bundle.write(stage, |kind, name| match kind {
            "Namespace" => "0.json".to_owned(),
            _ => format!("{kind}-{name}.json"),
        })?;
        compare(stage, &folder).await.with_context(|| format!("the bundle {name}"))?;
    }
    Ok(())
}

async fn compare(stage: &Stage, folder: &Path) -> Result<()> {
    let checked = checked(folder)?;
    let apply = ["apply", "-f", &argument(folder)];
    // The first time an object may come before what it needs; the second time everything that can be there is.
    stage.kubectl(&apply, "").await?;
    let settled = stage.kubectl(&apply, "").await?;
    let denials = settled.stderr.split("denied the request: ").skip(1);
    let refused: BTreeSet<String> = denials
        .filter_map(|denial| denial.split_once(": ").map(|(rule, _)| rule.to_owned()))
        .collect();
    ensure!(
        checked.is_empty() == (settled.code == 0),
        "check says {checked:?}, and admission {settled}"
    );
    // Of one and the same fault check tells all that there is to tell, a request only what it is about.
    ensure!(
        refused.is_subset(&checked),
        "check says {checked:?}, admission {refused:?}: {settled}"
    );
    Ok(())
}

/// The rules that deny in a folder.
fn checked(folder: &Path) -> Result<BTreeSet<String>> {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .args(["check", "--format", "json"])
        .arg(folder)
        .output()?;
    let report: Value = serde_json::from_slice(&output.stdout)?;
    let findings = report["findings"].as_array().context("a report has findings")?.iter();
    let denials = findings.filter(|row| row["level"] == "deny");
    Ok(denials.filter_map(|row| row["rule"].as_str().map(str::to_owned)).collect())
}
