//! What a change opens, closes and cuts is said when it is written.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::json;

use crate::kubectl::Outcome;
use crate::objects::{deny_ingress, deployment, pod, policy};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;
use crate::wait::until;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![
    what_a_policy_opens_and_closes_is_said,
    what_a_policy_cuts_comes_with_the_command,
    a_namespace_label_that_policies_ask_for_is_said,
];

/// The watch on workloads may be a moment behind.
const PATIENCE: Duration = Duration::from_secs(20);

async fn what_a_policy_opens_and_closes_is_said(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    stage.apply(&shop, &deny_ingress()).await?.admitted()?;
    for name in ["web", "db"] {
        stage.apply(&shop, &deployment(name)).await?.admitted()?;
    }
    let opens = format!("opens Deployment {shop}/web -> Deployment {shop}/db: TCP 5432");
    until(PATIENCE, "a warning about what opens", || async {
        let delete = ["delete", "networkpolicy", "db", "--ignore-not-found"];
        stage.within(&shop, &delete).await?.admitted()?;
        let outcome = stage.apply(&shop, &from_web(5432)).await?.admitted()?;
        Ok(says(&outcome, &opens).then_some(()))
    })
    .await?;
    let moved = stage.apply(&shop, &from_web(5433)).await?.admitted()?;
    ensure!(says(&moved, &opens.replace("5432", "5433")), "{moved}");
    ensure!(says(&moved, &opens.replacen("opens", "closes", 1)), "{moved}");
    let tried = ["delete", "networkpolicy", "db", "--dry-run=server"];
    stage.within(&shop, &tried).await?.admitted()?.silent()?;
    let deleted = stage.within(&shop, &["delete", "networkpolicy", "db"]).await?.admitted()?;
    ensure!(
        says(&deleted, &opens.replacen("opens", "closes", 1).replace("5432", "5433")),
        "{deleted}"
    );
    Ok(())
}

/// No kubelet runs here: a Pod runs as soon as its status says so.
async fn what_a_policy_cuts_comes_with_the_command(stage: &Stage) -> Result<()> {
    let shop = stage.declared("shop").await?;
    stage.wait_for_service_account(&shop).await?;
    stage.apply(&shop, &deny_ingress()).await?.admitted()?;
    stage.apply(&shop, &from_web(5432)).await?.admitted()?;
    stage.apply(&shop, &deployment("db")).await?.admitted()?;
    stage.apply(&shop, &pod("web")).await?.admitted()?;
    let databases = stage.wait_for_pods(&shop, "db", 1).await?;
    for (name, address) in [("web", "10.1.2.3"), (&databases[0], "10.1.2.4")] {
        let status =
            json!({"status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}]}});
        let status = status.to_string();
        let run =
            ["patch", "pod", name, "--subresource=status", "--type=merge", "--patch", &status];
        stage.within(&shop, &run).await?.admitted()?;
    }
    let command = format!("kubectl rollout restart deployment/db -n {shop}");
    until(PATIENCE, "a warning about what is cut", || async {
        stage.apply(&shop, &from_web(5432)).await?.admitted()?;
        let outcome = stage.apply(&shop, &from_web(5433)).await?.admitted()?;
        let is_told = outcome.warnings().any(|line| line.starts_with("restart-needed: "));
        Ok((is_told && outcome.warnings().any(|line| line.contains(&command))).then_some(()))
    })
    .await?;
    let arguments: Vec<&str> = command.split(' ').skip(1).collect();
    stage.kubectl(&arguments, "").await?.admitted()?;
    // Nothing is cut by what only allows.
    let both = policy(
        "db",
        &json!({"podSelector": {"matchLabels": {"app": "db"}}, "policyTypes": ["Ingress"],
            "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}]}),
    );
    let opened = stage.apply(&shop, &both).await?.admitted()?;
    ensure!(!opened.warnings().any(|line| line.starts_with("restart-needed")), "{opened}");
    Ok(())
}

async fn a_namespace_label_that_policies_ask_for_is_said(stage: &Stage) -> Result<()> {
    let (shop, data) = (stage.declared("shop").await?, stage.declared("data").await?);
    for (home, app) in [(&shop, "web"), (&data, "db")] {
        stage.apply(home, &deny_ingress()).await?.admitted()?;
        stage.apply(home, &deployment(app)).await?.admitted()?;
    }
    let team = format!("team-of-{shop}");
    let peer = json!([{"namespaceSelector": {"matchLabels": {"team": team}}}]);
    let spec = json!({"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": peer}]});
    stage.apply(&data, &policy("from-team", &spec)).await?.admitted()?;
    let label = format!("team={team}");
    let opens = format!("opens Deployment {shop}/web -> Deployment {data}/db: everything");
    until(PATIENCE, "a warning about the label", || async {
        stage.kubectl(&["label", "namespace", &shop, "team-"], "").await?.admitted()?;
        let outcome =
            stage.kubectl(&["label", "namespace", &shop, &label], "").await?.admitted()?;
        let named = format!("{data}/from-team");
        let is_told = outcome
            .warnings()
            .any(|line| line.starts_with("namespace-label-in-use: ") && line.contains(&named));
        Ok((is_told && says(&outcome, &opens)).then_some(()))
    })
    .await?;
    let removed = stage.kubectl(&["label", "namespace", &shop, "team-"], "").await?.admitted()?;
    ensure!(says(&removed, &opens.replace("opens", "closes")), "{removed}");
    stage.kubectl(&["label", "namespace", &shop, "unasked=yes"], "").await?.admitted()?.silent()?;
    Ok(())
}

/// Whether this is one of the warnings.
fn says(outcome: &Outcome, line: &str) -> bool {
    outcome.warnings().any(|warning| warning == line)
}

fn from_web(port: u16) -> serde_json::Value {
    let peer = json!([{"podSelector": {"matchLabels": {"app": "web"}}}]);
    let rule = json!({"from": peer, "ports": [{"port": port}]});
    let selector = json!({"matchLabels": {"app": "db"}});
    policy("db", &json!({"podSelector": selector, "policyTypes": ["Ingress"], "ingress": [rule]}))
}
