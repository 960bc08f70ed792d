//! Namespaces.

use super::Meta;

/// A `Namespace`: its metadata is all that the rules read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespace {
    /// Metadata. `labels` hold `kubernetes.io/metadata.name` as the API server forces it.
    pub meta: Meta,
}
