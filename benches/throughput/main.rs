//! What an admission review costs: Portcullis beside the smallest possible webhook, and beside a naive one.
//!
//! Each server has one core to itself, the client has another. Each sees the same reviews over the same number of
//! keep-alive TLS connections, in turns. `docs/benchmarks.md` says how to read the numbers.
#![expect(clippy::print_stdout, reason = "prints its measurements")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads files and takes its arguments")]

mod baseline;
#[path = "../common/cluster.rs"]
mod cluster;
mod connection;
mod contest;
mod corpus;
mod load;
mod options;
mod pinned;
mod server;
mod table;
mod usage;

use std::ffi::OsString;

use anyhow::{Context as _, Result};
use clap::Parser as _;

use baseline::Baseline;
use cluster::Size;
use contest::Contest;
use options::Options;
use pinned::Cores;

fn main() -> Result<()> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    // The servers beside Portcullis are this program too.
    match arguments.first().and_then(|first| first.to_str()) {
        Some("pinned") => return Err(pinned::replace(&arguments[1..])),
        Some("null") => return Baseline::Null.serve(&arguments[1..]),
        Some("naive") => return Baseline::Naive.serve(&arguments[1..]),
        _ => {}
    }
    let options = Options::parse().adjusted();
    let cores = Cores::choose()?;
    pinned::to(cores.client)?;
    println!("servers on core {}, client on core {}; {options}", cores.server, cores.client);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for size in [Size::Small, Size::Large].into_iter().filter(|size| options.wants(*size)) {
        let contest = Contest::prepare(&options, cores, size)?;
        runtime.block_on(contest.run()).with_context(|| format!("with {size}"))?;
    }
    Ok(())
}
