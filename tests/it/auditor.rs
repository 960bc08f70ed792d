//! The program under test: `portcullis controller` as its `ServiceAccount` of deploy/.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use kube::{Client, Config};
use serde_json::Value;

use crate::control_plane::ports::Ports;
use crate::control_plane::process::Process;
use crate::installation;
use crate::stage::Stage;
use crate::wait::until;

/// Until its caches are filled and the Lease is its own: another that was killed held it.
const START: Duration = Duration::from_mins(1);

/// A running controller; dropping it kills it.
pub(crate) struct Auditor {
    process: Process,
    admin: SocketAddr,
    /// Its settings file.
    settings: PathBuf,
}

impl Auditor {
    /// Starts one with the shipped settings, changed a little, its Lease in `namespace`.
    pub(crate) async fn start(
        stage: &Stage,
        name: &str,
        namespace: &str,
        change: impl FnOnce(&mut Value),
    ) -> Result<Self> {
        let account = "portcullis-controller";
        let port = stage.plane.port();
        let home = "portcullis-system";
        let kubeconfig =
            installation::account_kubeconfig(&stage.plane, home, account, port).await?;
        let folder = stage.plane.folder().join(stage.name(name));
        std::fs::create_dir_all(&folder)?;
        let mut settings: Value = serde_saphyr::from_str(&installation::settings()?)?;
        change(&mut settings);
        let file = folder.join("settings.yaml");
        std::fs::write(&file, settings.to_string())?;
        let admin = SocketAddr::from((Ipv4Addr::LOCALHOST, Ports::reserve(1)?.take()?));
        let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
        command
            .arg("controller")
            .arg(format!("--admin-listen={admin}"))
            .arg(format!("--own-namespace={namespace}"))
            .arg(format!("--identity={name}"))
            .arg(format!("--config={}", file.display()))
            .arg("--kubeconfig")
            .arg(&kubeconfig)
            .env("HOME", &folder)
            .env_remove("KUBECONFIG");
        let process = Process::start(&command, &folder.join("log"))?;
        Ok(Self { process, admin, settings: file })
    }

    /// Waits until it is this one that writes.
    pub(crate) async fn leads(&mut self) -> Result<()> {
        let start = std::time::Instant::now();
        loop {
            if let Some(code) = self.process.ended() {
                bail!("the controller ended with code {code}:\n{}", self.process.last_words());
            }
            if self.metric("portcullis_leading").await.is_ok_and(|value| value > 0.0) {
                return Ok(());
            }
            if start.elapsed() > START {
                bail!("it does not come to lead:\n{}", self.process.last_words());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Writes other settings into its file.
    pub(crate) fn change_settings(&self, change: impl FnOnce(&mut Value)) -> Result<()> {
        let mut settings: Value = serde_saphyr::from_str(&installation::settings()?)?;
        change(&mut settings);
        Ok(std::fs::write(&self.settings, settings.to_string())?)
    }

    /// Asks it to end, as a rollout does, and tells the exit code.
    pub(crate) async fn terminate(mut self) -> Result<i32> {
        self.process.signal("TERM")?;
        let process = std::sync::Mutex::new(self.process);
        until(Duration::from_secs(20), "the controller to end", || async {
            Ok(process.lock().map_or(None, |mut process| process.ended()))
        })
        .await
    }

    /// Suspends it, or lets it go on (`STOP`, `CONT`).
    pub(crate) fn signal(&mut self, name: &str) -> Result<()> {
        self.process.signal(name)
    }

    /// The last lines of its log.
    pub(crate) fn last_words(&self) -> String {
        self.process.last_words()
    }

    /// The sum of all series of a metric that start so.
    pub(crate) async fn metric(&self, start: &str) -> Result<f64> {
        let client = Client::try_from(Config::new(format!("http://{}", self.admin).parse()?))?;
        let request = http::Request::get("/metrics").body(Vec::new())?;
        let text = client.request_text(request).await?;
        let mut sum = 0.0;
        for line in text.lines().filter(|line| line.starts_with(start)) {
            let value = line.rsplit(' ').next().context("a value")?;
            sum += value.parse::<f64>()?;
        }
        Ok(sum)
    }
}
