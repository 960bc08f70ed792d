//! Whose way to DNS is judged.

use crate::model::{Scope, labels_shown};
use crate::netpol::{Labels, PodEnd};
use crate::object::Workload;

/// Pods of the scope's namespace.
#[derive(Clone, Debug)]
pub(super) enum Subject<'s> {
    /// Those of a workload.
    Workload(&'s Workload),
    /// A pod that nobody has made yet, with these labels.
    Possible(Labels),
}

impl<'s> Subject<'s> {
    /// The workload, when it is there.
    pub(super) fn workload(&self) -> Option<&'s Workload> {
        match self {
            Self::Workload(workload) => Some(workload),
            Self::Possible(_) => None,
        }
    }

    /// The pods as the end of a connection.
    pub(super) fn end<'a>(&'a self, scope: &'a Scope<'_>) -> PodEnd<'a> {
        match self {
            Self::Workload(workload) => workload.end(scope.labels()),
            Self::Possible(labels) => possible(labels, scope),
        }
    }

    /// What they are called: `Deployment/web`.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Workload(workload) => {
                format!("{}/{}", workload.kind, workload.meta.display_name())
            }
            Self::Possible(labels) => format!("a pod with {}", labels_shown(labels)),
        }
    }
}

/// A pod of the namespace that nobody has made yet.
pub(super) fn possible<'a>(labels: &'a Labels, scope: &'a Scope<'_>) -> PodEnd<'a> {
    PodEnd {
        namespace: &scope.namespace.name,
        namespace_labels: scope.labels(),
        labels,
        service_account: "default",
        ports: &[],
        addresses: &[],
        host_network: false,
    }
}
