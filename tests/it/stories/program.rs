//! The program on a terminal, with the rights of whoever sits there.

use anyhow::{Context as _, Result};
use serde_json::Value;
use tokio::process::Command;

use crate::control_plane::users::ADMIN;
use crate::kubectl::{Outcome, run};
use crate::stage::Stage;

/// `portcullis` as the administrator.
pub(super) async fn portcullis(stage: &Stage, arguments: &[&str]) -> Result<Outcome> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command
        .args(arguments)
        .env("HOME", stage.plane.folder())
        .env("KUBECONFIG", stage.plane.kubeconfig(ADMIN));
    run(command, format!("portcullis {}", arguments.join(" ")), "").await
}

/// The findings of `portcullis audit` in these namespaces: level, rule, kind, namespace and name of each, sorted.
pub(crate) async fn audited(stage: &Stage, namespaces: &[String]) -> Result<Vec<[String; 5]>> {
    let chosen = namespaces.iter().flat_map(|name| ["--namespace", name]);
    let arguments: Vec<&str> =
        ["audit", "--format=json", "--fail-on=never"].into_iter().chain(chosen).collect();
    let outcome = portcullis(stage, &arguments).await?.admitted()?;
    let report: Value = serde_json::from_str(&outcome.stdout)?;
    let findings = report["findings"].as_array().context("a report has findings")?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut rows: Vec<[String; 5]> = findings
        .iter()
        .map(|row| {
            let resource = &row["resource"];
            let [kind, namespace, name] =
                ["kind", "namespace", "name"].map(|field| text(&resource[field]));
            [text(&row["level"]), text(&row["rule"]), kind, namespace, name]
        })
        .collect();
    rows.sort();
    Ok(rows)
}
