//! The chart by itself: what it renders, and which values it refuses.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use tokio::process::Command;

use crate::helm::helm;
use crate::installation;
use crate::kubectl::{Outcome, run};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![
    deploy_is_what_the_chart_renders,
    every_value_of_the_chart_is_accepted,
    a_value_that_does_not_exist_is_refused,
    certificates_may_come_from_cert_manager,
];

/// The folder of the chart.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("charts/portcullis")
}

async fn template(stage: &Stage, values: &[&str]) -> Result<Outcome> {
    let folder = folder();
    let folder = folder.to_str().context("the path of the chart is text")?;
    let arguments = [&["template", "gate", folder, "--namespace", "gatehouse"], values].concat();
    helm(&stage.plane, &arguments, "").await
}

async fn deploy_is_what_the_chart_renders(stage: &Stage) -> Result<()> {
    let rendered = stage.plane.folder().join("rendered");
    let mut command = Command::new(folder().join("../render"));
    command
        .arg(&rendered)
        .env("HELM", stage.plane.program("helm"))
        .env("HOME", stage.plane.folder());
    run(command, "charts/render".to_owned(), "").await?.admitted()?;
    let (expected, found) = (files(&rendered)?, files(&installation::folder())?);
    for ((name, expected), (other, found)) in expected.iter().zip(&found) {
        ensure!(
            name == other && expected == found,
            "deploy/{other} is not what charts/render writes: run it"
        );
    }
    ensure!(
        expected.len() == found.len(),
        "charts/render writes {} files, deploy/ has {}",
        expected.len(),
        found.len()
    );
    Ok(())
}

/// The manifests of a folder with their texts, sorted by name.
fn files(folder: &Path) -> Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let name =
                path.file_name().context("a file has a name")?.to_string_lossy().into_owned();
            files.push((name, std::fs::read_to_string(&path)?));
        }
    }
    files.sort();
    Ok(files)
}

/// What users set, all of it at once; the API server reads the outcome strictly.
async fn every_value_of_the_chart_is_accepted(stage: &Stage) -> Result<()> {
    let values = concat!(
        r#"{"global":{"any":"thing"},"settings":{"mode":"audit","rules":{"allow-all":"off"}},"image":{"registry":"images.example","#,
        r#""repository":"gate","digest":"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},"#,
        r#""imagePullSecrets":[{"name":"pull"}],"certificates":{"caBundle":"PEM"},"webhook":{"podFailurePolicy":"Fail","timeoutSeconds":5},"#,
        r#""extraArgs":["--drain=60"],"extraEnv":[{"name":"RUST_BACKTRACE","value":"1"}],"nodeSelector":{"role":"infra"},"#,
        r#""tolerations":[{"operator":"Exists"}],"affinity":{"nodeAffinity":{}},"podAnnotations":{"a":"b"},"podLabels":{"c":"d"},"#,
        r#""serviceAccount":{"name":"gatekeeper","annotations":{"e":"f"}},"networkPolicies":{"metricsFrom":{"matchLabels":{"g":"h"}}},"#,
        r#""commonLabels":{"i":"j"},"createNamespace":true}"#
    );
    let file = stage.plane.folder().join("every-value.json");
    std::fs::write(&file, values)?;
    let file = file.to_str().context("a path of text")?;
    let rendered = template(stage, &["--values", file]).await?.admitted()?;
    let rendered = rendered
        .says("image: images.example/gate@sha256:0123")?
        .says("name: gate-portcullis")?
        .says("serviceAccountName: gatekeeper")?
        .says("caBundle: UEVN")?
        .says("mode: audit")?
        .says("allow-all: \"off\"")?
        .says("values: [kube-system, kube-public, kube-node-lease, gatehouse]")?
        .says("portcullis.dev/default-deny: self")?;
    stage.kubectl(&["create", "namespace", "gatehouse"], "").await?.admitted()?;
    let strict = ["create", "--dry-run=server", "--validate=strict", "-f", "-"];
    let outcome = stage.kubectl(&strict, &rendered.stdout).await?;
    // Everything but the namespace, which is there.
    let refused: Vec<&str> =
        outcome.stderr.lines().filter(|line| line.starts_with("Error")).collect();
    ensure!(
        refused.len() == 1 && refused[0].contains("namespaces \"gatehouse\" already exists"),
        "{outcome} should have been read"
    );
    Ok(())
}

async fn a_value_that_does_not_exist_is_refused(stage: &Stage) -> Result<()> {
    for (value, complaint) in [
        ("replica=3", "additional properties 'replica' not allowed"),
        ("webhook.podFailurePolicy=ignore", "value must be one of 'Ignore', 'Fail'"),
        ("settings.mode=off", "value must be one of 'enforce', 'warn', 'audit'"),
    ] {
        let outcome = template(stage, &["--set", value]).await?;
        ensure!(outcome.code != 0, "{outcome} should have been refused");
        outcome.says(complaint)?;
    }
    Ok(())
}

async fn certificates_may_come_from_cert_manager(stage: &Stage) -> Result<()> {
    let rendered =
        template(stage, &["--set", "certificates.mode=cert-manager"]).await?.admitted()?;
    let rendered = rendered
        .says("cert-manager.io/inject-ca-from: gatehouse/gate-portcullis")?
        .says("- gate-portcullis.gatehouse.svc")?
        .says("kind: Issuer")?;
    ensure!(!rendered.stdout.contains("caBundle"), "{rendered}: whose authority?");
    let own = [
        "--set",
        "certificates.mode=cert-manager,certificates.issuerRef.name=ours,certificates.issuerRef.kind=ClusterIssuer",
    ];
    let rendered = template(stage, &own).await?.admitted()?.says("kind: ClusterIssuer")?;
    ensure!(
        !rendered.stdout.contains("kind: Issuer"),
        "{rendered}: an issuer that nobody asked for"
    );
    Ok(())
}
