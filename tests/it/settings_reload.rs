//! Settings that change while the webhook serves.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::objects::deployment;
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;
use crate::wait::until;
use crate::webhook::Webhook;

/// It changes what every other scenario of the act would see.
pub(crate) const SCENARIOS: &[Scenario] = scenarios![a_switch_takes_effect_without_a_restart];

const PATIENCE: Duration = Duration::from_secs(30);
const LOADED: (&str, &str) = ("portcullis_settings_reloads_total", "loaded");
const FAILED: (&str, &str) = ("portcullis_settings_reloads_total", "failed");

pub(crate) fn settings(settings: &mut Value) {
    settings["mode"] = json!("audit");
}

async fn counted(webhook: &Webhook, (name, outcome): (&str, &str), times: f64) -> Result<()> {
    until(PATIENCE, &format!("{outcome} settings"), || async {
        let count = webhook.metric(name, outcome).await?;
        Ok((count >= times).then_some(()))
    })
    .await
}

/// The line about the last switch that names `namespace`.
async fn told(webhook: &Webhook, namespace: &str) -> Result<String> {
    until(PATIENCE, "a line about the switch", || async {
        let log = webhook.log();
        let mut lines = log.lines().filter(|line| line.contains("settings reloaded"));
        Ok(lines.rfind(|line| line.contains(namespace)).map(str::to_owned))
    })
    .await
}

/// Whether a new workload is let in; nothing is stored.
async fn admits(stage: &Stage, namespace: &str) -> Result<bool> {
    let manifest = deployment("new").to_string();
    let outcome =
        stage.kubectl(&["create", "--namespace", namespace, "-f", "-"], &manifest).await?;
    if outcome.code != 0 {
        outcome.rejected("uncovered-workload")?;
        return Ok(false);
    }
    stage.within(namespace, &["delete", "deployment", "new"]).await?.admitted()?;
    Ok(true)
}

async fn a_switch_takes_effect_without_a_restart(stage: &Stage) -> Result<()> {
    let (webhook, _) = stage.webhook()?;
    let (lab, shop) = (stage.declared("lab").await?, stage.declared("shop").await?);
    stage.apply(&lab, &deployment("web")).await?.admitted()?.silent()?;
    stage.apply(&shop, &deployment("web")).await?.admitted()?.silent()?;
    let started = webhook.metric("portcullis_settings_reloads_total", "").await?;
    ensure!(started.total_cmp(&0.0).is_eq(), "{started} reloads before any change");

    // One namespace is enforced, by its name.
    let selector = json!({"matchLabels": {"kubernetes.io/metadata.name": shop}});
    let overrides = json!([{"namespaceSelector": selector, "mode": "enforce"}]);
    let partly = json!({"mode": "audit", "overrides": overrides}).to_string();
    webhook.change_settings(&partly)?;
    counted(webhook, LOADED, 1.0).await?;
    let line = told(webhook, &shop).await?;
    let expected = format!(
        "now_refused_in=1 now_refused={shop}: missing-default-deny 1, uncovered-workload 1 "
    );
    ensure!(line.contains(&expected), "{line}");
    let admitted = (admits(stage, &lab).await?, admits(stage, &shop).await?);
    ensure!(admitted == (true, false), "admitted in lab and shop: {admitted:?}");

    // A broken file is told and changes nothing.
    webhook.change_settings("mode: enforced\n")?;
    counted(webhook, FAILED, 1.0).await?;
    let log = webhook.log();
    ensure!(log.contains("settings not reloaded, the old ones stay"), "{}", webhook.last_words());
    let old_ones = webhook.metric("portcullis_settings_stale", "").await?;
    ensure!(old_ones.total_cmp(&1.0).is_eq(), "stale: {old_ones}");
    let admitted = (admits(stage, &lab).await?, admits(stage, &shop).await?);
    ensure!(admitted == (true, false), "admitted in lab and shop: {admitted:?}");

    // All are enforced; whoever was before is not named again.
    webhook.change_settings("mode: enforce\n")?;
    counted(webhook, LOADED, 2.0).await?;
    let line = told(webhook, &lab).await?;
    let expected = format!("{lab}: missing-default-deny 1, uncovered-workload 1");
    ensure!(line.contains(&expected) && !line.contains(&shop), "{line}");
    let admitted = (admits(stage, &lab).await?, admits(stage, &shop).await?);
    ensure!(admitted == (false, false), "admitted in lab and shop: {admitted:?}");

    // And back.
    webhook.change_settings("mode: audit\n")?;
    counted(webhook, LOADED, 3.0).await?;
    let admitted = (admits(stage, &lab).await?, admits(stage, &shop).await?);
    ensure!(admitted == (true, true), "admitted in lab and shop: {admitted:?}");
    Ok(())
}
