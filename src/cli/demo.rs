//! `demo`: the newcomer's first command. A real server, real HTTPS, real admission reviews; the state is embedded.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use clap::Args;

use crate::certs;
use crate::manifest;
use crate::model::{Settings, World};
use crate::webhook::{Drain, Metrics, Reload, RuleGate, ServerSettings};

mod client;
mod show;
mod step;

use client::Client;
use step::Step;

const STATE: &str = include_str!("demo/state.yaml");
const REQUESTS: &str = include_str!("demo/requests.yaml");
const NEXT: &str = "\
What to do next:
  portcullis check DIRECTORY           judge your own manifests, as admission would
  portcullis rules                     what is judged; `portcullis explain RULE` says why and how to fix it
  portcullis serve --manifests FILE    the same server on your state
  deploy/README.md                     into a cluster, beginning with `mode: audit`: nothing is refused, everything is counted
";

/// `portcullis demo`
#[derive(Debug, Args)]
pub(super) struct Demo {}

impl Demo {
    pub(super) fn run() -> anyhow::Result<ExitCode> {
        let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
        runtime.block_on(demo())
    }
}

async fn demo() -> anyhow::Result<ExitCode> {
    let steps = Step::read(REQUESTS)?;
    let directory = tempfile::tempdir().context("cannot make a folder for the certificate")?;
    let names = [Ipv4Addr::LOCALHOST.to_string()];
    let authority = certs::ensure(directory.path(), &names, time::OffsetDateTime::now_utc())?;
    let metrics = Arc::new(Metrics::new());
    let reload = Reload::new(authority.pair.clone(), Duration::from_mins(1), Arc::clone(&metrics))?;
    let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let mut server = ServerSettings::new(any_port, any_port);
    server.drain = Drain { quiet: Duration::ZERO, longest: Duration::ZERO };
    let bound = server.bind()?;
    let address = bound.settings().webhook;
    let gate =
        RuleGate::new(Arc::new(Settings::default()), Arc::new(world()?), Arc::clone(&metrics));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let stopped = async { stopped.await.unwrap_or_default() };
    let serving =
        tokio::spawn(bound.serve(Arc::new(gate), reload.certificates(), metrics, stopped));

    let client = Client::new(address, &authority.certificate)?;
    let surprises = show_all(&steps, &client, address).await?;
    stop.send(()).ok();
    serving.await.context("the server panicked")??;
    Ok(if surprises == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The embedded state, read by the same code as files.
fn world() -> anyhow::Result<World> {
    let gathered =
        manifest::gather(vec![manifest::read("demo/state.yaml", STATE.as_bytes())], "default");
    ensure!(gathered.errors.is_empty(), "the embedded state is broken: {:?}", gathered.errors);
    Ok(World::from_objects(gathered.objects.into_values().map(|located| located.object)))
}

/// Sends every request and shows what came back; returns how many answers differ from what was announced.
async fn show_all(steps: &[Step], client: &Client, address: SocketAddr) -> anyhow::Result<usize> {
    let mut surprises = 0;
    print(&format!("Portcullis serves an embedded cluster state on https://{address}\n"))?;
    for (index, step) in steps.iter().enumerate() {
        let response = client.post(step.path(), step.review(index)).await?;
        print(&show::step(index + 1, step, &response))?;
        if Step::outcome(&response) != step.expect {
            surprises += 1;
            print(&format!("  !! expected: {}\n", step.expect))?;
        }
    }
    let verdict = match surprises {
        0 => format!("{} requests, each answered as announced.\n\n{NEXT}", steps.len()),
        some => format!("{some} of {} answers are not what was announced.\n", steps.len()),
    };
    print(&verdict)?;
    Ok(surprises)
}

fn print(text: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout().lock(), "{text}")
}
