//! The program under test: `portcullis serve` as the `ServiceAccount` of deploy/.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use kube::{Client, Config};

use crate::control_plane::ControlPlane;
use crate::control_plane::ports::Ports;
use crate::control_plane::process::Process;
use crate::wait::until;

/// Until it is ready: all caches filled.
const START: Duration = Duration::from_mins(1);

/// Seconds that it serves on after it was told to end.
const DRAIN: u64 = 5;

/// A webhook that can be stopped and started again on its address.
pub(crate) struct Webhook {
    process: Mutex<Option<Process>>,
    folder: PathBuf,
    kubeconfig: PathBuf,
    /// Where the API server calls.
    pub(crate) address: SocketAddr,
    admin: SocketAddr,
}

impl Webhook {
    /// Starts it with the settings file given as text, and waits until it is ready.
    pub(crate) async fn start(
        plane: &ControlPlane,
        name: &str,
        settings: &str,
        kubeconfig: PathBuf,
    ) -> Result<Self> {
        let folder = plane.folder().join(name);
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("settings.yaml"), settings)?;
        plane.authority.issue(&folder, "tls", &["portcullis.portcullis-system.svc"])?;
        let mut ports = Ports::reserve(2)?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, ports.take()?));
        let admin = SocketAddr::from((Ipv4Addr::LOCALHOST, ports.take()?));
        let this = Self { process: Mutex::new(None), folder, kubeconfig, address, admin };
        this.start_again().await?;
        Ok(this)
    }

    /// Kills it, as the loss of all replicas would.
    pub(crate) fn stop(&self) {
        drop(self.process().take());
    }

    /// Asks it to end, as a rollout does, and tells the exit code.
    pub(crate) async fn terminate(&self) -> Result<i32> {
        self.process().as_mut().context("it does not run")?.signal("TERM")?;
        until(Duration::from_mins(1), "the webhook to end", || async {
            Ok(self.process().as_mut().and_then(Process::ended))
        })
        .await
    }

    /// Starts it again where it was.
    pub(crate) async fn start_again(&self) -> Result<()> {
        self.run()?;
        self.wait_until_ready().await
    }

    fn run(&self) -> Result<()> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
        command
            .arg("serve")
            .arg(format!("--listen={}", self.address))
            .arg(format!("--admin-listen={}", self.admin))
            .args(self.flag("tls-cert", "tls.crt"))
            .args(self.flag("tls-key", "tls.key"))
            .args(self.flag("config", "settings.yaml"))
            .arg(format!("--drain={DRAIN}"))
            .arg("--own-namespace=portcullis-system")
            .arg("--kubeconfig")
            .arg(&self.kubeconfig)
            .env("HOME", &self.folder)
            .env_remove("KUBECONFIG");
        *self.process() = Some(Process::start(&command, &self.folder.join("log"))?);
        Ok(())
    }

    fn flag(&self, flag: &str, file: &str) -> [String; 2] {
        [format!("--{flag}"), self.folder.join(file).display().to_string()]
    }

    async fn wait_until_ready(&self) -> Result<()> {
        until(START, "the webhook to be ready", || async {
            self.is_alive()?;
            Ok(self.ask("/readyz").await.ok().map(|_| ()))
        })
        .await
        .with_context(|| self.last_words())
    }

    fn is_alive(&self) -> Result<()> {
        if let Some(process) = self.process().as_mut()
            && let Some(code) = process.ended()
        {
            bail!("portcullis ended with code {code}; its last words:\n{}", process.last_words());
        }
        Ok(())
    }

    /// Puts other settings in the place of its file, at once, as a mount does.
    pub(crate) fn change_settings(&self, settings: &str) -> Result<()> {
        let new = self.folder.join("settings.new");
        std::fs::write(&new, settings)?;
        Ok(std::fs::rename(new, self.folder.join("settings.yaml"))?)
    }

    /// All of its log.
    pub(crate) fn log(&self) -> String {
        let log = std::fs::read(self.folder.join("log")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// The last lines of its log.
    pub(crate) fn last_words(&self) -> String {
        self.process().as_ref().map(Process::last_words).unwrap_or_default()
    }

    /// The sum of all series of a metric whose labels hold `labels`.
    pub(crate) async fn metric(&self, name: &str, labels: &str) -> Result<f64> {
        let text = self.ask("/metrics").await?;
        let mut sum = 0.0;
        for line in text.lines().filter(|line| line.starts_with(name) && line.contains(labels)) {
            sum += line.rsplit(' ').next().unwrap_or_default().parse::<f64>()?;
        }
        Ok(sum)
    }

    /// What the second listener answers on a path; an error when that is not OK.
    pub(crate) async fn ask(&self, path: &str) -> Result<String> {
        let client = Client::try_from(Config::new(format!("http://{}", self.admin).parse()?))?;
        Ok(client.request_text(http::Request::get(path).body(Vec::new())?).await?)
    }

    fn process(&self) -> MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
