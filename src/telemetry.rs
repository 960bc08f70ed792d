//! Logs, one line per event to standard error, as text or as JSON; and the listener for probes and metrics.

mod operations;

use std::io;
use std::panic;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

pub use operations::Probed;
pub(crate) use operations::{router, serve};

/// How a log line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object.
    Json,
    /// For people.
    #[default]
    Text,
}

/// Why there are no logs.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say what happened")]
pub enum TelemetryError {
    #[error(
        "cannot read the log filter {filter:?}: write it like `info` or `warn,portcullis=debug`"
    )]
    Filter { filter: String, source: tracing_subscriber::filter::ParseError },

    #[error("logs are set up already")]
    Twice(#[from] TryInitError),
}

/// Starts the logs of this process; `filter` like `info` or `warn,portcullis=debug`. Panics become log lines too.
pub fn start(format: LogFormat, filter: &str) -> Result<(), TelemetryError> {
    // Every failure of a watch is told by us, with the kind; a filter that names this target itself wins.
    let filter = EnvFilter::try_new(format!("kube_runtime=error,{filter}"))
        .map_err(|source| TelemetryError::Filter { filter: filter.to_owned(), source })?;
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match format {
        LogFormat::Json => logs.json().flatten_event(true).finish().try_init()?,
        LogFormat::Text => logs.with_ansi(false).finish().try_init()?,
    }
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        let message = panic.payload_as_str().unwrap_or("no message");
        tracing::error!(place, message, "panic");
    }));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{LogFormat, TelemetryError, start};

    #[test]
    fn a_filter_that_cannot_be_read_is_named() {
        let error = start(LogFormat::Json, "portcullis=loud").expect_err("no such level");
        assert!(matches!(error, TelemetryError::Filter { .. }), "{error}");
        assert!(error.to_string().contains("portcullis=loud"));
    }
}
