//! An API group with one of its versions.

use std::fmt;

/// A group and a version of it, as `apiVersion` writes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupVersion {
    /// The group, empty for the core group.
    pub group: &'static str,
    /// The version without its group.
    pub version: &'static str,
}

impl fmt::Display for GroupVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self { group: "", version } => f.write_str(version),
            Self { group, version } => write!(f, "{group}/{version}"),
        }
    }
}
