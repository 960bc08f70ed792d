//! Scenarios on a real API server, as users see it. `tests/run` builds the control plane and runs them; without it
//! they are listed as ignored.
#![expect(clippy::disallowed_methods, reason = "tests read files and the environment")]
#![expect(clippy::print_stdout, reason = "tests talk to whoever runs them")]

mod act;
mod control_plane;
mod installation;
mod kubectl;
mod recorder;
mod scenario;
mod stage;
mod wait;

mod apply_trap;
mod cluster;
mod conditions;
mod ground;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use libtest_mimic::Arguments;

use crate::act::ACTS;
use crate::control_plane::ControlPlane;

/// The folder with the programs of the control plane, as `tests/controlplane/build` prints it.
const PROGRAMS: &str = "PORTCULLIS_CONTROL_PLANE";

/// Most of a scenario's time is waiting.
const AT_A_TIME: usize = 6;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(AT_A_TIME));
    let Some(programs) = std::env::var_os(PROGRAMS).filter(|_| !arguments.list) else {
        let trials: Vec<_> = ACTS
            .iter()
            .flat_map(act::Act::scenarios)
            .map(|scenario| scenario.trial(None))
            .collect();
        if !arguments.list {
            println!(
                "{} tests need a control plane and are ignored here: tests/run runs them",
                trials.len()
            );
        }
        return libtest_mimic::run(
            &Arguments { ignored: false, include_ignored: false, ..arguments },
            trials,
        )
        .exit_code();
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

/// Plays all acts on one control plane; whether all of it went well.
fn play(arguments: &Arguments, programs: &Path) -> Result<bool> {
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok()
        .context("choosing the crypto provider")?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let plane = Arc::new(
        runtime.block_on(ControlPlane::start(programs)).context("starting the control plane")?,
    );
    let mut well = true;
    for act in ACTS {
        well &=
            act.play(arguments, &runtime, &plane).with_context(|| format!("act: {}", act.title))?;
    }
    Ok(well)
}
