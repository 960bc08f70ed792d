//! What a cluster tells about itself, as a file by which manifests are judged as they are in the cluster.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use portcullis::cluster::{Handle, Watch, connect};
use portcullis::engine::inspect;
use portcullis::facts::{FactsFile, facts};
use portcullis::model::{Now, Settings, World};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::control_plane::users::ADMIN;
use crate::kinds::definition;
use crate::objects::list;
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;
use crate::wait::until;

/// They need the whole cluster for themselves: everybody else's namespaces are facts as well.
pub(crate) const SCENARIOS: &[Scenario] =
    scenarios![a_file_of_facts_judges_manifests_as_the_cluster_does];

const PATIENCE: Duration = Duration::from_mins(1);

const CLUSTER: &str = include_str!("facts/cluster.yaml");
const MONITORING: &str = include_str!("facts/monitoring.yaml");
const SHOP: &str = "facts-shop";

/// Rules that look at the pods of other namespaces; those are no facts.
const LOOK_ELSEWHERE: [&str; 2] = ["unknown-named-port", "unmatched-pod-selector"];

fn shop() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/facts/shop.yaml")
}

/// Runs the program, and tells what it printed.
async fn portcullis(stage: &Stage, arguments: &[&str]) -> Result<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .args(arguments)
        .env("HOME", stage.plane.folder())
        .env_remove("KUBECONFIG")
        .output()
        .await?;
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{arguments:?} ended with {}:\n{told}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}

/// What `portcullis facts` says of the cluster, once that is what a World that was watched all along says too.
async fn written(stage: &Stage, handle: &Handle, what: &str, has: &[&str]) -> Result<String> {
    let kubeconfig = stage.plane.kubeconfig(ADMIN).display().to_string();
    until(PATIENCE, what, || async {
        let known = facts(&*world(handle)?, &Settings::default());
        let watched = FactsFile::new(known).to_yaml();
        if !has.iter().all(|part| watched.contains(part)) {
            return Ok(None);
        }
        let text = portcullis(stage, &["facts", "--kubeconfig", &kubeconfig]).await?;
        Ok((text == watched).then_some(text))
    })
    .await
    .with_context(|| format!("{:?}", handle.world().map(|it| facts(&it, &Settings::default()))))
}

fn world(handle: &Handle) -> Result<std::sync::Arc<World>> {
    handle.world().context("the World is gone")
}

/// What the rules find in the namespace of the cluster: rule, level and message.
fn found_live(handle: &Handle) -> Result<Vec<[String; 3]>> {
    let now = Now(jiff::Timestamp::now());
    let findings = inspect(&Settings::default(), &*world(handle)?, now).into_iter();
    let here = findings.filter(|finding| {
        finding
            .subject
            .as_ref()
            .is_some_and(|subject| subject.namespace.as_ref().unwrap_or(&subject.name) == SHOP)
    });
    let told = here
        .map(|finding| [finding.rule.name.to_owned(), finding.level.to_string(), finding.message]);
    Ok(sorted(told))
}

/// What `portcullis check` finds in the team's manifests with this file of facts.
async fn found_in_files(stage: &Stage, facts: &str) -> Result<Vec<[String; 3]>> {
    let file = stage.plane.folder().join("facts.yaml");
    std::fs::write(&file, facts)?;
    let (shop, file) = (shop().display().to_string(), file.display().to_string());
    let check = ["check", &shop, "--facts", &file, "--format", "json", "--fail-on", "never"];
    let report: Value = serde_json::from_str(&portcullis(stage, &check).await?)?;
    let rows = report["findings"].as_array().context("findings")?.iter();
    Ok(sorted(rows.map(|row| {
        ["rule", "level", "message"].map(|field| row[field].as_str().unwrap_or_default().to_owned())
    })))
}

fn sorted(found: impl Iterator<Item = [String; 3]>) -> Vec<[String; 3]> {
    let mut found: Vec<_> =
        found.filter(|[rule, ..]| !LOOK_ELSEWHERE.contains(&rule.as_str())).collect();
    found.sort();
    found
}

fn rules(found: &[[String; 3]]) -> Vec<&str> {
    found.iter().map(|[rule, ..]| rule.as_str()).collect()
}

/// The node and the Pods of the DNS servers have addresses, as a kubelet and its readiness would bring about.
async fn give_addresses(stage: &Stage) -> Result<()> {
    let addresses =
        json!({"status": {"addresses": [{"type": "InternalIP", "address": "192.0.2.20"}]}});
    let addresses = addresses.to_string();
    let patch = ["patch", "node", "node-a", "--subresource=status", "--type=merge", "-p"];
    stage.kubectl(&[&patch[..], &[addresses.as_str()]].concat(), "").await?.admitted()?;
    let pods = stage.wait_for_pods("kube-system", "coredns", 2).await?;
    let endpoints = pods.iter().zip(["10.244.0.4", "10.244.0.5"]).map(|(pod, address)| {
        let pod = json!({"kind": "Pod", "namespace": "kube-system", "name": pod});
        json!({"addresses": [address], "conditions": {"ready": true}, "targetRef": pod})
    });
    let ports = [("dns", "UDP"), ("dns-tcp", "TCP")]
        .map(|(name, protocol)| json!({"name": name, "protocol": protocol, "port": 5353}));
    let slice = json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": "dns-by-hand", "labels": {
            "kubernetes.io/service-name": "kube-dns", "endpointslice.kubernetes.io/managed-by": "tests",
        }},
        "endpoints": endpoints.collect::<Vec<Value>>(), "ports": ports,
    });
    stage.apply("kube-system", &slice).await?.admitted()?;
    Ok(())
}

async fn a_file_of_facts_judges_manifests_as_the_cluster_does(stage: &Stage) -> Result<()> {
    let handle =
        Watch::start(&connect(Some(&stage.plane.kubeconfig(ADMIN))).await?, &Settings::default());
    tokio::time::timeout(PATIENCE, handle.synced()).await.context("no World")?;
    stage.kubectl(&["apply", "-f", "-"], CLUSTER).await?.admitted()?;
    stage.kubectl(&["apply", "-f", &shop().display().to_string()], "").await?.admitted()?;
    give_addresses(stage).await?;

    let known = [
        "10.244.0.4",
        "10.244.0.5",
        "port: 5353",
        "name: kindnet",
        "10.96.0.1",
        "192.0.2.20/32",
        SHOP,
    ];
    let early = written(stage, &handle, "facts without monitoring", &known).await?;
    let live = found_live(&handle)?;
    ensure!(found_in_files(stage, &early).await? == live, "{live:#?}\n{early}");
    let expected = [
        "egress-without-api-server",
        "egress-without-dns",
        "ingress-without-ingress-controller",
        "unmatched-namespace-selector",
    ];
    ensure!(rules(&live) == expected, "{live:#?}\n{early}");

    // Kinds that are defined later are facts without a restart.
    let definitions = [
        definition("monitoring.coreos.com", "v1", "prometheuses", "Prometheus"),
        definition("monitoring.coreos.com", "v1", "servicemonitors", "ServiceMonitor"),
    ];
    let definitions = list(&definitions).to_string();
    stage.kubectl(&["create", "-f", "-"], &definitions).await?.admitted()?;
    for definition in
        ["prometheuses.monitoring.coreos.com", "servicemonitors.monitoring.coreos.com"]
    {
        stage.wait_until_established(definition).await?;
    }
    stage.kubectl(&["apply", "-f", "-"], MONITORING).await?.admitted()?;
    let known = ["prometheuses:", "monitors:", "facts-monitoring"];
    let late = written(stage, &handle, "facts with monitoring", &known).await?;
    let live = found_live(&handle)?;
    ensure!(found_in_files(stage, &late).await? == live, "{live:#?}\n{late}");
    ensure!(rules(&live).contains(&"ingress-without-monitoring"), "{live:#?}\n{late}");

    // A file says what was, not what is.
    ensure!(rules(&found_in_files(stage, &early).await?) == expected, "{early}");
    Ok(())
}
