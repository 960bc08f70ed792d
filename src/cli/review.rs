//! `review FILE|-`: one AdmissionReview in, the response out, by the same gate that serves.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::{Args, ValueEnum};
use http::StatusCode;
use serde_json::Value;

use crate::webhook::{Endpoint, Gate as _, Metrics, Reply, RuleGate};

use super::knowledge::Source;
use super::{FactsPath, SettingsFile};

/// `portcullis review`
#[derive(Debug, Args)]
pub(super) struct Review {
    /// The AdmissionReview as JSON; `-` for standard input
    file: PathBuf,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    settings: SettingsFile,
    #[command(flatten)]
    facts: FactsPath,
    /// Answer as this webhook
    #[arg(long, value_enum, default_value_t = As::Validate)]
    endpoint: As,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum As {
    Mutate,
    Validate,
}

impl Review {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let body = self.body()?;
        let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
        let reply = runtime.block_on(self.answer(body))?;
        if reply.status != StatusCode::OK {
            let reason = String::from_utf8_lossy(&reply.body).trim_end().to_owned();
            eprintln!("portcullis: {}: {reason}", self.file.display());
            return Ok(ExitCode::from(3));
        }
        let response: Value = serde_json::from_slice(&reply.body)?;
        serde_json::to_writer_pretty(std::io::stdout().lock(), &response)
            .map_err(std::io::Error::from)?;
        writeln!(std::io::stdout())?;
        Ok(match (&response["response"]["allowed"], &response["response"]["status"]["code"]) {
            (Value::Bool(true), _) => ExitCode::SUCCESS,
            (_, code) if code == 400 => ExitCode::from(3),
            _ => ExitCode::from(1),
        })
    }

    async fn answer(&self, body: Vec<u8>) -> anyhow::Result<Reply> {
        let settings = Arc::new(self.facts.with(self.settings.read()?)?);
        let knowledge = self.source.open(&settings).await?;
        knowledge.complete().await?;
        let gate = RuleGate::new(settings, knowledge, Arc::new(Metrics::new()));
        let endpoint = match self.endpoint {
            As::Mutate => Endpoint::Mutate,
            As::Validate => Endpoint::Validate,
        };
        let deadline = Instant::now() + Duration::from_secs(10);
        Ok(gate.decide(endpoint, body.into(), deadline).await)
    }

    #[expect(clippy::disallowed_methods, reason = "the command line reads files")]
    fn body(&self) -> anyhow::Result<Vec<u8>> {
        if self.file.as_os_str() != "-" {
            return std::fs::read(&self.file)
                .with_context(|| format!("{} cannot be read", self.file.display()));
        }
        let mut body = Vec::new();
        std::io::stdin().lock().read_to_end(&mut body).context("standard input cannot be read")?;
        Ok(body)
    }
}
