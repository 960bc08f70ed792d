//! The kinds that Portcullis reads.

use std::fmt;

/// A kind of object in the one API version that Portcullis reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names are Kubernetes' own")]
pub enum Kind {
    ClusterRoleBinding,
    CronJob,
    DaemonSet,
    Deployment,
    EndpointSlice,
    Job,
    Namespace,
    NetworkPolicy,
    Pod,
    ReplicaSet,
    ReplicationController,
    RoleBinding,
    Service,
    ServiceAccount,
    StatefulSet,
}

/// The API groups of kube-apiserver itself, as far as kinds of them are read.
const BUILT_IN_GROUPS: [&str; 6] =
    ["", "apps", "batch", "discovery.k8s.io", "networking.k8s.io", "rbac.authorization.k8s.io"];

/// Group, version, plural, kind.
type Row = (&'static str, &'static str, &'static str, &'static str);

impl Kind {
    /// Every kind, sorted by name.
    pub const ALL: [Self; 15] = [
        Self::ClusterRoleBinding,
        Self::CronJob,
        Self::DaemonSet,
        Self::Deployment,
        Self::EndpointSlice,
        Self::Job,
        Self::Namespace,
        Self::NetworkPolicy,
        Self::Pod,
        Self::ReplicaSet,
        Self::ReplicationController,
        Self::RoleBinding,
        Self::Service,
        Self::ServiceAccount,
        Self::StatefulSet,
    ];

    /// The kinds that every API server serves; the others are there when their CRD is installed.
    pub fn built_in() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|kind| kind.is_built_in())
    }

    /// Whether every API server serves it.
    pub fn is_built_in(self) -> bool {
        BUILT_IN_GROUPS.contains(&self.group())
    }

    fn row(self) -> Row {
        match self {
            Self::ClusterRoleBinding => {
                ("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding")
            }
            Self::CronJob => ("batch", "v1", "cronjobs", "CronJob"),
            Self::DaemonSet => ("apps", "v1", "daemonsets", "DaemonSet"),
            Self::Deployment => ("apps", "v1", "deployments", "Deployment"),
            Self::EndpointSlice => ("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"),
            Self::Job => ("batch", "v1", "jobs", "Job"),
            Self::Namespace => ("", "v1", "namespaces", "Namespace"),
            Self::NetworkPolicy => ("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy"),
            Self::Pod => ("", "v1", "pods", "Pod"),
            Self::ReplicaSet => ("apps", "v1", "replicasets", "ReplicaSet"),
            Self::ReplicationController => {
                ("", "v1", "replicationcontrollers", "ReplicationController")
            }
            Self::RoleBinding => ("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding"),
            Self::Service => ("", "v1", "services", "Service"),
            Self::ServiceAccount => ("", "v1", "serviceaccounts", "ServiceAccount"),
            Self::StatefulSet => ("apps", "v1", "statefulsets", "StatefulSet"),
        }
    }

    /// The kind with this `apiVersion` and `kind`; `None` for what Portcullis does not read.
    pub fn of(api_version: &str, kind: &str) -> Option<Self> {
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        Self::of_parts(group, version, kind)
    }

    /// The kind with this group, version and `kind`; `None` for what Portcullis does not read.
    pub fn of_parts(group: &str, version: &str, kind: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|candidate| {
            let row = candidate.row();
            row.0 == group && row.1 == version && row.3 == kind
        })
    }

    /// The API group, empty for the core group.
    pub fn group(self) -> &'static str {
        self.row().0
    }

    /// The API version without its group.
    pub fn version(self) -> &'static str {
        self.row().1
    }

    /// `apiVersion` as a manifest writes it.
    pub fn api_version(self) -> String {
        match self.row() {
            ("", version, ..) => version.to_owned(),
            (group, version, ..) => format!("{group}/{version}"),
        }
    }

    /// The resource name in URLs and RBAC.
    pub fn plural(self) -> &'static str {
        self.row().2
    }

    /// `kind` as a manifest writes it.
    pub fn name(self) -> &'static str {
        self.row().3
    }

    /// Whether objects of this kind live in a namespace.
    pub fn is_namespaced(self) -> bool {
        !matches!(self, Self::ClusterRoleBinding | Self::Namespace)
    }

    /// Whether it is a workload: a Pod, or something that makes Pods from a template.
    pub fn is_workload(self) -> bool {
        matches!(
            self,
            Self::CronJob
                | Self::DaemonSet
                | Self::Deployment
                | Self::Job
                | Self::Pod
                | Self::ReplicaSet
                | Self::ReplicationController
                | Self::StatefulSet
        )
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn every_kind_is_found_by_its_own_api_version() {
        for kind in Kind::ALL {
            assert_eq!(Kind::of(&kind.api_version(), kind.name()), Some(kind));
        }
        assert_eq!(Kind::of("apps/v1beta1", "Deployment"), None);
        assert_eq!(Kind::of("v1", "Deployment"), None);
    }
}
