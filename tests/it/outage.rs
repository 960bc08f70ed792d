//! When something is not there. These scenarios take turns: each breaks the ground under the others.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::json;

use crate::objects::{deny_ingress, deployment, list, policy};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;
use crate::stories::audited;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![
    without_us_the_system_namespaces_and_terminations_go_on,
    an_apply_while_we_are_down_is_reported_and_completed,
    a_restarted_api_server_brings_no_false_denial,
    a_cut_watch_brings_no_false_denial,
    a_terminated_replica_serves_on_and_leaves,
];

async fn without_us_the_system_namespaces_and_terminations_go_on(stage: &Stage) -> Result<()> {
    let (webhook, _) = stage.webhook()?;
    let doomed = stage.declared("doomed").await?;
    stage.apply(&doomed, &deny_ingress()).await?.admitted()?;
    stage.apply(&doomed, &deployment("web")).await?.admitted()?;
    let shop = stage.declared("shop").await?;
    webhook.stop();
    let outcome = without_us(stage, &doomed, &shop).await;
    webhook.start_again().await?;
    outcome?;
    stage.apply(&shop, &deny_ingress()).await?.admitted()?;
    Ok(())
}

/// The policies are refused then (Fail), the workload is not (Ignore): it runs uncovered, which the audit tells, until
/// the same command is sent again.
async fn an_apply_while_we_are_down_is_reported_and_completed(stage: &Stage) -> Result<()> {
    let (webhook, _) = stage.webhook()?;
    let shop = stage.declared("shop").await?;
    let bundle = list(&[deny_ingress(), deployment("web")]);
    webhook.stop();
    let down = stage.apply(&shop, &bundle).await;
    webhook.start_again().await?;
    let down = down?.says("failed calling webhook \"policies.portcullis.dev\"")?;
    ensure!(down.code != 0, "{down} should have failed");
    stage.wait_for_pods(&shop, "web", 1).await?;
    let uncovered = ["deny", "uncovered-workload", "Deployment", &shop, "web"].map(str::to_owned);
    let rows = audited(stage, std::slice::from_ref(&shop)).await?;
    ensure!(rows.contains(&uncovered), "{uncovered:?} is not reported: {rows:?}");
    stage.apply(&shop, &bundle).await?.admitted()?;
    let rows = audited(stage, std::slice::from_ref(&shop)).await?;
    ensure!(rows.iter().all(|row| row[0] != "deny"), "completed, and still reported: {rows:?}");
    Ok(())
}

async fn without_us(stage: &Stage, doomed: &str, shop: &str) -> Result<()> {
    for namespace in ["kube-system", "kube-public", "portcullis-system"] {
        let name = stage.prefix.as_str();
        let selector = json!({"matchLabels": {"nobody": "has"}});
        let objects = list(&[policy(name, &json!({"podSelector": selector})), deployment(name)]);
        stage.apply(namespace, &objects).await?.admitted()?;
        stage
            .kubectl(&["annotate", "namespace", namespace, "--overwrite", "outage=yes"], "")
            .await?
            .admitted()?;
        stage.within(namespace, &["delete", "networkpolicy,deployment", name]).await?.admitted()?;
    }
    stage.kubectl(&["delete", "namespace", doomed, "--wait=false"], "").await?.admitted()?;
    stage.wait_for_end_of(doomed).await?;
    // Fail: what guards the gate is refused; Ignore: what runs in the cluster is not.
    stage
        .apply(shop, &deny_ingress())
        .await?
        .says("failed calling webhook \"policies.portcullis.dev\"")?;
    let other = ["create", "namespace", &stage.name("other")];
    stage
        .kubectl(&other, "")
        .await?
        .says("failed calling webhook \"namespaces.portcullis.dev\"")?;
    stage.apply(shop, &deployment("web")).await?.admitted()?;
    stage.wait_for_pods(shop, "web", 1).await?;
    Ok(())
}

async fn a_restarted_api_server_brings_no_false_denial(stage: &Stage) -> Result<()> {
    let before = stage.declared("before").await?;
    stage.apply(&before, &deny_ingress()).await?.admitted()?;
    stage.plane.restart_api_server().await?;
    let after = stage.declared("after").await?;
    stage.apply(&after, &list(&[deny_ingress(), deployment("web")])).await?.admitted()?;
    stage.apply(&before, &deployment("web")).await?.admitted()?;
    let empty = stage.declared("empty").await?;
    stage.apply(&empty, &deployment("web")).await?.rejected("uncovered-workload")?;
    Ok(())
}

async fn a_cut_watch_brings_no_false_denial(stage: &Stage) -> Result<()> {
    let (_, proxy) = stage.webhook()?;
    let shop = stage.declared("shop").await?;
    proxy.cut();
    stage.apply(&shop, &list(&[deny_ingress(), deployment("web")])).await?.admitted()?;
    let fresh = stage.declared("fresh").await?;
    stage.apply(&fresh, &list(&[deny_ingress(), deployment("web")])).await?.admitted()?;
    Ok(())
}

async fn a_terminated_replica_serves_on_and_leaves(stage: &Stage) -> Result<()> {
    let (webhook, _) = stage.webhook()?;
    let shop = stage.declared("shop").await?;
    let policy = deny_ingress();
    let (code, answer) = tokio::join!(webhook.terminate(), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        stage.apply(&shop, &policy).await
    });
    webhook.start_again().await?;
    answer?.admitted()?;
    let code = code?;
    ensure!(code == 0, "it ended with exit code {code}");
    Ok(())
}
