//! A cluster that never had policies: on the first day nothing stops and everything is reported; then its namespaces are
//! declared one by one, and at last asked for more.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::program::{audited, portcullis};
use crate::objects::{deployment, list, namespace, workload};
use crate::release;
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;
use crate::wait::until;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![twenty_old_namespaces];

/// How many namespaces were there before.
const OLD: usize = 20;

async fn twenty_old_namespaces(stage: &Stage) -> Result<()> {
    let names: Vec<String> = (0..OLD).map(|number| stage.name(&format!("old{number}"))).collect();
    before_portcullis(stage, &names).await?;
    let (webhook, proxy) = release::install(&stage.plane, |_| ()).await?;
    // Whatever happens, no webhook configuration is left behind that nobody answers.
    let told = async {
        nothing_stops(stage, &names).await.context("the first day")?;
        everything_is_reported(stage, &names).await.context("the report")?;
        one_by_one(stage, &names[..3]).await.context("declared one by one")?;
        to_restricted(stage, &names[0]).await.context("baseline to restricted")
    }
    .await;
    release::uninstall(&stage.plane).await?;
    drop((webhook, proxy));
    told
}

/// A Deployment that runs, and a CronJob that fires every minute, in each.
async fn before_portcullis(stage: &Stage, names: &[String]) -> Result<()> {
    let mut objects: Vec<Value> = names.iter().map(|name| namespace(name, &[])).collect();
    for name in names {
        for mut object in [deployment("web"), every_minute()] {
            object["metadata"]["namespace"] = json!(name);
            objects.push(object);
        }
    }
    stage
        .kubectl(&["apply", "-f", "-"], &list(&objects).to_string())
        .await?
        .admitted()?
        .silent()?;
    for name in names {
        stage.wait_for_pods(name, "web", 1).await?;
    }
    Ok(())
}

fn every_minute() -> Value {
    let mut job = workload("CronJob", "tick");
    job["spec"]["schedule"] = json!("* * * * *");
    job
}

/// Drained Pods come back, Deployments roll, images are edited, `CronJobs` fire.
async fn nothing_stops(stage: &Stage, names: &[String]) -> Result<()> {
    let mut jobs = Vec::new();
    for name in names {
        jobs.push(count_of_jobs(stage, name).await?);
        let drained = drain(stage, name).await?;
        are_back(stage, name, &drained).await?;
        let image = ["set", "image", "deployment/web", "web=registry.invalid/other"];
        stage.within(name, &image).await?.admitted()?;
        stage.within(name, &["rollout", "restart", "deployment/web"]).await?.admitted()?;
        stage.within(name, &["scale", "deployment/web", "--replicas=2"]).await?.admitted()?;
    }
    for (name, before) in names.iter().zip(jobs) {
        until(Duration::from_secs(150), "a CronJob to fire", || async {
            Ok((count_of_jobs(stage, name).await? > before).then_some(()))
        })
        .await
        .with_context(|| name.clone())?;
    }
    let denied: Vec<Value> = stage
        .plane
        .audit_log()
        .of_namespaces(|name| names.iter().any(|old| old == name))?
        .into_iter()
        .filter(|event| {
            let message = event["responseStatus"]["message"].as_str().unwrap_or_default();
            event["responseStatus"]["code"] == 403 && message.contains("admission webhook")
        })
        .collect();
    ensure!(
        denied.is_empty(),
        "{} requests were refused, the first: {:#}",
        denied.len(),
        denied[0]
    );
    Ok(())
}

/// Deletes all Pods of `web`, as a drain of their node does, and tells how many are to come back.
async fn drain(stage: &Stage, namespace: &str) -> Result<Vec<String>> {
    let pods = pods(stage, namespace).await?;
    let delete = ["delete", "pods", "--selector=app=web", "--wait=false"];
    stage.within(namespace, &delete).await?.admitted()?;
    Ok(pods)
}

/// Waits for as many Pods as there were before, none of them one of those.
async fn are_back(stage: &Stage, namespace: &str, drained: &[String]) -> Result<()> {
    until(Duration::from_mins(1), "drained Pods to come back", || async {
        let pods = pods(stage, namespace).await?;
        let new = pods.iter().filter(|pod| !drained.contains(pod)).count();
        Ok((new >= drained.len()).then_some(()))
    })
    .await
    .with_context(|| namespace.to_owned())
}

/// The names of the Pods of `web`. No kubelet makes them ready, so that of a rollout there are old and new ones.
async fn pods(stage: &Stage, namespace: &str) -> Result<Vec<String>> {
    let path = "jsonpath={.items[*].metadata.name}";
    let pods = ["get", "pods", "--selector=app=web", "-o", path];
    let pods = stage.within(namespace, &pods).await?.admitted()?;
    Ok(pods.stdout.split_whitespace().map(str::to_owned).collect())
}

async fn count_of_jobs(stage: &Stage, namespace: &str) -> Result<usize> {
    let path = "jsonpath={.items[*].metadata.name}";
    let jobs = stage.within(namespace, &["get", "jobs", "-o", path]).await?.admitted()?;
    Ok(jobs.stdout.split_whitespace().count())
}

/// Each namespace and each of its workloads, and what enforcing would refuse.
async fn everything_is_reported(stage: &Stage, names: &[String]) -> Result<()> {
    let rows = audited(stage, names).await?;
    for name in names {
        for (rule, kind, object) in [
            ("undeclared-namespace", "Namespace", name.as_str()),
            ("missing-default-deny", "Namespace", name),
            ("uncovered-workload", "Deployment", "web"),
            ("uncovered-workload", "CronJob", "tick"),
        ] {
            let namespace = if kind == "Namespace" { "" } else { name };
            let row = ["deny", rule, kind, namespace, object].map(str::to_owned);
            ensure!(rows.contains(&row), "{row:?} is not reported: {rows:?}");
        }
    }
    Ok(())
}

/// First the policy, then the label: at no moment is anything refused that ran before.
async fn one_by_one(stage: &Stage, names: &[String]) -> Result<()> {
    for name in names {
        // The other order is allowed too, and says what it costs.
        let label = ["label", "namespace", name, "portcullis.dev/default-deny=self"];
        let dry =
            stage.kubectl(&[&label[..], &["--dry-run=server"]].concat(), "").await?.admitted()?;
        let dry = dry.warned("uncovered-workload")?;
        ensure!(dry.warnings().any(|line| line.contains("Deployment/web")), "{dry}");
        let policies = portcullis(stage, &["init", name]).await?.admitted()?;
        stage.kubectl(&["apply", "-f", "-"], &policies.stdout).await?.admitted()?;
        stage.kubectl(&label, "").await?.admitted()?.silent()?;
        let drained = drain(stage, name).await?;
        are_back(stage, name, &drained).await?;
        stage
            .within(name, &["rollout", "restart", "deployment/web"])
            .await?
            .admitted()?
            .silent()?;
    }
    let rows = audited(stage, names).await?;
    let denied: Vec<&[String; 5]> = rows.iter().filter(|row| row[0] == "deny").collect();
    ensure!(denied.is_empty(), "declared, and still reported: {denied:?}");
    Ok(())
}

/// More is asked of one of them: said at once, and served by the policies for it.
async fn to_restricted(stage: &Stage, name: &str) -> Result<()> {
    let label = ["label", "namespace", name, "portcullis.dev/enforce=restricted"];
    let told = stage.kubectl(&label, "").await?.admitted()?.warned("uncovered-workload")?;
    ensure!(told.warnings().any(|line| line.contains("egress")), "{told}");
    stage.apply(name, &deployment("late")).await?.rejected("uncovered-workload")?;
    let policies = portcullis(stage, &["init", name]).await?.admitted()?;
    stage.kubectl(&["apply", "-f", "-"], &policies.stdout).await?.admitted()?;
    stage.apply(name, &deployment("late")).await?.admitted()?;
    stage.within(name, &["rollout", "restart", "deployment/web"]).await?.admitted()?;
    stage.wait_for_pods(name, "late", 1).await?;
    Ok(())
}
