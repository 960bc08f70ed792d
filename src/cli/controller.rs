//! `controller`: audits the cluster all the time, and writes what it finds.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use clap::Args;

use crate::cluster::{Watch, connect};
use crate::controller::{Controller, Ground};
use crate::model::Settings;
use crate::webhook::{Settling, termination};

use super::daemon::{Home, Logs};
use super::{FactsPath, SettingsFile};

/// How often the settings are looked at.
const SETTINGS_EVERY: Duration = Duration::from_secs(3);

/// `portcullis controller`
#[derive(Debug, Args)]
pub(super) struct Control {
    /// Kubeconfig of the cluster; without one KUBECONFIG, the default file, or the Pod's own account
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    #[command(flatten)]
    settings: SettingsFile,
    #[command(flatten)]
    facts: FactsPath,
    #[command(flatten)]
    home: Home,
    /// What the Lease and Events call this process, made unlike that of any other
    #[arg(long, value_name = "NAME", env = "HOSTNAME", default_value = "portcullis-controller")]
    identity: String,
    /// Where /healthz, /readyz and /metrics are, over HTTP
    #[arg(long, value_name = "ADDRESS", default_value = "0.0.0.0:8080")]
    admin_listen: SocketAddr,
    #[command(flatten)]
    logs: Logs,
}

impl Control {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        self.logs.start()?;
        let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
        runtime.block_on(self.control())
    }

    async fn control(self) -> anyhow::Result<ExitCode> {
        let namespace = self.home.namespace().context(
            "in which namespace the Lease is kept is not known: outside of a Pod, say it with --own-namespace",
        )?;
        let mut settings = Arc::new(self.read(&namespace)?);
        let connection = connect(self.kubeconfig.as_deref()).await?;
        let watched = Watch::start(&connection, &settings);
        loop {
            let ground = Ground {
                connection: connection.clone(),
                watched: watched.clone(),
                settings: Arc::clone(&settings),
                namespace: namespace.clone(),
                identity: format!("{}_{}", self.identity, suffix()),
            };
            let controller = Controller::bind(ground, self.admin_listen)?;
            tracing::info!(
                admin = %controller.address(),
                version = env!("CARGO_PKG_VERSION"),
                mode = settings.mode.name(),
                "watching"
            );
            let mut new = None;
            let stop = async {
                tokio::select! {
                    ended = termination() => {
                        ended.unwrap_or_else(|error| tracing::error!(%error, "no signals"));
                    }
                    read = self.change_of(&settings, &namespace) => new = Some(read),
                }
            };
            Box::pin(controller.run(stop)).await?;
            let Some(new) = new else { break };
            tracing::warn!(
                mode_before = settings.mode.name(),
                mode = new.mode.name(),
                "settings reloaded"
            );
            settings = Arc::new(new);
        }
        tracing::info!("left");
        Ok(ExitCode::SUCCESS)
    }

    fn read(&self, namespace: &str) -> anyhow::Result<Settings> {
        let mut settings = self.facts.with(self.settings.read()?)?;
        settings.namespaces.exempt.push(namespace.to_owned());
        Ok(settings)
    }

    /// Waits until the files say something else that can be used; what cannot be is told, and the old settings stay.
    async fn change_of(&self, settings: &Settings, namespace: &str) -> Settings {
        let mut settling = Settling::new(Ok(settings.clone()));
        loop {
            tokio::time::sleep(SETTINGS_EVERY).await;
            let reading = self.read(namespace).map_err(|error| format!("{error:#}"));
            match settling.settled(reading) {
                Some(Ok(new)) if new != *settings => return new,
                Some(Err(error)) => {
                    tracing::error!(error, "settings not reloaded, the old ones stay");
                }
                Some(Ok(_)) | None => {}
            }
        }
    }
}

/// A process that comes back under its name is another one: it does not know what the one before was about to write.
#[expect(clippy::disallowed_methods, reason = "the command line looks at the clock")]
fn suffix() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{:x}-{:x}", std::process::id(), since.as_nanos())
}
