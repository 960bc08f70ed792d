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
    stream::iter(0..rounds()).map(round).buffer_unordered(AT_A_TIME).try_collect().await
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
    stream::iter(0..rounds()).map(round).buffer_unordered(AT_A_TIME).try_collect().await
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
