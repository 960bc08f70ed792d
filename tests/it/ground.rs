//! The ground itself: the control plane, its users, kubectl, and deploy/ as users apply it.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use k8s_openapi::api::core::v1::Pod;
use kube::api::ListParams;
use kube::{Api, Client};

use crate::control_plane::users::{ADMIN, DEVELOPER};
use crate::installation;
use crate::scenario::{Scenario, scenarios};
use crate::stage::Stage;
use crate::wait::until;

pub(crate) const SCENARIOS: &[Scenario] = scenarios![
    a_namespace_comes_and_goes,
    users_differ,
    deployments_get_pods,
    a_server_side_dry_run_stores_nothing,
    the_audit_log_tells_what_happened,
    deploy_is_applied_as_it_is,
];

async fn a_namespace_comes_and_goes(stage: &Stage) -> Result<()> {
    let shop = stage.name("shop");
    stage.kubectl(&["create", "namespace", &shop], "").await?.admitted()?.silent()?;
    stage.kubectl(&["delete", "namespace", &shop, "--wait=false"], "").await?.admitted()?;
    stage.wait_for_end_of(&shop).await
}

async fn users_differ(stage: &Stage) -> Result<()> {
    let who =
        stage.kubectl_as(DEVELOPER, &["auth", "whoami", "-o", "json"], "").await?.admitted()?;
    who.says(DEVELOPER.name)?;
    let denied =
        stage.kubectl_as(DEVELOPER, &["create", "namespace", &stage.name("shop")], "").await?;
    ensure!(denied.code != 0, "{denied}: a user without rights created a namespace");
    denied.says("cannot create resource \"namespaces\"")?;
    Ok(())
}

async fn deployments_get_pods(stage: &Stage) -> Result<()> {
    let shop = stage.name("shop");
    stage.kubectl(&["create", "namespace", &shop], "").await?.admitted()?;
    let arguments =
        ["create", "deployment", "web", "--image=web", "--replicas=2", "--namespace", &shop];
    stage.kubectl(&arguments, "").await?.admitted()?;
    let pods: Api<Pod> = Api::namespaced(stage.client.clone(), &shop);
    until(Duration::from_mins(1), "two Pods of the Deployment", || async {
        let found = pods.list(&ListParams::default().labels("app=web")).await?;
        Ok((found.items.len() == 2).then_some(()))
    })
    .await
}

async fn a_server_side_dry_run_stores_nothing(stage: &Stage) -> Result<()> {
    let shop = stage.name("shop");
    stage
        .kubectl(&["create", "namespace", &shop, "--dry-run=server"], "")
        .await?
        .admitted()?
        .says("server dry run")?;
    let found = stage
        .kubectl(&["get", "namespace", &shop, "--ignore-not-found", "-o", "name"], "")
        .await?
        .admitted()?;
    ensure!(found.stdout.is_empty(), "{found}: the dry run stored the namespace");
    Ok(())
}

async fn the_audit_log_tells_what_happened(stage: &Stage) -> Result<()> {
    let shop = stage.name("shop");
    stage.kubectl(&["create", "namespace", &shop], "").await?.admitted()?;
    let events = stage.plane.audit_log().of_namespace(&shop)?;
    let creation = events
        .iter()
        .find(|event| event["verb"] == "create" && event["objectRef"]["resource"] == "namespaces");
    let creation = creation.context("the creation of the namespace is not in the audit log")?;
    ensure!(creation["user"]["username"] == ADMIN.name, "another user: {creation}");
    ensure!(
        creation["responseObject"]["metadata"]["name"] == shop.as_str(),
        "no response body: {creation}"
    );
    Ok(())
}

/// The files themselves, on an API server that has the namespace: schema, CEL and defaults are those of the server.
async fn deploy_is_applied_as_it_is(stage: &Stage) -> Result<()> {
    let folder = installation::folder();
    let folder = folder.to_str().context("the path of deploy/ is text")?;
    let namespace = format!("{folder}/00-namespace.yaml");
    stage.kubectl(&["apply", "-f", &namespace], "").await?.admitted()?;
    let strict = ["apply", "-f", folder, "--dry-run=server", "--validate=strict"];
    stage.kubectl(&strict, "").await?.admitted()?.silent()?;
    pods_are_restricted(&stage.client).await
}

/// Pod Security Admission warns on the Deployment when its Pods would not fit our namespace; here nothing may be left.
async fn pods_are_restricted(client: &Client) -> Result<()> {
    let namespaces: Api<k8s_openapi::api::core::v1::Namespace> = Api::all(client.clone());
    let labels = namespaces.get("portcullis-system").await?.metadata.labels.unwrap_or_default();
    let enforced = labels.get("pod-security.kubernetes.io/enforce").map(String::as_str);
    ensure!(
        enforced == Some("restricted"),
        "our namespace does not enforce `restricted`: {labels:?}"
    );
    Ok(())
}
