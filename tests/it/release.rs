//! Portcullis installed by its chart, as a release of Helm: under a name and in a namespace of its own.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::chart;
use crate::control_plane::ControlPlane;
use crate::control_plane::users::ADMIN;
use crate::helm::helm;
use crate::installation;
use crate::kubectl::{Outcome, kubectl};
use crate::proxy::Proxy;
use crate::webhook::Webhook;

/// The release, and its namespace.
const RELEASE: &str = "portcullis-release";

/// Installs the chart without its webhook configurations, starts the program with the settings that it rendered, and
/// then upgrades to the webhook configurations: as somebody does who wants to be ready before anything is asked.
pub(crate) async fn install(
    plane: &ControlPlane,
    change: fn(&mut Value),
) -> Result<(Webhook, Proxy)> {
    let mut values = json!({"settings": {}, "webhook": {"enabled": false}});
    change(&mut values["settings"]);
    let first = ["install", "--create-namespace"];
    send(plane, &first, &values).await?;
    let proxy = Proxy::start(plane.port()).await?;
    let kubeconfig = installation::account_kubeconfig(plane, RELEASE, RELEASE, proxy.port).await?;
    let webhook = Webhook::start(plane, RELEASE, &settings(plane).await?, kubeconfig).await?;
    values["webhook"] = json!({"url": format!("https://{}", webhook.address)});
    values["certificates"] = json!({"caBundle": plane.authority.pem()});
    send(plane, &["upgrade"], &values).await?;
    Ok((webhook, proxy))
}

/// Takes the release away, and sees that nothing of it is left that could refuse anything.
pub(crate) async fn uninstall(plane: &ControlPlane) -> Result<()> {
    helm(plane, &["uninstall", RELEASE, "--namespace", RELEASE], "").await?.admitted()?;
    let kinds = "mutatingwebhookconfigurations,validatingwebhookconfigurations,clusterroles,clusterrolebindings";
    let mine = format!("app.kubernetes.io/instance={RELEASE}");
    let left =
        kubectl(plane, ADMIN, &["get", kinds, "-l", &mine, "-o", "name"], "").await?.admitted()?;
    ensure!(left.stdout.is_empty(), "{left}: helm uninstall left something behind");
    Ok(())
}

async fn send(plane: &ControlPlane, verb: &[&str], values: &Value) -> Result<Outcome> {
    let folder = chart::folder();
    let folder = folder.to_str().context("the path of the chart is text")?;
    let release = [RELEASE, folder, "--namespace", RELEASE, "--values", "-"];
    helm(plane, &[verb, &release].concat(), &values.to_string()).await?.admitted()
}

/// The settings file as it is mounted into the Pods.
async fn settings(plane: &ControlPlane) -> Result<String> {
    let path = "jsonpath={.data.settings\\.yaml}";
    let arguments = ["get", "configmap", RELEASE, "--namespace", RELEASE, "-o", path];
    Ok(kubectl(plane, ADMIN, &arguments, "").await?.admitted()?.stdout)
}
