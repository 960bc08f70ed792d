//! The kinds that Portcullis reads.

use std::fmt;
use std::iter;

/// A kind of object; its row names the API version that is watched where it is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names are Kubernetes' own")]
pub enum Kind {
    ApiService,
    ClusterRoleBinding,
    ConfigMap,
    CronJob,
    CustomResourceDefinition,
    DaemonSet,
    Deployment,
    EndpointSlice,
    Gateway,
    GrpcRoute,
    HttpRoute,
    Ingress,
    IngressClass,
    IngressRoute,
    Job,
    MutatingWebhookConfiguration,
    Namespace,
    NetworkPolicy,
    Node,
    Pod,
    PodMonitor,
    Prometheus,
    ReplicaSet,
    ReplicationController,
    RoleBinding,
    Route,
    Service,
    ServiceAccount,
    ServiceCidr,
    ServiceMonitor,
    StatefulSet,
    TcpRoute,
    TlsRoute,
    ValidatingWebhookConfiguration,
}

/// The API groups of kube-apiserver itself, as far as kinds of them are read.
const BUILT_IN_GROUPS: [&str; 9] = [
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "batch",
    "discovery.k8s.io",
    "networking.k8s.io",
    "rbac.authorization.k8s.io",
];

/// Other versions in which a kind is served somewhere, read alike: what is read of them did not change.
const OTHER_VERSIONS: [(&str, &str, Kind); 6] = [
    ("gateway.networking.k8s.io", "v1alpha2", Kind::GrpcRoute),
    ("gateway.networking.k8s.io", "v1beta1", Kind::Gateway),
    ("gateway.networking.k8s.io", "v1beta1", Kind::HttpRoute),
    ("gateway.networking.k8s.io", "v1", Kind::TlsRoute),
    ("gateway.networking.k8s.io", "v1alpha3", Kind::TlsRoute),
    ("networking.k8s.io", "v1beta1", Kind::ServiceCidr),
];

/// Group, version, plural, kind.
type Row = (&'static str, &'static str, &'static str, &'static str);

impl Kind {
    /// Every kind, sorted by name.
    pub const ALL: [Self; 34] = [
        Self::ApiService,
        Self::ClusterRoleBinding,
        Self::ConfigMap,
        Self::CronJob,
        Self::CustomResourceDefinition,
        Self::DaemonSet,
        Self::Deployment,
        Self::EndpointSlice,
        Self::Gateway,
        Self::GrpcRoute,
        Self::HttpRoute,
        Self::Ingress,
        Self::IngressClass,
        Self::IngressRoute,
        Self::Job,
        Self::MutatingWebhookConfiguration,
        Self::Namespace,
        Self::NetworkPolicy,
        Self::Node,
        Self::Pod,
        Self::PodMonitor,
        Self::Prometheus,
        Self::ReplicaSet,
        Self::ReplicationController,
        Self::RoleBinding,
        Self::Route,
        Self::Service,
        Self::ServiceAccount,
        Self::ServiceCidr,
        Self::ServiceMonitor,
        Self::StatefulSet,
        Self::TcpRoute,
        Self::TlsRoute,
        Self::ValidatingWebhookConfiguration,
    ];

    /// The kinds that every API server serves; the others are there when their CRD is installed.
    pub fn built_in() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|kind| kind.is_built_in())
    }

    /// Whether every API server serves it.
    pub fn is_built_in(self) -> bool {
        // ServiceCIDR came with Kubernetes 1.33.
        BUILT_IN_GROUPS.contains(&self.group()) && self != Self::ServiceCidr
    }

    /// Whether verdicts about coverage rest on it: without these kinds there is no World of a cluster. The others tell facts,
    /// which stay unknown where the kind is not served or may not be read.
    pub fn is_indispensable(self) -> bool {
        self.is_workload()
            || matches!(
                self,
                Self::ClusterRoleBinding
                    | Self::EndpointSlice
                    | Self::Namespace
                    | Self::NetworkPolicy
                    | Self::RoleBinding
                    | Self::Service
                    | Self::ServiceAccount
            )
    }

    fn row(self) -> Row {
        match self {
            Self::ApiService => ("apiregistration.k8s.io", "v1", "apiservices", "APIService"),
            Self::ClusterRoleBinding => {
                ("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding")
            }
            Self::ConfigMap => ("", "v1", "configmaps", "ConfigMap"),
            Self::CronJob => ("batch", "v1", "cronjobs", "CronJob"),
            Self::CustomResourceDefinition => (
                "apiextensions.k8s.io",
                "v1",
                "customresourcedefinitions",
                "CustomResourceDefinition",
            ),
            Self::DaemonSet => ("apps", "v1", "daemonsets", "DaemonSet"),
            Self::Deployment => ("apps", "v1", "deployments", "Deployment"),
            Self::EndpointSlice => ("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"),
            Self::Gateway => ("gateway.networking.k8s.io", "v1", "gateways", "Gateway"),
            Self::GrpcRoute => ("gateway.networking.k8s.io", "v1", "grpcroutes", "GRPCRoute"),
            Self::HttpRoute => ("gateway.networking.k8s.io", "v1", "httproutes", "HTTPRoute"),
            Self::Ingress => ("networking.k8s.io", "v1", "ingresses", "Ingress"),
            Self::IngressClass => ("networking.k8s.io", "v1", "ingressclasses", "IngressClass"),
            Self::IngressRoute => ("traefik.io", "v1alpha1", "ingressroutes", "IngressRoute"),
            Self::Job => ("batch", "v1", "jobs", "Job"),
            Self::MutatingWebhookConfiguration => (
                "admissionregistration.k8s.io",
                "v1",
                "mutatingwebhookconfigurations",
                "MutatingWebhookConfiguration",
            ),
            Self::Namespace => ("", "v1", "namespaces", "Namespace"),
            Self::NetworkPolicy => ("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy"),
            Self::Node => ("", "v1", "nodes", "Node"),
            Self::Pod => ("", "v1", "pods", "Pod"),
            Self::PodMonitor => ("monitoring.coreos.com", "v1", "podmonitors", "PodMonitor"),
            Self::Prometheus => ("monitoring.coreos.com", "v1", "prometheuses", "Prometheus"),
            Self::ReplicaSet => ("apps", "v1", "replicasets", "ReplicaSet"),
            Self::ReplicationController => {
                ("", "v1", "replicationcontrollers", "ReplicationController")
            }
            Self::RoleBinding => ("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding"),
            Self::Route => ("route.openshift.io", "v1", "routes", "Route"),
            Self::Service => ("", "v1", "services", "Service"),
            Self::ServiceAccount => ("", "v1", "serviceaccounts", "ServiceAccount"),
            Self::ServiceCidr => ("networking.k8s.io", "v1", "servicecidrs", "ServiceCIDR"),
            Self::ServiceMonitor => {
                ("monitoring.coreos.com", "v1", "servicemonitors", "ServiceMonitor")
            }
            Self::StatefulSet => ("apps", "v1", "statefulsets", "StatefulSet"),
            Self::TcpRoute => ("gateway.networking.k8s.io", "v1alpha2", "tcproutes", "TCPRoute"),
            Self::TlsRoute => ("gateway.networking.k8s.io", "v1alpha2", "tlsroutes", "TLSRoute"),
            Self::ValidatingWebhookConfiguration => (
                "admissionregistration.k8s.io",
                "v1",
                "validatingwebhookconfigurations",
                "ValidatingWebhookConfiguration",
            ),
        }
    }

    /// The kind with this `apiVersion` and `kind`; `None` for what Portcullis does not read.
    pub fn of(api_version: &str, kind: &str) -> Option<Self> {
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        Self::of_parts(group, version, kind)
    }

    /// The kind with this group, version and `kind`; `None` for what Portcullis does not read.
    pub fn of_parts(group: &str, version: &str, kind: &str) -> Option<Self> {
        let in_its_version = Self::ALL.into_iter().find(|candidate| {
            let row = candidate.row();
            row.0 == group && row.1 == version && row.3 == kind
        });
        let other = |(of_group, of_version, candidate): &(&str, &str, Self)| {
            *of_group == group && *of_version == version && candidate.name() == kind
        };
        let in_another = || OTHER_VERSIONS.into_iter().find(other).map(|(.., kind)| kind);
        in_its_version.or_else(in_another)
    }

    /// The API group, empty for the core group.
    pub fn group(self) -> &'static str {
        self.row().0
    }

    /// The API version without its group.
    pub fn version(self) -> &'static str {
        self.row().1
    }

    /// The versions in which it is read, without their group; its own first.
    pub fn versions(self) -> impl Iterator<Item = &'static str> {
        let others = OTHER_VERSIONS.into_iter().filter(move |(.., kind)| *kind == self);
        iter::once(self.version()).chain(others.map(|(_, version, _)| version))
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
        !matches!(
            self,
            Self::ApiService
                | Self::ClusterRoleBinding
                | Self::CustomResourceDefinition
                | Self::IngressClass
                | Self::MutatingWebhookConfiguration
                | Self::Namespace
                | Self::Node
                | Self::ServiceCidr
                | Self::ValidatingWebhookConfiguration
        )
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
        assert_eq!(
            Kind::of("gateway.networking.k8s.io/v1beta1", "HTTPRoute"),
            Some(Kind::HttpRoute)
        );
        assert_eq!(Kind::of("networking.istio.io/v1", "Gateway"), None);
        for (kind, versions) in [
            (Kind::Pod, vec!["v1"]),
            (Kind::ServiceCidr, vec!["v1", "v1beta1"]),
            (Kind::TlsRoute, vec!["v1alpha2", "v1", "v1alpha3"]),
        ] {
            assert_eq!(kind.versions().collect::<Vec<_>>(), versions);
        }
    }
}
