//! `serve`: the admission webhook.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;

use crate::certs::{self, PairPaths};
use crate::cluster::Measured;
use crate::model::Settings;
use crate::webhook::{
    Bound, Drain, Metrics, Protocols, Reload, RuleGate, ServerSettings, SettingsReload, renew,
    termination,
};

use super::daemon::{Home, Logs};
use super::knowledge::{Source, State};
use super::{FactsPath, SettingsFile};

/// How often certificate files are looked at.
const RELOAD_EVERY: Duration = Duration::from_secs(10);
/// How often settings are looked at; they hold when they were read the same twice.
const SETTINGS_EVERY: Duration = Duration::from_secs(3);
/// How often a certificate of our own is looked at.
const RENEW_EVERY: Duration = Duration::from_mins(10);

/// `portcullis serve`
#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    settings: SettingsFile,
    #[command(flatten)]
    facts: FactsPath,
    #[command(flatten)]
    home: Home,
    /// Where the API server calls, over HTTPS
    #[arg(long, value_name = "ADDRESS", default_value = "0.0.0.0:8443")]
    listen: SocketAddr,
    /// Where /healthz, /readyz and /metrics are, over HTTP
    #[arg(long, value_name = "ADDRESS", default_value = "0.0.0.0:8080")]
    admin_listen: SocketAddr,
    /// Certificate chain in PEM; looked at every few seconds and reloaded when it changes
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Its private key in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Without --tls-cert: where a self-signed authority and certificate are kept
    #[arg(long, value_name = "DIRECTORY", default_value = "certs", conflicts_with = "tls_cert")]
    certs_dir: PathBuf,
    /// Without --tls-cert: host names and addresses that the certificate is for
    #[arg(long, value_name = "NAME", num_args = 1.., default_values = ["localhost", "127.0.0.1", "::1"])]
    tls_name: Vec<String>,
    /// Offer TLS 1.2 besides TLS 1.3
    #[arg(long)]
    tls12: bool,
    /// Write the addresses that were bound to this file, as JSON (for port 0)
    #[arg(long, value_name = "FILE")]
    addresses_file: Option<PathBuf>,
    /// Longest time in seconds to go on serving after SIGTERM
    #[arg(long, value_name = "SECONDS", default_value_t = 100)]
    drain: u64,
    #[command(flatten)]
    logs: Logs,
}

impl Serve {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        self.logs.start()?;
        let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
        runtime.block_on(self.serve())
    }

    async fn serve(self) -> anyhow::Result<ExitCode> {
        let read = self.settings_reader();
        let settings = Arc::new(read()?);
        let state = self.source.open_with(&settings, self.home.namespace().as_deref()).await?;
        let watched = state.watched();
        let mut metrics = Metrics::new();
        if let Some(watched) = &watched {
            let measured = Measured::new(watched.clone());
            metrics.registry().register_collector(Box::new(measured));
        }
        let metrics = Arc::new(metrics);
        let reload = Reload::new(self.pair()?, RELOAD_EVERY, Arc::clone(&metrics))?;
        let certificates = reload.certificates();
        let bound = self.bind()?;
        let gate = Arc::new(RuleGate::new(settings, state, Arc::clone(&metrics)));
        let read = move || read().map_err(|error| format!("{error:#}"));
        let switch =
            SettingsReload::new(read, SETTINGS_EVERY, Arc::clone(&gate), Arc::clone(&metrics));
        tracing::info!(
            webhook = %bound.settings().webhook,
            admin = %bound.settings().operations,
            version = env!("CARGO_PKG_VERSION"),
            "serving"
        );
        let stop = async {
            termination().await.unwrap_or_else(|error| tracing::error!(%error, "no signals"));
        };
        let renewal = async {
            match &self.tls_cert {
                None => renew(self.certs_dir.clone(), self.tls_name.clone(), RENEW_EVERY).await,
                Some(_) => std::future::pending().await,
            }
        };
        // Whatever of this ends, ends the process: nothing may fail unseen while the rest goes on.
        tokio::select! {
            served = bound.serve(gate, certificates, metrics, stop) => served?,
            () = switch.run() => bail!("the settings are no longer looked at"),
            () = reload.run() => bail!("the certificate files are no longer looked at"),
            () = renewal => bail!("the certificate is no longer renewed"),
            ended = State::ended(watched) => bail!("the cluster is no longer watched: {ended}"),
        }
        tracing::info!("left");
        Ok(ExitCode::SUCCESS)
    }

    /// Reads the settings, with the facts and our own namespace, as often as it is called.
    fn settings_reader(&self) -> impl Fn() -> anyhow::Result<Settings> + Send + Sync + use<> {
        let (file, facts, own) = (self.settings.clone(), self.facts.clone(), self.home.namespace());
        move || {
            let mut settings = facts.with(file.read()?)?;
            settings.namespaces.exempt.extend(own.clone());
            Ok(settings)
        }
    }

    fn pair(&self) -> anyhow::Result<PairPaths> {
        if let (Some(certificate), Some(key)) = (&self.tls_cert, &self.tls_key) {
            return Ok(PairPaths { certificate: certificate.clone(), key: key.clone() });
        }
        let authority =
            certs::ensure(&self.certs_dir, &self.tls_name, time::OffsetDateTime::now_utc())?;
        tracing::info!(ca = %authority.certificate.display(), "serving with a self-signed certificate");
        Ok(authority.pair)
    }

    fn bind(&self) -> anyhow::Result<Bound> {
        let mut server = ServerSettings::new(self.listen, self.admin_listen);
        server.protocols = if self.tls12 { Protocols::Tls12And13 } else { Protocols::Tls13 };
        server.drain = Drain { longest: Duration::from_secs(self.drain), ..Drain::default() };
        let bound = server.bind()?;
        if let Some(file) = &self.addresses_file {
            let (webhook, admin) = (bound.settings().webhook, bound.settings().operations);
            let addresses = serde_json::json!({"webhook": webhook, "admin": admin}).to_string();
            std::fs::write(file, addresses)
                .with_context(|| format!("{} cannot be written", file.display()))?;
        }
        Ok(bound)
    }
}
