//! Network policies as objects.

use crate::netpol::PolicySpec;

use super::Meta;

/// A `networking.k8s.io/v1` `NetworkPolicy`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Metadata.
    pub meta: Meta,
    /// What it says.
    pub spec: PolicySpec,
}
