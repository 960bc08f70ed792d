//! Two controllers: one that waits for the Lease of the other, and two that both think that it is their turn.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use k8s_openapi::api::core::v1::Namespace;
use kube::Api;
use kube::api::ListParams;
use serde_json::{Value, json};

use crate::auditor::Auditor;
use crate::controller::{HOME, events, failures, hurried, install_reports, report};
use crate::installation;
use crate::objects::{deny_ingress, deployment, namespace};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;
use crate::wait::until;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![
    two_who_both_write_come_to_the_same_end,
    another_goes_on_where_one_was_killed,
    one_that_was_suspended_does_no_harm,
    who_leaves_hands_over_at_once,
];

/// Until everything is as it should be: a Lease has to run out.
const PATIENCE: Duration = Duration::from_secs(90);
/// The label that marks the namespaces of a scenario.
const OURS: &str = "tests/two";

async fn create(stage: &Stage, count: usize, labels: &[(&str, &str)]) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let mut manifests = Vec::new();
    for number in 0..count {
        let name = stage.name(&format!("{number:02}"));
        let mine = (OURS, stage.prefix.as_str());
        manifests.push(namespace(&name, &[labels, &[mine]].concat()));
        names.push(name);
    }
    let list = crate::objects::list(&manifests);
    stage.kubectl(&["create", "-f", "-"], &list.to_string()).await?.admitted()?;
    Ok(names)
}

/// The label `name` of each namespace of the scenario.
async fn label_values(stage: &Stage) -> Result<BTreeMap<String, Option<String>>> {
    let api: Api<Namespace> = Api::all(stage.client.clone());
    let selection = ListParams::default().labels(&format!("{OURS}={}", stage.prefix));
    let namespaces = api.list(&selection).await?.items.into_iter();
    Ok(namespaces
        .map(|namespace| {
            let labels = namespace.metadata.labels.unwrap_or_default();
            (namespace.metadata.name.unwrap_or_default(), labels.get("name").cloned())
        })
        .collect())
}

async fn until_all_are_named(stage: &Stage) -> Result<()> {
    until(PATIENCE, "all labels", || async {
        let values = label_values(stage).await?;
        Ok(values.iter().all(|(name, label)| label.as_ref() == Some(name)).then_some(()))
    })
    .await
}

/// Waits until every namespace has the report that it should have, failing as wanted.
async fn until_reported(stage: &Stage, names: &[String], wanted: &[&str]) -> Result<()> {
    until(PATIENCE, "all reports", || async {
        for name in names {
            let report = report(stage, name).await?;
            let told = report.as_ref().map(failures).unwrap_or_default();
            if told != wanted {
                return Ok(None);
            }
        }
        Ok(Some(()))
    })
    .await
}

async fn versions(stage: &Stage, names: &[String]) -> Result<Vec<Value>> {
    let mut versions = Vec::new();
    for name in names {
        let report = report(stage, name).await?.unwrap_or_default();
        versions.push(report["metadata"]["resourceVersion"].clone());
    }
    Ok(versions)
}

/// Lets the controller keep a Lease in another namespace too: then it does not see that of its twin.
async fn second_home(stage: &Stage) -> Result<String> {
    let name = stage.name("home");
    let lease = "[coordination.k8s.io]";
    let manifests = format!(
        "{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}}}}}\n---\n\
         {{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {{name: lease, namespace: {name}}}, \
           rules: [{{apiGroups: {lease}, resources: [leases], verbs: [create, get, update]}}]}}\n---\n\
         {{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {{name: lease, namespace: {name}}}, \
           roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: lease}}, \
           subjects: [{{kind: ServiceAccount, name: portcullis-controller, namespace: portcullis-system}}]}}\n"
    );
    stage.kubectl(&["apply", "-f", "-"], &manifests).await?.admitted()?;
    Ok(name)
}

async fn two_who_both_write_come_to_the_same_end(stage: &Stage) -> Result<()> {
    installation::install_without_webhooks(&stage.plane).await?;
    install_reports(stage).await?;
    let other = second_home(stage).await?;
    let names = create(stage, 20, &[("portcullis.dev/default-deny", "self")]).await?;
    // Neither is exempt for the one and not for the other.
    let alike = |settings: &mut Value| {
        hurried(settings);
        settings["namespaces"]["exempt"] =
            json!(["kube-system", "kube-public", "kube-node-lease", HOME, other]);
    };
    let mut one = Auditor::start(stage, "one", HOME, alike).await?;
    let mut two = Auditor::start(stage, "two", &other, alike).await?;
    one.leads().await?;
    two.leads().await?;
    let words = || format!("{}\n---\n{}", one.last_words(), two.last_words());
    until_all_are_named(stage).await.with_context(words)?;
    for name in &names {
        stage.apply(name, &deployment("web")).await?.admitted()?;
    }
    let wanted = ["missing-default-deny", "uncovered-workload"];
    until(PATIENCE, "all reports", || async {
        for name in &names {
            let report = report(stage, name).await?.unwrap_or_default();
            let told = failures(&report);
            let has = |rule: &&str| told.iter().filter(|it| it.starts_with(*rule)).count() == 1;
            if told.len() != 2 || !wanted.iter().all(has) {
                return Ok(None);
            }
        }
        Ok(Some(()))
    })
    .await
    .with_context(words)?;
    until(PATIENCE, "all Events", || async {
        for name in &names {
            if events(stage, name).await?.len() < 2 {
                return Ok(None);
            }
        }
        Ok(Some(()))
    })
    .await
    .with_context(words)?;
    // Both go on looking: nobody writes what is written.
    let before = versions(stage, &names).await?;
    tokio::time::sleep(Duration::from_secs(25)).await;
    ensure!(before == versions(stage, &names).await?, "they write against each other");
    for name in &names {
        let events = events(stage, name).await?;
        let is_single = events.iter().all(|event| event.series.is_none());
        ensure!(is_single && events.len() <= 3, "{name}: told more than once: {events:#?}");
    }
    for name in &names {
        stage.apply(name, &deny_ingress()).await?.admitted()?;
    }
    until_reported(stage, &names, &[]).await.with_context(words)?;
    one.terminate().await?;
    two.terminate().await?;
    Ok(())
}

async fn another_goes_on_where_one_was_killed(stage: &Stage) -> Result<()> {
    installation::install_without_webhooks(&stage.plane).await?;
    install_reports(stage).await?;
    let mut one = Auditor::start(stage, "one", HOME, hurried).await?;
    one.leads().await?;
    let mut two = Auditor::start(stage, "two", HOME, hurried).await?;
    let names = create(stage, 40, &[("team", "blue")]).await?;
    until(PATIENCE, "some labels", || async {
        let values = label_values(stage).await?;
        Ok((values.values().flatten().count() >= 5).then_some(()))
    })
    .await
    .with_context(|| one.last_words())?;
    drop(one);
    let done = label_values(stage).await?.values().flatten().count();
    ensure!(done < names.len(), "it was killed too late: all labels are there");
    two.leads().await?;
    until_all_are_named(stage).await.with_context(|| two.last_words())?;
    until(PATIENCE, "all reports", || async {
        for name in &names {
            let report = report(stage, name).await?.unwrap_or_default();
            if failures(&report).is_empty() {
                return Ok(None);
            }
        }
        Ok(Some(()))
    })
    .await
    .with_context(|| two.last_words())?;
    two.terminate().await?;
    Ok(())
}

/// A process that stands still does not know that its Lease has run out, and wakes up with what it was about to write.
async fn one_that_was_suspended_does_no_harm(stage: &Stage) -> Result<()> {
    installation::install_without_webhooks(&stage.plane).await?;
    install_reports(stage).await?;
    let names = create(stage, 20, &[("portcullis.dev/default-deny", "self")]).await?;
    let mut one = Auditor::start(stage, "one", HOME, hurried).await?;
    one.leads().await?;
    let mut two = Auditor::start(stage, "two", HOME, hurried).await?;
    until(PATIENCE, "a report", || async { report(stage, &names[0]).await }).await?;
    one.signal("STOP")?;
    two.leads().await?;
    for name in &names {
        stage.apply(name, &deny_ingress()).await?.admitted()?;
    }
    one.signal("CONT")?;
    until_reported(stage, &names, &[]).await.with_context(|| two.last_words())?;
    tokio::time::sleep(Duration::from_secs(12)).await;
    until_reported(stage, &names, &[]).await.with_context(|| one.last_words())?;
    let leading = one.metric("portcullis_leading").await?;
    ensure!(leading == 0.0, "both lead");
    one.terminate().await?;
    two.terminate().await?;
    Ok(())
}

/// A rollout need not wait until the Lease runs out.
async fn who_leaves_hands_over_at_once(stage: &Stage) -> Result<()> {
    installation::install_without_webhooks(&stage.plane).await?;
    let mut one = Auditor::start(stage, "one", HOME, hurried).await?;
    one.leads().await?;
    let mut two = Auditor::start(stage, "two", HOME, hurried).await?;
    until(PATIENCE, "the other to be ready", || async {
        Ok(two.metric("portcullis_leading").await.is_ok().then_some(()))
    })
    .await?;
    // Until its caches are filled it does not stand for election.
    tokio::time::sleep(Duration::from_secs(5)).await;
    ensure!(two.metric("portcullis_leading").await? == 0.0, "both lead");
    let code = one.terminate().await?;
    ensure!(code == 0, "it ended with exit code {code}");
    let start = std::time::Instant::now();
    two.leads().await?;
    let took = start.elapsed();
    ensure!(took < Duration::from_secs(9), "it waited {took:?}, as for a Lease that runs out");
    two.terminate().await?;
    Ok(())
}
