//! `portcullis audit` on a live cluster, with the rights that deploy/ gives.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tokio::process::Command;

use crate::objects::{deny_ingress, deployment};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;

pub(crate) const SCENARIOS: &[Scenario] =
    scenarios![what_enforcing_would_refuse_is_told_and_mended, a_young_namespace_is_given_time,];

/// How the program ended, and what it printed.
struct Audited {
    code: i32,
    printed: String,
}

async fn audit(stage: &Stage, kubeconfig: &Path, arguments: &[&str]) -> Result<Audited> {
    let output = Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .args(["audit", "--kubeconfig"])
        .arg(kubeconfig)
        .args(arguments)
        .env("HOME", stage.plane.folder())
        .env_remove("KUBECONFIG")
        .output()
        .await?;
    let errors = String::from_utf8_lossy(&output.stderr);
    // The shipped rights leave nothing unread.
    ensure!(errors.is_empty(), "{arguments:?} said:\n{errors}");
    let code = output.status.code().context("it was killed")?;
    Ok(Audited { code, printed: String::from_utf8(output.stdout)? })
}

/// The `ServiceAccount` of deploy/, which may read and nothing else.
async fn reader(stage: &Stage) -> Result<PathBuf> {
    let arguments = ["create", "token", "portcullis", "--duration=1h"];
    let token = stage.within("portcullis-system", &arguments).await?.admitted()?.stdout;
    stage.plane.write_kubeconfig(&stage.prefix, token.trim(), stage.plane.port())
}

/// The rule and the object of every finding that denies.
fn denials(report: &Value) -> Result<Vec<String>> {
    let findings = report["findings"].as_array().context("findings")?.iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut denials: Vec<String> = findings
        .filter(|row| row["level"] == "deny")
        .map(|row| {
            let resource = &row["resource"];
            let [namespace, name] = ["namespace", "name"].map(|field| text(&resource[field]));
            format!("{} {} {namespace}/{name}", text(&row["rule"]), text(&resource["kind"]))
        })
        .collect();
    denials.sort();
    Ok(denials)
}

async fn what_enforcing_would_refuse_is_told_and_mended(stage: &Stage) -> Result<()> {
    let billing = stage.old("billing", &[deployment("invoices")]).await?;
    let legacy = stage.old("legacy", &[deployment("mainframe"), deployment("tape")]).await?;
    let shop = stage.declared("shop").await?;
    stage.apply(&shop, &deny_ingress()).await?.admitted()?;
    stage.apply(&shop, &deployment("web")).await?.admitted()?;
    let reader = reader(stage).await?;

    let ours = ["--namespace", &billing, "--namespace", &legacy, "--namespace", &shop];
    let as_json = [&ours[..], &["--format", "json"]].concat();
    let found = audit(stage, &reader, &as_json).await?;
    let report: Value = serde_json::from_str(&found.printed)?;
    let expected = [
        format!("missing-default-deny Namespace /{billing}"),
        format!("missing-default-deny Namespace /{legacy}"),
        format!("uncovered-workload Deployment {billing}/invoices"),
        format!("uncovered-workload Deployment {legacy}/mainframe"),
        format!("uncovered-workload Deployment {legacy}/tape"),
        format!("undeclared-namespace Namespace /{billing}"),
        format!("undeclared-namespace Namespace /{legacy}"),
    ];
    ensure!((denials(&report)?, found.code) == (expected.to_vec(), 1), "{report:#}");

    let text = audit(stage, &reader, &ours).await?.printed;
    let summary = format!(
        "Before you enforce: 2 namespaces are not ready, with 3 workloads that would be refused if created now\n\n\
         {billing}\n  missing-default-deny\n  uncovered-workload (1): Deployment invoices\n  undeclared-namespace\n\
         {legacy}\n  missing-default-deny\n  uncovered-workload (2): Deployment mainframe and Deployment tape\n  undeclared-namespace\n"
    );
    ensure!(text.starts_with(&summary), "{text}");
    let all = audit(stage, &reader, &[]).await?;
    ensure!(
        all.code == 1 && all.printed.contains(&format!("\n{billing}\n  missing")),
        "{}",
        all.printed
    );

    let fixes = report["findings"].as_array().context("findings")?.iter();
    let mut fixes: Vec<&str> = fixes.filter_map(|row| row["fix"].as_str()).collect();
    fixes.sort_unstable();
    fixes.dedup();
    // A policy is there before its namespace is declared.
    fixes.sort_by_key(|fix| fix.contains("kind: Namespace\n"));
    for fix in fixes {
        stage.kubectl(&["apply", "-f", "-"], fix).await?.admitted()?;
    }
    let mended = audit(stage, &reader, &ours).await?;
    ensure!(mended.code == 0, "{}", mended.printed);
    ensure!(
        mended.printed.starts_with("Before you enforce: nothing would be refused\n"),
        "{}",
        mended.printed
    );
    Ok(())
}

async fn a_young_namespace_is_given_time(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    let reader = reader(stage).await?;
    let young = audit(stage, &reader, &["--namespace", &shop]).await?;
    ensure!(young.code == 0, "{}", young.printed);
    let settings = stage.plane.folder().join("no-grace.yaml");
    std::fs::write(&settings, "namespaces: {grace: 0s}\n")?;
    let settings = settings.display().to_string();
    let at_once = audit(stage, &reader, &["--namespace", &shop, "--config", &settings]).await?;
    ensure!(
        at_once.code == 1
            && at_once.printed.contains(&format!("\n{shop}\n  missing-default-deny\n")),
        "{}",
        at_once.printed
    );
    Ok(())
}
