//! What the controller makes of a cluster: reports, Events, labels.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::api::events::v1::Event;
use kube::Api;
use kube::api::{ApiResource, DynamicObject, ListParams};
use serde_json::{Value, json};

use crate::auditor::Auditor;
use crate::installation;
use crate::objects::{deny_ingress, deployment, namespace};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;
use crate::wait::until;

pub(crate) const WITH_WEBHOOK: &[Scenario] =
    scenarios![an_outage_of_the_webhook_is_told_within_a_minute];

pub(crate) const ALONE: &[Scenario] = scenarios![
    missing_labels_are_added_and_nothing_else,
    nothing_is_written_to_namespaces_until_mode_audit_ends,
    older_reports_replace_the_others_where_asked,
];

/// The bound that is promised.
const BOUND: Duration = Duration::from_mins(1);

/// Where Portcullis runs.
pub(crate) const HOME: &str = "portcullis-system";

/// Installs the definitions of reports, as their projects publish them.
pub(crate) async fn install_reports(stage: &Stage) -> Result<()> {
    for (plural, group) in [
        ("reports", "openreports.io"),
        ("clusterreports", "openreports.io"),
        ("policyreports", "wgpolicyk8s.io"),
        ("clusterpolicyreports", "wgpolicyk8s.io"),
    ] {
        let file = stage.plane.definition(plural);
        let apply = ["apply", "--server-side", "--force-conflicts", "-f", &file.to_string_lossy()];
        stage.kubectl(&apply, "").await?.admitted()?;
        let name = format!("{plural}.{group}");
        stage.wait_until_established(&name).await?;
    }
    Ok(())
}

fn reports(
    stage: &Stage,
    group: &str,
    version: &str,
    kind: &str,
    namespace: &str,
) -> Api<DynamicObject> {
    let resource = ApiResource {
        group: group.to_owned(),
        version: version.to_owned(),
        api_version: format!("{group}/{version}"),
        kind: kind.to_owned(),
        plural: format!("{}s", kind.to_lowercase()),
    };
    Api::namespaced_with(stage.client.clone(), namespace, &resource)
}

/// The report of a namespace, when there is one.
pub(crate) async fn report(stage: &Stage, namespace: &str) -> Result<Option<Value>> {
    let api = reports(stage, "openreports.io", "v1alpha1", "Report", namespace);
    Ok(api.get_opt("portcullis").await?.map(serde_json::to_value).transpose()?)
}

/// Rule and object of the results that fail.
pub(crate) fn failures(report: &Value) -> Vec<String> {
    let results = report["results"].as_array().cloned().unwrap_or_default();
    let failing = results.iter().filter(|result| result["result"] == "fail");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    failing
        .map(|result| {
            let resource = &result["resources"][0];
            format!(
                "{} {} {}",
                text(&result["policy"]),
                text(&resource["kind"]),
                text(&resource["name"])
            )
        })
        .collect()
}

/// The Events of the controller in a namespace.
pub(crate) async fn events(stage: &Stage, namespace: &str) -> Result<Vec<Event>> {
    let api: Api<Event> = Api::namespaced(stage.client.clone(), namespace);
    let mut events = api.list(&ListParams::default()).await?.items;
    let ours = Some("portcullis.dev/controller");
    events.retain(|event| event.reporting_controller.as_deref() == ours);
    Ok(events)
}

async fn labels(stage: &Stage, namespace: &str) -> Result<Value> {
    let api: Api<Namespace> = Api::all(stage.client.clone());
    Ok(json!(api.get(namespace).await?.metadata.labels.unwrap_or_default()))
}

/// Reads everything anew every ten seconds and gives nobody time, so that a test need not wait long.
pub(crate) fn hurried(settings: &mut Value) {
    settings["namespaces"]["grace"] = json!("0s");
    settings["controller"]["interval"] = json!("10s");
    settings["controller"]["eventsPerMinute"] = json!(600);
}

async fn an_outage_of_the_webhook_is_told_within_a_minute(stage: &Stage) -> Result<()> {
    install_reports(stage).await?;
    let (webhook, _) = stage.webhook()?;
    let shop = stage.declared("shop").await?;
    stage.wait_for_service_account(&shop).await?;
    let mut auditor = Auditor::start(stage, "one", HOME, hurried).await?;
    auditor.leads().await?;
    webhook.stop();
    let applied = stage.apply(&shop, &deployment("web")).await;
    let start = Instant::now();
    let told = told_of_web(stage, &shop).await;
    webhook.start_again().await?;
    applied?.admitted()?;
    told.with_context(|| auditor.last_words())?;
    let took = start.elapsed();
    ensure!(took < BOUND, "it took {took:?}");
    ensure!(
        auditor.metric("portcullis_findings{rule=\"uncovered-workload\",level=\"deny\"}").await?
            >= 1.0
    );

    let before = report(stage, &shop).await?.context("the report")?;
    tokio::time::sleep(Duration::from_secs(22)).await;
    let after = report(stage, &shop).await?.context("the report")?;
    let version = |report: &Value| report["metadata"]["resourceVersion"].clone();
    ensure!(version(&before) == version(&after), "written without a change: {before} {after}");

    stage.within(&shop, &["delete", "reports.openreports.io", "portcullis"]).await?.admitted()?;
    told_of_web(stage, &shop).await.context("a deleted report comes back")?;

    stage.apply(&shop, &deny_ingress()).await?.admitted()?;
    until(BOUND, "the report to go", || async {
        let report = report(stage, &shop).await?;
        Ok(report.is_none_or(|report| failures(&report).is_empty()).then_some(()))
    })
    .await?;
    let code = auditor.terminate().await?;
    ensure!(code == 0, "it ended with exit code {code}");
    Ok(())
}

/// Waits until report and Event tell of the Deployment.
async fn told_of_web(stage: &Stage, shop: &str) -> Result<()> {
    until(BOUND, "the report", || async {
        let report = report(stage, shop).await?;
        let told = "uncovered-workload Deployment web".to_owned();
        Ok(report.is_some_and(|report| failures(&report).contains(&told)).then_some(()))
    })
    .await?;
    until(BOUND, "the Event", || async {
        let events = events(stage, shop).await?;
        let is_it = |event: &Event| {
            let regarding = event.regarding.clone().unwrap_or_default();
            event.reason.as_deref() == Some("UncoveredWorkload")
                && regarding.kind.as_deref() == Some("Deployment")
                && regarding.uid.is_some()
        };
        Ok(events.iter().any(is_it).then_some(()))
    })
    .await
}

async fn missing_labels_are_added_and_nothing_else(stage: &Stage) -> Result<()> {
    installation::install_without_webhooks(&stage.plane).await?;
    let (bare, named) = (stage.name("bare"), stage.name("named"));
    for manifest in [namespace(&bare, &[("team", "blue")]), namespace(&named, &[("name", "mine")])]
    {
        stage.kubectl(&["create", "-f", "-"], &manifest.to_string()).await?.admitted()?;
    }
    let mut auditor = Auditor::start(stage, "labels", HOME, |_| ()).await?;
    auditor.leads().await?;
    until(BOUND, "the label", || async {
        Ok((labels(stage, &bare).await?["name"] == bare.as_str()).then_some(()))
    })
    .await
    .with_context(|| auditor.last_words())?;
    let expected = json!({"kubernetes.io/metadata.name": bare, "name": bare, "team": "blue"});
    ensure!(labels(stage, &bare).await? == expected, "{}", labels(stage, &bare).await?);
    ensure!(labels(stage, &named).await?["name"] == "mine");
    ensure!(labels(stage, "kube-system").await?["name"].is_null(), "kube-system is exempt");
    auditor.terminate().await?;
    Ok(())
}

async fn nothing_is_written_to_namespaces_until_mode_audit_ends(stage: &Stage) -> Result<()> {
    installation::install_without_webhooks(&stage.plane).await?;
    install_reports(stage).await?;
    let shop = stage.name("shop");
    let manifest = namespace(&shop, &[("portcullis.dev/default-deny", "self")]);
    stage.kubectl(&["create", "-f", "-"], &manifest.to_string()).await?.admitted()?;
    stage.apply(&shop, &deployment("web")).await?.admitted()?;
    let audit = |settings: &mut Value| {
        hurried(settings);
        settings["mode"] = json!("audit");
    };
    let mut auditor = Auditor::start(stage, "audit", HOME, audit).await?;
    auditor.leads().await?;
    told_of_web(stage, &shop).await.with_context(|| auditor.last_words())?;
    ensure!(labels(stage, &shop).await?["name"].is_null(), "a label was added");
    // Other settings count without a restart: the same process adds the label now.
    auditor.change_settings(hurried)?;
    // Namespaces of other scenarios get theirs before, at the bounded rate.
    until(Duration::from_mins(4), "the label", || async {
        Ok((labels(stage, &shop).await?["name"] == shop.as_str()).then_some(()))
    })
    .await
    .with_context(|| auditor.last_words())?;
    ensure!(auditor.terminate().await? == 0, "it did not end well");
    Ok(())
}

async fn older_reports_replace_the_others_where_asked(stage: &Stage) -> Result<()> {
    installation::install_without_webhooks(&stage.plane).await?;
    install_reports(stage).await?;
    let shop = stage.name("shop");
    let manifest = namespace(&shop, &[("portcullis.dev/default-deny", "self")]);
    stage.kubectl(&["create", "-f", "-"], &manifest.to_string()).await?.admitted()?;
    stage.apply(&shop, &deployment("web")).await?.admitted()?;
    let mut auditor = Auditor::start(stage, "newer", HOME, hurried).await?;
    auditor.leads().await?;
    told_of_web(stage, &shop).await.with_context(|| auditor.last_words())?;
    let count = events(stage, &shop).await?.len();
    auditor.terminate().await?;
    let older = |settings: &mut Value| {
        settings["controller"]["reports"] = json!("policyreports");
        settings["controller"]["eventsPerMinute"] = json!(0);
    };
    let mut auditor = Auditor::start(stage, "older", HOME, older).await?;
    auditor.leads().await?;
    let api = reports(stage, "wgpolicyk8s.io", "v1alpha2", "PolicyReport", &shop);
    let found = until(BOUND, "the report", || async { Ok(api.get_opt("portcullis").await?) }).await;
    let found = serde_json::to_value(found.with_context(|| auditor.last_words())?)?;
    let told = "uncovered-workload Deployment web".to_owned();
    ensure!(failures(&found).contains(&told), "{found}");
    ensure!(events(stage, &shop).await?.len() == count, "Events were switched off");
    let newer = report(stage, &shop).await?;
    ensure!(newer.is_none(), "nobody keeps this report any more: {newer:?}");
    auditor.terminate().await?;
    Ok(())
}
