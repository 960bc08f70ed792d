//! A state that was read once, with what could not be read of it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::manifest::{Gathered, Located, ReadError, gather};
use crate::model::{Settings, World};
use crate::object::ObjectRef;
use crate::report::settled_world;

use super::input;

/// The state of some files, or of a cluster.
pub(super) struct State {
    /// Everything that could be read.
    pub(super) world: World,
    /// Where the objects are written; `None` for those of a cluster.
    pub(super) written: Option<BTreeMap<ObjectRef, Located>>,
    errors: Vec<ReadError>,
    unreadable: Vec<ReadError>,
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
        let world = settled_world(&gathered, settings);
        let Gathered { objects, errors, .. } = gathered;
        Ok(Self { world, written: Some(objects), errors, unreadable: Vec::new() })
    }

    /// The state of a cluster, in which these objects are there and cannot be read.
    pub(super) fn of<'o>(
        world: World,
        unreadable: impl IntoIterator<Item = (&'o ObjectRef, &'o String)>,
    ) -> Self {
        let error = |(reference, reason): (&ObjectRef, &String)| {
            ReadError::file(reference.to_string(), format!("it cannot be read: {reason}"))
        };
        let unreadable = unreadable.into_iter().map(error).collect();
        Self { world, written: None, errors: Vec::new(), unreadable }
    }

    /// What could not be read, in the order of the input.
    pub(super) fn told(&self) -> Vec<ReadError> {
        self.errors.clone()
    }

    /// What could not be read, objects of a cluster too: whoever audits it has not seen all of it.
    pub(super) fn unread(&self) -> Vec<ReadError> {
        self.errors.iter().chain(&self.unreadable).cloned().collect()
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
