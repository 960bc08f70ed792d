//! kubectl, and what its user reads afterwards.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::control_plane::ControlPlane;
use crate::control_plane::users::User;

/// No command of a scenario takes that long unless it hangs.
const PATIENCE: Duration = Duration::from_secs(90);

/// How a command ended and what it printed.
#[derive(Debug)]
pub(crate) struct Outcome {
    command: String,
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs kubectl as `user`, with `input` on its standard input.
pub(crate) async fn kubectl(
    plane: &ControlPlane,
    user: User,
    arguments: &[&str],
    input: &str,
) -> Result<Outcome> {
    let mut command = Command::new(plane.program("kubectl"));
    command
        .arg("--kubeconfig")
        .arg(plane.kubeconfig(user))
        .arg("--cache-dir")
        .arg(plane.folder().join("kubectl-cache"))
        .args(arguments)
        .env("HOME", plane.folder());
    run(command, format!("kubectl {} (as {})", arguments.join(" "), user.name), input).await
}

/// Runs a command with `input` on its standard input; `called` is what failures call it.
pub(crate) async fn run(mut command: Command, called: String, input: &str) -> Result<Outcome> {
    let mut child = command
        .kill_on_drop(true)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting {called}"))?;
    let mut stdin = child.stdin.take().context("a command has a standard input")?;
    // A command that does not read its input closes it: no concern here.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    let output = tokio::time::timeout(PATIENCE, child.wait_with_output())
        .await
        .with_context(|| format!("{called} did not end within {PATIENCE:?}"))??;
    Ok(Outcome {
        command: called,
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

impl Outcome {
    /// The command succeeded.
    pub(crate) fn admitted(self) -> Result<Self> {
        ensure!(self.code == 0, "{self} should have been admitted");
        Ok(self)
    }

    /// A webhook denied the command and named `rule` first in a line of its message.
    pub(crate) fn rejected(self, rule: &str) -> Result<Self> {
        let named = self.denial().lines().any(|line| line.starts_with(&format!("{rule}: ")));
        ensure!(self.code != 0 && named, "{self} should have been rejected by {rule}");
        Ok(self)
    }

    /// A webhook denied the command, by whatever rule.
    pub(crate) fn refused(self) -> Result<Self> {
        ensure!(
            self.code != 0 && self.stderr.contains("denied the request: "),
            "{self} should have been refused"
        );
        Ok(self)
    }

    /// A warning that names `rule` was shown.
    pub(crate) fn warned(self, rule: &str) -> Result<Self> {
        let named = self.warnings().any(|warning| warning.contains(rule));
        ensure!(named, "{self} should have warned about {rule}");
        Ok(self)
    }

    /// No warning was shown.
    pub(crate) fn silent(self) -> Result<Self> {
        ensure!(self.warnings().next().is_none(), "{self} should have shown no warning");
        Ok(self)
    }

    /// The output or the errors hold `text`.
    pub(crate) fn says(self, text: &str) -> Result<Self> {
        ensure!(
            self.stdout.contains(text) || self.stderr.contains(text),
            "{self} should have said {text:?}"
        );
        Ok(self)
    }

    /// What the webhook says after `denied the request: `.
    pub(crate) fn denial(&self) -> &str {
        self.stderr.split_once("denied the request: ").map_or("", |(_, message)| message)
    }

    /// What kubectl shows as warnings.
    pub(crate) fn warnings(&self) -> impl Iterator<Item = &str> {
        self.stderr.lines().filter_map(|line| line.strip_prefix("Warning: "))
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { command, code, stdout, stderr } = self;
        write!(f, "`{command}` (exit code {code}, output {stdout:?}, errors\n{stderr}\n)")
    }
}
