//! What is stated about a cluster, for where no object tells it: in the settings, or in a file of facts.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::netpol::{Family, Labels, Protocol};

/// Facts about the cluster for where no object tells them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct FactsSettings {
    /// The cluster's DNS servers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns: Option<DnsFacts>,
    /// The API server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_server: Option<ApiServerFacts>,
    /// The network plugin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cni: Option<CniFacts>,
    /// The IP families of the cluster; empty where they are not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub families: Vec<Family>,
    /// Ranges of addresses.
    #[serde(skip_serializing_if = "RangeFacts::is_empty")]
    pub ranges: RangeFacts,
    /// What brings traffic from outside to the pods of Ingresses and routes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ingress_controllers: Vec<ClientFacts>,
    /// The Prometheus servers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scrapers: Vec<ClientFacts>,
}

/// The network plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CniFacts {
    /// Which one.
    pub name: Plugin,
    /// Its version, such as `1.18`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Whether it enforces `NetworkPolicies`.
    #[serde(default)]
    pub enforces: Enforces,
}

/// Network plugins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names are their own")]
pub enum Plugin {
    Antrea,
    AwsVpcCni,
    AzureNpm,
    Calico,
    Canal,
    Cilium,
    Flannel,
    GkeNetd,
    K3s,
    Kindnet,
    KubeNetworkPolicies,
    KubeOvn,
    KubeRouter,
    OvnKubernetes,
    Weave,
}

impl Plugin {
    /// Its name in sentences.
    pub fn name(self) -> &'static str {
        match self {
            Self::Antrea => "Antrea",
            Self::AwsVpcCni => "the AWS VPC CNI",
            Self::AzureNpm => "Azure Network Policy Manager",
            Self::Calico => "Calico",
            Self::Canal => "Canal",
            Self::Cilium => "Cilium",
            Self::Flannel => "Flannel",
            Self::GkeNetd => "netd",
            Self::K3s => "the policy controller of k3s",
            Self::Kindnet => "kindnet",
            Self::KubeNetworkPolicies => "kube-network-policies",
            Self::KubeOvn => "Kube-OVN",
            Self::KubeRouter => "kube-router",
            Self::OvnKubernetes => "OVN-Kubernetes",
            Self::Weave => "Weave Net",
        }
    }
}

impl fmt::Display for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether a network plugin enforces `NetworkPolicies`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Enforces {
    /// It does.
    Yes,
    /// That is not known.
    #[default]
    Unknown,
    /// It does not.
    No,
}

/// Ranges of addresses; empty where they are not known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct RangeFacts {
    /// What pods get their addresses from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pods: Vec<IpNet>,
    /// What Services get their addresses from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<IpNet>,
    /// The addresses of nodes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<IpNet>,
}

impl RangeFacts {
    fn is_empty(&self) -> bool {
        self.pods.is_empty() && self.services.is_empty() && self.nodes.is_empty()
    }
}

/// Pods of the cluster that connect to those of others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ClientFacts {
    /// What they are called in findings, such as `Deployment ingress-nginx/ingress-nginx-controller`.
    pub name: String,
    /// Their namespace.
    pub namespace: String,
    /// Labels of that namespace besides `kubernetes.io/metadata.name`.
    pub namespace_labels: Labels,
    /// Their labels.
    pub pod_labels: Labels,
    /// They are in the network of their node, where no selector matches them.
    pub host_network: bool,
    /// What `spec.controller` of an `IngressClass` calls them (`k8s.io/ingress-nginx`), or the Gateway that they serve
    /// (`NAMESPACE/NAME`); empty where that does not matter.
    pub serves: Vec<String>,
}

/// The pods that answer DNS queries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct DnsFacts {
    /// Their namespace.
    pub namespace: String,
    /// Labels of that namespace besides `kubernetes.io/metadata.name`.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub namespace_labels: Labels,
    /// Their labels; `{}` beside addresses for servers that are no pods (Cloud DNS of GKE: 169.254.169.254).
    pub pod_labels: Labels,
    /// Their ports, at the pod.
    pub ports: Vec<DnsPort>,
    /// Their addresses, when they are known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<IpAddr>,
    /// The cluster IPs of their Service.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub service: Vec<IpAddr>,
    /// Where a cache answers on every node.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub node_cache: Vec<IpAddr>,
}

/// One port of the DNS pods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DnsPort {
    /// UDP or TCP.
    pub protocol: Protocol,
    /// The number at the pod: 53, or 5353 on `OpenShift`.
    pub port: u16,
    /// The container port's name.
    #[serde(default)]
    pub name: String,
}

/// Where the API server answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ApiServerFacts {
    /// The cluster IPs of the Service `default/kubernetes`.
    pub service: Vec<IpAddr>,
    /// The addresses behind it.
    pub endpoints: Vec<IpNet>,
    /// The port of those addresses; 6443 when missing.
    pub port: u16,
}

/// The DNS pods of most clusters: a starting point for a settings file that names only what differs.
impl Default for DnsFacts {
    fn default() -> Self {
        let port = |protocol, name: &str| DnsPort { protocol, port: 53, name: name.to_owned() };
        Self {
            namespace: "kube-system".to_owned(),
            namespace_labels: Labels::default(),
            pod_labels: [("k8s-app", "kube-dns")].into_iter().collect(),
            ports: vec![port(Protocol::Udp, "dns"), port(Protocol::Tcp, "dns-tcp")],
            addresses: Vec::new(),
            service: Vec::new(),
            node_cache: Vec::new(),
        }
    }
}
