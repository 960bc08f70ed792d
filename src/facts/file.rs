//! The file of facts: `portcullis facts` writes it, `--facts FILE` reads it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::model::FactsSettings;

const API_VERSION: &str = "portcullis.dev/v1alpha1";
const KIND: &str = "Facts";

/// A file of facts. Its `facts` are those of the settings, so that they can be moved there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FactsFile {
    /// `portcullis.dev/v1alpha1`.
    #[schemars(extend("const" = "portcullis.dev/v1alpha1"))]
    pub api_version: String,
    /// `Facts`.
    #[schemars(extend("const" = "Facts"))]
    pub kind: String,
    /// The facts; what is missing is not known.
    #[serde(default)]
    pub facts: FactsSettings,
}

/// Why a file of facts was refused.
#[derive(Debug, Error)]
pub enum FactsError {
    /// It is no YAML of the expected shape; the message names line, column and the fields that exist.
    #[error("facts {file}: {message}")]
    Unreadable {
        /// The file.
        file: String,
        /// What is wrong and where.
        message: String,
    },
    /// It is a file of something else, or of another version.
    #[error(
        "facts {file}: expected apiVersion {API_VERSION} and kind {KIND}; `portcullis facts` writes such a file"
    )]
    Other {
        /// The file.
        file: String,
    },
}

impl FactsFile {
    /// The file that says `facts`.
    pub fn new(facts: FactsSettings) -> Self {
        Self { api_version: API_VERSION.to_owned(), kind: KIND.to_owned(), facts }
    }

    /// Reads the facts of YAML (or JSON) text; `file` names it in errors.
    ///
    /// # Errors
    ///
    /// Why it is refused: a field that is not known, a value that makes no sense, another kind of file.
    pub fn parse(file: &str, text: &str) -> Result<FactsSettings, FactsError> {
        let read: Self = serde_saphyr::from_str(text).map_err(|error| FactsError::Unreadable {
            file: file.to_owned(),
            message: error.to_string(),
        })?;
        if read.api_version != API_VERSION || read.kind != KIND {
            return Err(FactsError::Other { file: file.to_owned() });
        }
        Ok(read.facts)
    }

    /// The file as YAML, with a comment that names what is not known.
    pub fn to_yaml(&self) -> String {
        let unknown = self.facts.unknown();
        let comment = match unknown.as_slice() {
            [] => String::new(),
            names => format!("# Not known: {}.\n", names.join(", ")),
        };
        // Strings, numbers and lists of them can always be written.
        comment + &serde_saphyr::to_string(self).unwrap_or_default()
    }
}
