//! The kinds that Portcullis reads.

use std::fmt;
use std::iter;

use super::GroupVersion;

/// A kind of object; its row names the API version that is watched where it is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names are Kubernetes' own")]
pub enum Kind {
    AdminNetworkPolicy,
    ApiService,
    BaselineAdminNetworkPolicy,
    CalicoNetworkPolicy,
    CiliumClusterwideNetworkPolicy,
    CiliumNetworkPolicy,
    ClusterNetworkPolicy,
    ClusterRoleBinding,
    ConfigMap,
    CronJob,
    CustomResourceDefinition,
    DaemonSet,
    Deployment,
    EndpointSlice,
    Gateway,
    GlobalNetworkPolicy,
    GlobalNetworkSet,
    GrpcRoute,
    HostEndpoint,
    HttpRoute,
    Ingress,
    IngressClass,
    IngressRoute,
    Job,
    MutatingWebhookConfiguration,
    Namespace,
    NetworkPolicy,
    NetworkSet,
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
    Tier,
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
const OTHER_VERSIONS: [(&str, &str, Kind); 12] = [
    ("projectcalico.org", "v3", Kind::CalicoNetworkPolicy),
    ("projectcalico.org", "v3", Kind::GlobalNetworkPolicy),
    ("projectcalico.org", "v3", Kind::GlobalNetworkSet),
    ("projectcalico.org", "v3", Kind::HostEndpoint),
    ("projectcalico.org", "v3", Kind::NetworkSet),
    ("projectcalico.org", "v3", Kind::Tier),
    ("gateway.networking.k8s.io", "v1alpha2", Kind::GrpcRoute),
    ("gateway.networking.k8s.io", "v1beta1", Kind::Gateway),
    ("gateway.networking.k8s.io", "v1beta1", Kind::HttpRoute),
    ("gateway.networking.k8s.io", "v1", Kind::TlsRoute),
    ("gateway.networking.k8s.io", "v1alpha3", Kind::TlsRoute),
    ("networking.k8s.io", "v1beta1", Kind::ServiceCidr),
];

/// The group in which Calico stores its kinds unless it stores them as it serves them (`projectcalico.org/v3`); what is written
/// to an API server of its own is written here too.
const CALICO: &str = "crd.projectcalico.org";

/// The group of Cilium.
const CILIUM: &str = "cilium.io";

/// The group of the tiers around `NetworkPolicies`.
const TIERS: &str = "policy.networking.k8s.io";

/// Group, version, plural, kind.
type Row = (&'static str, &'static str, &'static str, &'static str);

/// What every kind is called in the API: group, version, plural, kind; in the order of [`Kind::ALL`].
const ROWS: [Row; 45] = [
    (TIERS, "v1alpha1", "adminnetworkpolicies", "AdminNetworkPolicy"),
    ("apiregistration.k8s.io", "v1", "apiservices", "APIService"),
    (TIERS, "v1alpha1", "baselineadminnetworkpolicies", "BaselineAdminNetworkPolicy"),
    (CALICO, "v1", "networkpolicies", "NetworkPolicy"),
    (CILIUM, "v2", "ciliumclusterwidenetworkpolicies", "CiliumClusterwideNetworkPolicy"),
    (CILIUM, "v2", "ciliumnetworkpolicies", "CiliumNetworkPolicy"),
    (TIERS, "v1alpha2", "clusternetworkpolicies", "ClusterNetworkPolicy"),
    ("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding"),
    ("", "v1", "configmaps", "ConfigMap"),
    ("batch", "v1", "cronjobs", "CronJob"),
    ("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition"),
    ("apps", "v1", "daemonsets", "DaemonSet"),
    ("apps", "v1", "deployments", "Deployment"),
    ("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"),
    ("gateway.networking.k8s.io", "v1", "gateways", "Gateway"),
    (CALICO, "v1", "globalnetworkpolicies", "GlobalNetworkPolicy"),
    (CALICO, "v1", "globalnetworksets", "GlobalNetworkSet"),
    ("gateway.networking.k8s.io", "v1", "grpcroutes", "GRPCRoute"),
    (CALICO, "v1", "hostendpoints", "HostEndpoint"),
    ("gateway.networking.k8s.io", "v1", "httproutes", "HTTPRoute"),
    ("networking.k8s.io", "v1", "ingresses", "Ingress"),
    ("networking.k8s.io", "v1", "ingressclasses", "IngressClass"),
    ("traefik.io", "v1alpha1", "ingressroutes", "IngressRoute"),
    ("batch", "v1", "jobs", "Job"),
    (
        "admissionregistration.k8s.io",
        "v1",
        "mutatingwebhookconfigurations",
        "MutatingWebhookConfiguration",
    ),
    ("", "v1", "namespaces", "Namespace"),
    ("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy"),
    (CALICO, "v1", "networksets", "NetworkSet"),
    ("", "v1", "nodes", "Node"),
    ("", "v1", "pods", "Pod"),
    ("monitoring.coreos.com", "v1", "podmonitors", "PodMonitor"),
    ("monitoring.coreos.com", "v1", "prometheuses", "Prometheus"),
    ("apps", "v1", "replicasets", "ReplicaSet"),
    ("", "v1", "replicationcontrollers", "ReplicationController"),
    ("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding"),
    ("route.openshift.io", "v1", "routes", "Route"),
    ("", "v1", "services", "Service"),
    ("", "v1", "serviceaccounts", "ServiceAccount"),
    ("networking.k8s.io", "v1", "servicecidrs", "ServiceCIDR"),
    ("monitoring.coreos.com", "v1", "servicemonitors", "ServiceMonitor"),
    ("apps", "v1", "statefulsets", "StatefulSet"),
    ("gateway.networking.k8s.io", "v1alpha2", "tcproutes", "TCPRoute"),
    (CALICO, "v1", "tiers", "Tier"),
    ("gateway.networking.k8s.io", "v1alpha2", "tlsroutes", "TLSRoute"),
    (
        "admissionregistration.k8s.io",
        "v1",
        "validatingwebhookconfigurations",
        "ValidatingWebhookConfiguration",
    ),
];

impl Kind {
    /// Every kind, sorted by name.
    pub const ALL: [Self; 45] = [
        Self::AdminNetworkPolicy,
        Self::ApiService,
        Self::BaselineAdminNetworkPolicy,
        Self::CalicoNetworkPolicy,
        Self::CiliumClusterwideNetworkPolicy,
        Self::CiliumNetworkPolicy,
        Self::ClusterNetworkPolicy,
        Self::ClusterRoleBinding,
        Self::ConfigMap,
        Self::CronJob,
        Self::CustomResourceDefinition,
        Self::DaemonSet,
        Self::Deployment,
        Self::EndpointSlice,
        Self::Gateway,
        Self::GlobalNetworkPolicy,
        Self::GlobalNetworkSet,
        Self::GrpcRoute,
        Self::HostEndpoint,
        Self::HttpRoute,
        Self::Ingress,
        Self::IngressClass,
        Self::IngressRoute,
        Self::Job,
        Self::MutatingWebhookConfiguration,
        Self::Namespace,
        Self::NetworkPolicy,
        Self::NetworkSet,
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
        Self::Tier,
        Self::TlsRoute,
        Self::ValidatingWebhookConfiguration,
    ];

    /// The kinds of policies of the tiers around `NetworkPolicies`, cluster-scoped.
    pub const TIERED: [Self; 3] =
        [Self::AdminNetworkPolicy, Self::BaselineAdminNetworkPolicy, Self::ClusterNetworkPolicy];

    /// Calico's kinds of addresses that have labels.
    pub const CALICO_SETS: [Self; 3] =
        [Self::GlobalNetworkSet, Self::HostEndpoint, Self::NetworkSet];

    /// The kinds of policies that are about pods of several namespaces.
    pub const CLUSTER_POLICIES: [Self; 5] = [
        Self::AdminNetworkPolicy,
        Self::BaselineAdminNetworkPolicy,
        Self::CiliumClusterwideNetworkPolicy,
        Self::ClusterNetworkPolicy,
        Self::GlobalNetworkPolicy,
    ];

    /// The kinds of policies of other engines that are in namespaces.
    pub const FOREIGN: [Self; 2] = [Self::CalicoNetworkPolicy, Self::CiliumNetworkPolicy];

    /// What Calico's policies rest on and people write: tiers order them, and sets have the labels that rules select.
    const CALICO_GROUND: [Self; 3] = [Self::GlobalNetworkSet, Self::NetworkSet, Self::Tier];

    /// Whether a change of an object of this kind may take away cover that no `NetworkPolicy` gives.
    pub fn covers_beside(self) -> bool {
        Self::other_policies().chain(Self::CALICO_GROUND).any(|kind| kind == self)
    }

    /// The kinds of policies beside `NetworkPolicies`.
    pub fn other_policies() -> impl Iterator<Item = Self> {
        Self::CLUSTER_POLICIES.into_iter().chain(Self::FOREIGN)
    }

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
        ROWS[self as usize]
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

    /// The API in which it is watched where that is served.
    pub fn api(self) -> GroupVersion {
        let (group, version, ..) = self.row();
        GroupVersion { group, version }
    }

    /// The APIs in which it is read; its own first, then other versions of its group, then another group.
    pub fn apis(self) -> impl Iterator<Item = GroupVersion> {
        let others = OTHER_VERSIONS.into_iter().filter(move |(.., kind)| *kind == self);
        let others = others.map(|(group, version, _)| GroupVersion { group, version });
        iter::once(self.api()).chain(others)
    }

    /// `apiVersion` as a manifest writes it.
    pub fn api_version(self) -> String {
        self.api().to_string()
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
            Self::AdminNetworkPolicy
                | Self::ApiService
                | Self::BaselineAdminNetworkPolicy
                | Self::CiliumClusterwideNetworkPolicy
                | Self::ClusterNetworkPolicy
                | Self::ClusterRoleBinding
                | Self::CustomResourceDefinition
                | Self::GlobalNetworkPolicy
                | Self::GlobalNetworkSet
                | Self::HostEndpoint
                | Self::IngressClass
                | Self::MutatingWebhookConfiguration
                | Self::Namespace
                | Self::Node
                | Self::ServiceCidr
                | Self::Tier
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
        match self {
            // Kubernetes' own has the same name.
            Self::CalicoNetworkPolicy => f.write_str("Calico NetworkPolicy"),
            _ => f.write_str(self.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn every_kind_is_called_what_it_is() {
        for kind in Kind::ALL {
            let called = format!("{kind:?}").to_lowercase();
            let is_calicos = kind == Kind::CalicoNetworkPolicy;
            let called = if is_calicos { called.replace("calico", "") } else { called };
            assert_eq!(called, kind.name().to_lowercase());
        }
    }

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
        for (version, kind, expected) in [
            ("projectcalico.org/v3", "NetworkPolicy", Kind::CalicoNetworkPolicy),
            ("crd.projectcalico.org/v1", "NetworkPolicy", Kind::CalicoNetworkPolicy),
            ("crd.projectcalico.org/v1", "Tier", Kind::Tier),
            ("networking.k8s.io/v1", "NetworkPolicy", Kind::NetworkPolicy),
        ] {
            assert_eq!(Kind::of(version, kind), Some(expected), "{version}");
        }
        let gateway = |version: &str| format!("gateway.networking.k8s.io/{version}");
        for (kind, apis) in [
            (
                Kind::CalicoNetworkPolicy,
                ["crd.projectcalico.org/v1", "projectcalico.org/v3"].map(str::to_owned).to_vec(),
            ),
            (Kind::Pod, vec!["v1".to_owned()]),
            (Kind::TlsRoute, ["v1alpha2", "v1", "v1alpha3"].map(gateway).to_vec()),
        ] {
            assert_eq!(kind.apis().map(|api| api.to_string()).collect::<Vec<_>>(), apis);
        }
    }
}
