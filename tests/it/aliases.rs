//! A kind that is served in a version that no rule of the webhook configurations names.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::objects::{deployment, list, namespace};
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;
use crate::tiers::{cluster_policy, install, label};
use crate::wait::until;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![another_version_is_no_way_around];

const DEFINITION: &str = "clusternetworkpolicies.policy.networking.k8s.io";
/// Served beside the real one, with its schema.
const ALIAS: &str = "v1alpha9";

async fn another_version_is_no_way_around(stage: &Stage) -> Result<()> {
    install(stage).await?;
    serve_alias(stage).await?;
    let shop = stage.name("shop");
    let policy = cluster_policy(stage, "base", "Admin");
    let objects = [policy.clone(), namespace(&shop, &[(&label(stage), "in")])];
    stage.kubectl(&["apply", "-f", "-"], &list(&objects).to_string()).await?.admitted()?;
    stage.apply(&shop, &deployment("web")).await?.admitted()?;

    let (name, rule) = (stage.name("base"), "missing-default-deny");
    let kind = format!("clusternetworkpolicies.{ALIAS}.policy.networking.k8s.io");
    stage.kubectl(&["delete", &kind, &name], "").await?.rejected(rule)?;
    let mut opened = policy;
    opened["apiVersion"] = json!(format!("policy.networking.k8s.io/{ALIAS}"));
    opened["spec"]["ingress"][0]["action"] = json!("Accept");
    stage.kubectl(&["replace", "-f", "-"], &opened.to_string()).await?.rejected(rule)?;
    Ok(())
}

async fn serve_alias(stage: &Stage) -> Result<()> {
    let get = ["get", "crd", DEFINITION, "-o", "json"];
    let definition = stage.kubectl(&get, "").await?.admitted()?;
    let mut definition: Value = serde_json::from_str(&definition.stdout)?;
    let versions = definition["spec"]["versions"].as_array_mut().context("versions")?;
    let mut alias = versions.first().context("a version")?.clone();
    (alias["name"], alias["storage"]) = (json!(ALIAS), json!(false));
    versions.push(alias);
    stage.kubectl(&["replace", "-f", "-"], &definition.to_string()).await?.admitted()?;
    let path = format!("/apis/policy.networking.k8s.io/{ALIAS}/clusternetworkpolicies");
    until(std::time::Duration::from_mins(1), "the other version to be served", || async {
        let answer = stage.kubectl(&["get", "--raw", &path], "").await?;
        Ok((answer.code == 0).then_some(()))
    })
    .await?;
    // kubectl remembers which versions there are.
    let versions = stage.kubectl(&["api-versions"], "").await?.admitted()?;
    ensure!(versions.stdout.contains(ALIAS), "{versions}: {ALIAS} is not told");
    Ok(())
}
