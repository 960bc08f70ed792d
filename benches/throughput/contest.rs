//! The servers, one beside the other, taking turns.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rustls::ClientConfig;
use serde_json::{Value, json};
use tempfile::TempDir;

use portcullis::certs::{self, Authority};

use crate::baseline::Baseline;
use crate::cluster::{self, Size};
use crate::connection;
use crate::corpus::{self, Question};
use crate::load::{Load, Turn};
use crate::options::Options;
use crate::pinned::Cores;
use crate::server::Server;
use crate::table::{self, Row};
use crate::usage;

/// Objects per file.
const CHUNK: usize = 2_000;

/// What all servers of one World share.
pub(crate) struct Contest<'a> {
    options: &'a Options,
    cores: Cores,
    size: Size,
    folder: TempDir,
    authority: Authority,
    client: Arc<ClientConfig>,
    questions: Arc<[Question]>,
}

/// A server, its connections, and what was measured.
pub(crate) struct Contestant {
    pub(crate) server: Server,
    load: Load,
    pub(crate) turns: Vec<Turn>,
    /// Processor time of all turns.
    pub(crate) processor: Duration,
}

impl<'a> Contest<'a> {
    /// Writes the World, the certificates and the requests.
    pub(crate) fn prepare(options: &'a Options, cores: Cores, size: Size) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("portcullis-bench-").tempdir()?;
        let manifests = folder.path().join("manifests");
        std::fs::create_dir(&manifests)?;
        write(size, &manifests).context("writing the World")?;
        // The names that `portcullis serve` asks for by default, so it keeps the pair.
        let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let authority =
            certs::ensure(&folder.path().join("certs"), &names, time::OffsetDateTime::now_utc())?;
        let client = connection::tls(&authority.certificate)?;
        let questions = corpus::questions(size, &options.review)?.into();
        Ok(Self { options, cores, size, folder, authority, client, questions })
    }

    /// Lets the servers take turns, and prints what came of it.
    pub(crate) async fn run(&self) -> Result<()> {
        println!("\n{}", self.size);
        let core = self.cores.server;
        let begin = Instant::now();
        let portcullis = Server::portcullis(
            core,
            &self.folder.path().join("manifests"),
            &self.folder.path().join("certs"),
            &self.options.log,
        )?;
        let portcullis = self.contestant(portcullis).await?;
        let loaded = begin.elapsed();
        let (peak, resident) = usage::memory(portcullis.server.process())?;
        println!(
            "portcullis read the manifests in {:.1} s: {peak} MiB at the peak, {resident} MiB then",
            loaded.as_secs_f64()
        );
        let null = Server::baseline(Baseline::Null, core, &self.authority)?;
        let naive = Server::baseline(Baseline::Naive, core, &self.authority)?;
        let mut contestants =
            [self.contestant(null).await?, portcullis, self.contestant(naive).await?];
        for contestant in &mut contestants {
            contestant.load.verify().await.with_context(|| contestant.server.name)?;
            contestant.load.turn(self.options.reviews / 4).await?;
        }
        for _ in 0..self.options.rounds {
            for contestant in &mut contestants {
                contestant.take_turn(self.options.reviews).await?;
            }
        }
        let null = &contestants[0].turns;
        let rows = contestants
            .iter()
            .map(|contestant| Row::of(contestant, null))
            .collect::<Result<Vec<_>>>()?;
        table::print(&rows);
        Ok(())
    }

    async fn contestant(&self, server: Server) -> Result<Contestant> {
        let questions = Arc::clone(&self.questions);
        let load = Load::open(&server, &self.client, self.options.connections, questions).await?;
        Ok(Contestant { server, load, turns: Vec::new(), processor: Duration::ZERO })
    }
}

/// Writes the World into files, as `kubectl get -o json` prints it.
fn write(size: Size, folder: &Path) -> Result<()> {
    let mut objects = cluster::objects(size).peekable();
    for index in 0.. {
        if objects.peek().is_none() {
            break;
        }
        let items: Vec<Value> = objects.by_ref().take(CHUNK).collect();
        let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
        std::fs::write(folder.join(format!("{index:04}.json")), list.to_string())?;
    }
    Ok(())
}

impl Contestant {
    async fn take_turn(&mut self, reviews: usize) -> Result<()> {
        let before = usage::processor(self.server.process())?;
        self.turns.push(self.load.turn(reviews).await?);
        self.processor += usage::processor(self.server.process())?.saturating_sub(before);
        Ok(())
    }
}
