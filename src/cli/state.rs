//! The state that some manifests lead to, with what could not be read of them.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::manifest::{ReadError, gather};
use crate::model::{Settings, World};
use crate::report::settled_world;

use super::input;

/// The state of some files.
pub(super) struct State {
    /// Everything that could be read.
    pub(super) world: World,
    errors: Vec<ReadError>,
}

impl State {
    /// Reads `paths`, and tells on standard error what cannot be read: it hides nothing else.
    pub(super) fn read(
        paths: &[PathBuf],
        namespace: &str,
        settings: &Settings,
    ) -> anyhow::Result<Self> {
        let gathered = gather(input::read(paths)?, namespace);
        for error in &gathered.errors {
            eprintln!("portcullis: {error}");
        }
        Ok(Self { world: settled_world(&gathered, settings), errors: gathered.errors })
    }

    /// A state that was read whole.
    pub(super) fn of(world: World) -> Self {
        Self { world, errors: Vec::new() }
    }

    /// What could not be read, in the order of the input.
    pub(super) fn told(&self) -> Vec<ReadError> {
        self.errors.clone()
    }

    /// Whether something could not be read.
    pub(super) fn is_broken(&self) -> bool {
        !self.errors.is_empty()
    }

    /// The exit code of a run that came to `outcome`: 3 when something could not be read.
    pub(super) fn code(&self, outcome: u8) -> ExitCode {
        ExitCode::from(if self.is_broken() { 3 } else { outcome })
    }
}
