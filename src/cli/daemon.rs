//! What the commands that run for long have in common.

use clap::{Args, ValueEnum};

use crate::telemetry::{self, LogFormat, TelemetryError};

/// Where every Pod with a mounted token reads its own namespace.
const OWN_NAMESPACE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/// Where the process runs.
#[derive(Clone, Debug, Args)]
pub(super) struct Home {
    /// The namespace that Portcullis itself runs in, exempt like kube-system [default: that of the Pod]
    #[arg(long, value_name = "NAME")]
    own_namespace: Option<String>,
}

impl Home {
    /// The namespace. What holds for every namespace must never keep us from coming up, so it is exempt.
    #[expect(clippy::disallowed_methods, reason = "the command line reads files")]
    pub(super) fn namespace(&self) -> Option<String> {
        let mounted = || std::fs::read_to_string(OWN_NAMESPACE).ok();
        let name = self.own_namespace.clone().or_else(mounted)?;
        Some(name.trim().to_owned()).filter(|name| !name.is_empty())
    }
}

/// What it logs.
#[derive(Clone, Debug, Args)]
pub(super) struct Logs {
    /// Log lines as text or as JSON objects
    #[arg(long, value_enum, default_value_t = Format::Text)]
    log_format: Format,
    /// What to log, like `info` or `warn,portcullis=debug`
    #[arg(long, value_name = "FILTER", default_value = "info")]
    log: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Json,
    Text,
}

impl Logs {
    /// Starts the logs of this process.
    pub(super) fn start(&self) -> Result<(), TelemetryError> {
        let format = match self.log_format {
            Format::Json => LogFormat::Json,
            Format::Text => LogFormat::Text,
        };
        telemetry::start(format, &self.log)
    }
}
