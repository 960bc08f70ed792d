//! Helm itself.

use anyhow::Result;
use tokio::process::Command;

use crate::control_plane::ControlPlane;
use crate::control_plane::users::ADMIN;
use crate::kubectl::{Outcome, run};

/// Runs Helm as the administrator, with `values` (YAML or JSON) on its standard input.
pub(crate) async fn helm(
    plane: &ControlPlane,
    arguments: &[&str],
    values: &str,
) -> Result<Outcome> {
    let folder = plane.folder().join("helm");
    let mut command = Command::new(plane.program("helm"));
    command
        .args(arguments)
        .arg("--kubeconfig")
        .arg(plane.kubeconfig(ADMIN))
        .env("HOME", plane.folder())
        .env("HELM_CACHE_HOME", folder.join("cache"))
        .env("HELM_CONFIG_HOME", folder.join("config"))
        .env("HELM_DATA_HOME", folder.join("data"));
    run(command, format!("helm {}", arguments.join(" ")), values).await
}
