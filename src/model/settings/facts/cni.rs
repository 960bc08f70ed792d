//! The network plugin, as it is stated.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The network plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// Every agent that enforces; when missing, the plugin itself if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enforcing: Option<Vec<Plugin>>,
    /// What tells so, as sentences without a full stop.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// What it can and cannot do; when missing, what is documented of its name and version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<Features>,
}

/// Network plugins.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
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
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
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

/// What a plugin makes of policies; what is missing is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Features {
    /// `endPort` is honoured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_port: Option<bool>,
    /// SCTP is governed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sctp: Option<bool>,
    /// Port names of egress rules are resolved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub named_egress_ports: Option<bool>,
    /// Port names of egress rules are resolved where no selector tells on which pods: beside a block, or for everyone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub named_ports_without_selector: Option<bool>,
    /// Blocks match pods by their address (SEMANTICS 13.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocks_match_pods: Option<bool>,
    /// Blocks match nodes, and with them an API server that runs on one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocks_match_nodes: Option<bool>,
    /// Every pod is isolated, whether a policy selects it or not (Cilium's `enable-policy: always`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub isolates_always: Option<bool>,
    /// Whether it judges before or after a Service's address is translated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dnat: Option<Dnat>,
    /// Implements `AdminNetworkPolicy` and `BaselineAdminNetworkPolicy`.
    #[serde(rename = "adminNetworkPolicies", skip_serializing_if = "Option::is_none")]
    pub(crate) admin: Option<bool>,
    /// Implements Calico's own policies.
    #[serde(rename = "calicoPolicies", skip_serializing_if = "Option::is_none")]
    pub(crate) calico: Option<bool>,
    /// Implements Cilium's own policies.
    #[serde(rename = "ciliumPolicies", skip_serializing_if = "Option::is_none")]
    pub(crate) cilium: Option<bool>,
    /// Implements `ClusterNetworkPolicy`.
    #[serde(rename = "clusterNetworkPolicies", skip_serializing_if = "Option::is_none")]
    pub(crate) cluster: Option<bool>,
}

/// When a plugin judges a connection to a Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Dnat {
    /// After its address was translated: what counts is the endpoint and its port.
    After,
    /// Before: what counts is the cluster IP and the port of the Service (AWS VPC CNI).
    Before,
}
