//! The manifests of deploy/ on the control plane under test: as they are, but for where the webhooks are called.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::objects::list;
use crate::control_plane::ControlPlane;
use crate::control_plane::users::ADMIN;
use crate::kubectl::kubectl;

/// The folder that users apply.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy")
}

/// All manifests of deploy/, in the order of their files.
pub(crate) fn manifests() -> Result<Vec<Value>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder())? {
        files.push(entry?.path());
    }
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    let mut manifests = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file)?;
        let documents: Vec<Value> = serde_saphyr::from_multiple(&text)
            .with_context(|| format!("reading {}", file.display()))?;
        manifests.extend(documents);
    }
    ensure!(!manifests.is_empty(), "there are no manifests in {}", folder().display());
    Ok(manifests)
}

/// The settings file that deploy/ ships.
pub(crate) fn settings() -> Result<String> {
    let manifests = manifests()?;
    let map = manifests.iter().find(|manifest| manifest["kind"] == "ConfigMap");
    let text = map.and_then(|map| map["data"]["settings.yaml"].as_str());
    Ok(text.context("deploy/ has no ConfigMap with settings.yaml")?.to_owned())
}

/// Applies all of deploy/ but the webhook configurations.
pub(crate) async fn install_without_webhooks(plane: &ControlPlane) -> Result<()> {
    let mut manifests = manifests()?;
    manifests.retain(|manifest| manifest["webhooks"].is_null());
    apply(plane, &manifests).await
}

/// Applies deploy/ with every webhook entry called at the URL that `url` makes of its name and path.
pub(crate) async fn install(
    plane: &ControlPlane,
    url: impl Fn(&str, &str) -> String,
) -> Result<()> {
    let ca = encode_base64(&plane.authority.pem());
    let mut manifests = manifests()?;
    for entry in
        manifests.iter_mut().filter_map(|manifest| manifest["webhooks"].as_array_mut()).flatten()
    {
        let name = entry["name"].as_str().context("a webhook entry has a name")?;
        let path = entry["clientConfig"]["service"]["path"]
            .as_str()
            .context("a webhook entry has a path")?;
        entry["clientConfig"] = json!({"url": url(name, path), "caBundle": ca});
    }
    apply(plane, &manifests).await
}

async fn apply(plane: &ControlPlane, manifests: &[Value]) -> Result<()> {
    kubectl(plane, ADMIN, &["apply", "-f", "-"], &list(manifests).to_string()).await?.admitted()?;
    Ok(())
}

/// Takes the webhook configurations away; the rest of deploy/ stays.
pub(crate) async fn uninstall(plane: &ControlPlane) -> Result<()> {
    let kinds = "mutatingwebhookconfigurations,validatingwebhookconfigurations";
    kubectl(plane, ADMIN, &["delete", kinds, "portcullis"], "").await?.admitted()?;
    Ok(())
}

/// A kubeconfig with which a program is the `ServiceAccount` of deploy/, has its rights and no others, and reaches the
/// API server by way of `port`.
pub(crate) async fn service_account_kubeconfig(plane: &ControlPlane, port: u16) -> Result<PathBuf> {
    account_kubeconfig(plane, "portcullis-system", "portcullis", port).await
}

/// The same for any `ServiceAccount`.
pub(crate) async fn account_kubeconfig(
    plane: &ControlPlane,
    namespace: &str,
    account: &str,
    port: u16,
) -> Result<PathBuf> {
    let arguments = ["create", "token", account, "--namespace", namespace, "--duration=8h"];
    let token = kubectl(plane, ADMIN, &arguments, "").await?.admitted()?.stdout;
    plane.write_kubeconfig(account, token.trim(), port)
}

/// Base64, by way of the type that Kubernetes uses for it.
fn encode_base64(text: &str) -> Value {
    json!(k8s_openapi::ByteString(text.as_bytes().to_vec()))
}
