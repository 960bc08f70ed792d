//! Role bindings: only who is bound.

use super::{Kind, Meta};

/// A `RoleBinding` or `ClusterRoleBinding`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// [`Kind::RoleBinding`] or [`Kind::ClusterRoleBinding`].
    pub kind: Kind,
    /// Metadata.
    pub meta: Meta,
    /// Subjects that are service accounts, or groups of them.
    pub subjects: Vec<Subject>,
}

/// Whom a binding binds, as far as it can be a service account; other subjects are dropped when read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// The service account NAMESPACE/NAME (also written as the user `system:serviceaccount:NAMESPACE:NAME`).
    Account(String, String),
    /// Every service account (the group `system:serviceaccounts`).
    Everywhere,
    /// Every service account of a namespace (the group `system:serviceaccounts:NAMESPACE`).
    Namespace(String),
}
