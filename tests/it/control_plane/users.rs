//! Who talks to the API server: bearer tokens from a file, and a kubeconfig for each.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::json;

/// A user of the token file. The token is the name: nothing outside this machine ever sees the API server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) name: &'static str,
    groups: &'static str,
}

/// May do everything.
pub(crate) const ADMIN: User = User { name: "admin", groups: "system:masters" };
/// Has no rights but those that a scenario gives.
pub(crate) const DEVELOPER: User = User { name: "dana", groups: "developers" };
/// The control plane's own controllers.
pub(crate) const CONTROLLER_MANAGER: User =
    User { name: "system:kube-controller-manager", groups: "system:authenticated" };

/// All of them.
pub(crate) const USERS: [User; 3] = [ADMIN, DEVELOPER, CONTROLLER_MANAGER];

/// The file for `--token-auth-file`.
pub(crate) fn token_file() -> String {
    USERS.iter().fold(String::new(), |mut lines, user| {
        let _ = writeln!(lines, "{0},{0},{0},\"{1}\"", user.name, user.groups);
        lines
    })
}

/// Writes a kubeconfig that speaks to `server` with `token`, and tells where.
pub(crate) fn write_kubeconfig(
    folder: &Path,
    name: &str,
    server: &str,
    ca: &Path,
    token: &str,
) -> Result<PathBuf> {
    let file = folder.join(format!("{}.kubeconfig", name.replace(':', "-")));
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "test",
        "clusters": [{"name": "test", "cluster": {"server": server, "certificate-authority": ca}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": name}}],
        "users": [{"name": name, "user": {"token": token}}],
    });
    std::fs::write(&file, config.to_string())
        .with_context(|| format!("writing {}", file.display()))?;
    Ok(file)
}
