//! The command line: parses, dispatches, turns errors into exit codes.
//!
//! Exit codes of every command: 0 fine, 1 findings or a refusal, 2 wrong usage or settings, 3 unreadable or invalid input.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::model::Now;

mod audit;
mod caution;
mod check;
mod connections;
mod controller;
mod daemon;
mod demo;
mod diff;
mod exemptions;
mod facts;
mod init;
mod input;
mod knowledge;
mod output;
mod print;
mod reach;
mod reporting;
mod review;
mod rules;
mod schema;
mod serve;
mod settings;
mod state;
mod test;

/// Default-deny admission control for Kubernetes NetworkPolicy.
#[derive(Debug, Parser)]
#[command(name = "portcullis", version, about, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Judge a live cluster once, read-only: what enforcing would refuse, and every finding
    Audit(Box<audit::Audit>),
    /// Judge manifests before they reach a cluster
    Check(check::Check),
    /// Show who may talk to whom, by the policies of some manifests
    Connections(connections::Show),
    /// Audit the cluster all the time: reports, Events, metrics, missing labels
    Controller(Box<controller::Control>),
    /// Show what it does: serve an embedded state over HTTPS and send it real admission reviews
    Demo(demo::Demo),
    /// Show what a change of manifests opens and closes
    Diff(diff::Diff),
    /// List who is exempt from which rule, why, and until when
    Exemptions(exemptions::Exemptions),
    /// Explain a rule: what it checks, why, how to fix it
    Explain(rules::Explain),
    /// Write what is known about a cluster to a file that `--facts` reads
    Facts(Box<facts::Facts>),
    /// Write a starting set of policies for a namespace, by what is known of the cluster
    Init(Box<init::Init>),
    /// Tell whether a connection is allowed, and which policies say so
    Reach(Box<reach::Ask>),
    /// Answer one AdmissionReview from a file or standard input
    Review(review::Review),
    /// List the rules with their levels
    Rules(rules::Rules),
    /// Print a JSON schema: of settings, facts, connectivity tests, reports
    Schema(schema::Schema),
    /// Run the admission webhook
    Serve(Box<serve::Serve>),
    /// Check what is expected of the policies: connectivity tests
    Test(Box<test::Test>),
}

/// Where settings come from; the same for every command.
#[derive(Clone, Debug, clap::Args)]
struct SettingsFile {
    /// Settings file; the defaults without one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Where facts about the cluster come from besides the objects at hand.
#[derive(Clone, Debug, clap::Args)]
struct FactsPath {
    /// Facts about the cluster, as `portcullis facts` writes them; they count where the objects at hand do not tell
    #[arg(long, value_name = "FILE")]
    facts: Option<PathBuf>,
}

/// Runs the command that the process was called with.
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = if error.use_stderr() { 2 } else { 0 };
            // Nothing is left to say when even the error cannot be printed.
            error.print().ok();
            return ExitCode::from(code);
        }
    };
    let outcome = match arguments.command {
        Command::Audit(command) => command.run(),
        Command::Check(command) => command.run(),
        Command::Connections(command) => command.run(),
        Command::Controller(command) => command.run(),
        Command::Demo(_) => demo::Demo::run(),
        Command::Diff(command) => command.run(),
        Command::Exemptions(command) => command.run(),
        Command::Explain(command) => command.run(),
        Command::Facts(command) => command.run(),
        Command::Init(command) => command.run(),
        Command::Reach(command) => command.run(),
        Command::Review(command) => command.run(),
        Command::Rules(command) => command.run(),
        Command::Schema(command) => command.run(),
        Command::Serve(command) => command.run(),
        Command::Test(command) => command.run(),
    };
    outcome.unwrap_or_else(|error| {
        let broken_pipe = |cause: &(dyn std::error::Error + 'static)| {
            cause
                .downcast_ref::<std::io::Error>()
                .is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
        };
        if error.chain().any(broken_pipe) {
            return ExitCode::SUCCESS;
        }
        eprintln!("portcullis: {error:#}");
        ExitCode::from(2)
    })
}

/// The time, which a command reads once per run.
#[expect(clippy::disallowed_methods, reason = "the command line reads the clock, once per run")]
fn now() -> Now {
    Now(jiff::Timestamp::now())
}
