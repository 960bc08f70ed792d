//! Scenarios on a real API server, as users see it. `tests/run` builds the control plane and runs them; without it
//! they are listed as ignored.
#![expect(clippy::disallowed_methods, reason = "tests read files and the environment")]
#![expect(clippy::print_stdout, reason = "tests talk to whoever runs them")]

mod act;
mod auditor;
mod chart;
mod control_plane;
mod helm;
mod installation;
mod kubectl;
mod objects;
mod offline;
mod proxy;
mod recorder;
mod release;
mod scenario;
mod stage;
mod wait;
mod webhook;

mod aliases;
mod apply_trap;
mod audit;
mod bypasses;
mod calico;
mod calico_definitions;
mod calico_v3;
mod changes;
mod cluster;
mod conditions;
mod controller;
mod controller_two;
mod facts;
mod gitops;
mod ground;
mod kinds;
mod labels;
mod loosening;
mod misfortune;
mod modes;
mod namespaces;
mod old_state;
mod outage;
mod overrides;
mod pods;
mod policies;
mod provisioning;
mod race;
mod right_direction;
mod selectors;
mod settings_reload;
mod stories;
mod terminating;
mod tiers;
mod two_replicas;
mod warnings;
mod ways_in;
mod workloads;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use libtest_mimic::Arguments;

use crate::act::{ACTS, Act};
use crate::control_plane::ControlPlane;

/// The folder with the programs of the control plane, as `tests/controlplane/build` prints it.
const PROGRAMS: &str = "PORTCULLIS_CONTROL_PLANE";

/// Most of a scenario's time is waiting.
const AT_A_TIME: usize = 6;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(AT_A_TIME));
    let Some(programs) = std::env::var_os(PROGRAMS).filter(|_| !arguments.list) else {
        return announce(&arguments);
    };
    match play(&arguments, Path::new(&programs)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("the scenarios could not be played: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs what needs no control plane, and says what does.
fn announce(arguments: &Arguments) -> ExitCode {
    let mut trials = offline::trials();
    let scenarios = ACTS.iter().flat_map(Act::scenarios);
    let scenarios: Vec<_> = scenarios.map(|scenario| scenario.trial(None)).collect();
    if !arguments.list {
        println!(
            "{} scenarios need a control plane and are ignored here: tests/run runs them",
            scenarios.len()
        );
    }
    trials.extend(scenarios);
    let arguments = Arguments { ignored: false, include_ignored: false, ..arguments.clone() };
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Plays all acts on one control plane; whether all of it went well.
fn play(arguments: &Arguments, programs: &Path) -> Result<bool> {
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok()
        .context("choosing the crypto provider")?;
    let mut well = !libtest_mimic::run(arguments, offline::trials()).has_failed();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let plane =
        runtime.block_on(ControlPlane::start(programs)).context("starting the control plane")?;
    let plane = Arc::new(plane);
    for act in ACTS {
        well &= act.play(arguments, &runtime, &plane).unwrap_or_else(|error| {
            println!("this act could not be played: {error:#}");
            false
        });
    }
    Ok(well)
}
