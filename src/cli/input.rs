//! Files, folders and standard input as manifests.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::manifest::{self, Input, ReadError};

/// What a folder is searched for.
const ENDINGS: [&str; 3] = ["json", "yaml", "yml"];

/// Reads `paths` in their order; `-` is standard input, a folder is searched with everything below it, sorted by name.
///
/// A path that does not exist is an error; a file that cannot be read as a manifest is an entry among the errors of its
/// [`Input`], and hides no other.
pub(super) fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<Input>> {
    let mut inputs = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            let mut bytes = Vec::new();
            std::io::stdin()
                .lock()
                .read_to_end(&mut bytes)
                .context("standard input cannot be read")?;
            inputs.push(manifest::read("-", &bytes));
            continue;
        }
        for file in files(path)? {
            inputs.push(manifest(&file));
        }
    }
    Ok(inputs)
}

#[expect(clippy::disallowed_methods, reason = "the command line reads files")]
fn manifest(path: &Path) -> Input {
    let file = path.display().to_string();
    match std::fs::read(path) {
        Ok(bytes) => manifest::read(&file, &bytes),
        Err(error) => {
            let errors = vec![ReadError::file(file, format!("cannot be read: {error}"))];
            Input { errors, ..Input::default() }
        }
    }
}

/// The file itself, or the manifests in the folder and below it.
fn files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let name = path.display();
    if !path.try_exists().with_context(|| format!("{name} cannot be looked at"))? {
        anyhow::bail!("{name} does not exist");
    }
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    let entries =
        std::fs::read_dir(path).with_context(|| format!("folder {name} cannot be read"))?;
    let mut entries: Vec<PathBuf> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .with_context(|| format!("folder {name} cannot be read"))?;
    entries.sort();
    for entry in entries {
        let is_manifest =
            entry.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known));
        // A link to a folder is not followed: it may lead back up.
        if entry.is_dir() && !entry.is_symlink() {
            found.extend(files(&entry)?);
        } else if is_manifest {
            found.push(entry);
        }
    }
    Ok(found)
}
