//! One core for each server and one for the client.
//!
//! A server is started through this program, which takes the core for itself and then becomes the server: so the core is
//! fixed before the first thread, and tokio, which counts the cores it may use, starts one worker in every server.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use anyhow::{Context as _, Error, Result, anyhow, ensure};

/// Which core is whose.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cores {
    pub(crate) server: usize,
    pub(crate) client: usize,
}

impl Cores {
    /// The first two that this process may use.
    pub(crate) fn choose() -> Result<Self> {
        let usable = system::usable()?;
        ensure!(usable.len() > 1, "this needs two cores: one for the servers, one for the client");
        Ok(Self { server: usable[0], client: usable[1] })
    }
}

/// Keeps this process on one core.
pub(crate) fn to(core: usize) -> Result<()> {
    system::pin(core).with_context(|| format!("pinning to core {core}"))
}

/// The command that starts `program` on `core`.
pub(crate) fn command(core: usize, program: impl Into<OsString>) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("pinned").arg(core.to_string()).arg(program.into());
    Ok(command)
}

/// Becomes the program of [`command`]; it ends with the process that started it, however that ends. Returns only why it
/// could not.
pub(crate) fn replace(arguments: &[OsString]) -> Error {
    let [core, program, arguments @ ..] = arguments else {
        return anyhow!("a core and a program are missing");
    };
    let pinned = core
        .to_str()
        .and_then(|core| core.parse().ok())
        .context("the core is a number")
        .and_then(to)
        .and_then(|()| system::die_with_parent());
    match pinned {
        Ok(()) => Command::new(program).args(arguments).exec().into(),
        Err(error) => error,
    }
}

#[cfg(target_os = "linux")]
mod system {
    use anyhow::Result;
    use rustix::process::{Signal, set_parent_process_death_signal};
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    pub(super) fn usable() -> Result<Vec<usize>> {
        let set = sched_getaffinity(None)?;
        Ok((0..CpuSet::MAX_CPU).filter(|core| set.is_set(*core)).collect())
    }

    pub(super) fn pin(core: usize) -> Result<()> {
        let mut set = CpuSet::new();
        set.set(core);
        Ok(sched_setaffinity(None, &set)?)
    }

    pub(super) fn die_with_parent() -> Result<()> {
        Ok(set_parent_process_death_signal(Some(Signal::KILL))?)
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use anyhow::{Result, bail};

    pub(super) fn usable() -> Result<Vec<usize>> {
        bail!("this benchmark needs Linux: it pins processes to cores and reads /proc")
    }

    pub(super) fn pin(_: usize) -> Result<()> {
        usable().map(|_| ())
    }

    pub(super) fn die_with_parent() -> Result<()> {
        usable().map(|_| ())
    }
}
