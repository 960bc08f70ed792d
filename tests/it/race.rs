//! Namespace, policy and Deployment a few milliseconds apart, many at a time: no false denial; and without the policy not
//! one admitted.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use kube::api::{DynamicObject, PostParams};
use kube::core::{ApiResource, GroupVersionKind};
use kube::{Api, Client};
use serde_json::Value;

use crate::objects::{DECLARATION, deny_ingress, deployment, list, namespace};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![no_false_denial, not_one_is_admitted];

const AT_A_TIME: usize = 8;
/// How many of the rounds go through kubectl.
const BY_KUBECTL: usize = 10;

fn rounds() -> usize {
    if std::env::var_os("PORTCULLIS_NIGHTLY").is_some() { 500 } else { 50 }
}

async fn no_false_denial(stage: &Stage) -> Result<()> {
    let round = async |round: usize| {
        let shop = stage.name(&round.to_string());
        let objects =
            [namespace(&shop, &[(DECLARATION, "self")]), deny_ingress(), deployment("web")];
        if round < BY_KUBECTL {
            let objects = objects.map(|object| within(object, &shop));
            stage.kubectl(&["apply", "-f", "-"], &list(&objects).to_string()).await?.admitted()?;
            return Ok(());
        }
        for object in objects {
            pause().await;
            create(&stage.client, &shop, object).await.with_context(|| format!("round {round}"))?;
        }
        anyhow::Ok(())
    };
    let all = stream::iter(0..rounds()).map(round).buffer_unordered(AT_A_TIME);
    all.try_collect::<()>().await?;
    let events = recorded(stage)?;
    // Also what controllers did meanwhile: not a ReplicaSet, not a Pod was refused by us.
    let denial = events.iter().find(|event| is_ours(event));
    ensure!(denial.is_none(), "the audit log holds a denial: {denial:#?}");
    let created = creations(&events).filter(|event| code(event) == Some(201)).count();
    ensure!(created == rounds(), "the audit log holds {created} Deployments of {}", rounds());
    Ok(())
}

async fn not_one_is_admitted(stage: &Stage) -> Result<()> {
    let round = async |round: usize| {
        let shop = stage.name(&round.to_string());
        create(&stage.client, &shop, namespace(&shop, &[(DECLARATION, "self")])).await?;
        pause().await;
        if round < BY_KUBECTL {
            stage.apply(&shop, &deployment("web")).await?.rejected("uncovered-workload")?;
            return Ok(());
        }
        let outcome = create(&stage.client, &shop, deployment("web")).await;
        let error = outcome.err().map(|error| format!("{error:#}")).unwrap_or_default();
        ensure!(
            error.contains("uncovered-workload"),
            "round {round}: admitted, or another error: {error:?}"
        );
        anyhow::Ok(())
    };
    let all = stream::iter(0..rounds()).map(round).buffer_unordered(AT_A_TIME);
    all.try_collect::<()>().await?;
    let events = recorded(stage)?;
    let admitted = creations(&events).find(|event| code(event) == Some(201));
    ensure!(admitted.is_none(), "the audit log holds an admission: {admitted:#?}");
    let denied = creations(&events).filter(|event| is_ours(event)).count();
    ensure!(denied == rounds(), "the audit log holds {denied} denials of {}", rounds());
    Ok(())
}

/// What the API server wrote down about the namespaces of the scenario, whatever its clients believe.
fn recorded(stage: &Stage) -> Result<Vec<Value>> {
    let prefix = stage.name("");
    stage.plane.audit_log().of_namespaces(|name| name.starts_with(&prefix))
}

/// The attempts to create a Deployment.
fn creations(events: &[Value]) -> impl Iterator<Item = &Value> {
    events.iter().filter(|event| {
        event["verb"] == "create" && event["objectRef"]["resource"] == "deployments"
    })
}

/// Whether a webhook refused it: others refuse things too, such as a Pod whose `ServiceAccount` is not there yet.
fn is_ours(event: &Value) -> bool {
    let message = event["responseStatus"]["message"].as_str().unwrap_or_default();
    code(event) == Some(403) && message.contains("admission webhook")
}

fn code(event: &Value) -> Option<u64> {
    event["responseStatus"]["code"].as_u64()
}

async fn create(client: &Client, namespace: &str, object: Value) -> Result<()> {
    let object: DynamicObject = serde_json::from_value(object)?;
    let types = object.types.clone().context("manifests name their type")?;
    let resource = ApiResource::from_gvk(&GroupVersionKind::try_from(types)?);
    let api: Api<DynamicObject> = match resource.kind.as_str() {
        "Namespace" => Api::all_with(client.clone(), &resource),
        _ => Api::namespaced_with(client.clone(), namespace, &resource),
    };
    api.create(&PostParams::default(), &object).await?;
    Ok(())
}

fn within(mut object: Value, namespace: &str) -> Value {
    if object["kind"] != "Namespace" {
        object["metadata"]["namespace"] = namespace.into();
    }
    object
}

async fn pause() {
    tokio::time::sleep(Duration::from_millis(fastrand::u64(0..30))).await;
}
