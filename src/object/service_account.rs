//! Service accounts.

use super::Meta;

/// A `ServiceAccount`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceAccount {
    /// Metadata.
    pub meta: Meta,
    /// `automountServiceAccountToken`.
    pub automount: Option<bool>,
}
