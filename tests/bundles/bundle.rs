//! A cluster as files say it.

use std::fs;
use std::path::{Path, PathBuf};

use portcullis::manifest::{self, Input};
use portcullis::model::Settings;
use serde::Deserialize;

use super::fault::Fault;
use super::run::Told;

/// What a bundle says about itself beside its manifests.
const SETTINGS: &str = "settings.yaml";
const EXPECTED: &str = "expected.yaml";

/// A folder of manifests that are clean by design.
pub(crate) struct Bundle {
    pub(crate) name: String,
    pub(crate) inputs: Vec<Input>,
    /// From `settings.yaml`; the defaults without one.
    pub(crate) settings: Settings,
    /// From `expected.yaml`; nothing without one.
    pub(crate) expected: Told,
    folder: PathBuf,
}

/// `expected.yaml`: what is told of a clean bundle, and rightly so.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Expected {
    findings: Vec<String>,
    exempted: Vec<String>,
}

impl Bundle {
    /// Every folder beside this file, sorted by name.
    pub(crate) fn all() -> Vec<Self> {
        let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bundles");
        let folders = entries(&all).into_iter().filter(|path| path.is_dir());
        folders.map(Self::read).collect()
    }

    fn read(folder: PathBuf) -> Self {
        let manifests = entries(&folder)
            .into_iter()
            .filter(|path| path.is_file() && ![SETTINGS, EXPECTED].contains(&name(path).as_str()));
        let inputs = manifests.map(|path| manifest::read(&name(&path), text(&path).as_bytes()));
        let inputs = inputs.collect();
        let optional = |file: &str| {
            let path = folder.join(file);
            path.exists().then(|| text(&path))
        };
        let settings = optional(SETTINGS)
            .map(|text| Settings::parse(SETTINGS, &text, &[]).unwrap())
            .unwrap_or_default();
        let Expected { findings, exempted } = optional(EXPECTED)
            .map(|text| serde_saphyr::from_str(&text).unwrap())
            .unwrap_or_default();
        let expected = Told { findings, exempted, ..Told::default() };
        Self { name: name(&folder), inputs, settings, expected, folder }
    }

    /// The files of its folder `faults`, sorted by name.
    pub(crate) fn faults(&self) -> Vec<Fault> {
        let files = entries(&self.folder.join("faults"));
        files
            .iter()
            .map(|path| Fault::read(format!("{}/{}", self.name, name(path)), &text(path)))
            .collect()
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

#[expect(clippy::disallowed_methods, reason = "a test reads files")]
fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
