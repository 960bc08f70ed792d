//! What objects of the cluster say that no input need hold: namespaces, monitors, who has rights.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::netpol::{Labels, Selector};
use crate::object::PortRef;

/// A namespace of the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamespaceFacts {
    /// Its name.
    pub name: String,
    /// Its labels besides `kubernetes.io/metadata.name`.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// Its exemptions: the annotations that begin with `portcullis.dev/`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// A Prometheus that its operator runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrometheusFacts {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// All labels of its pods, where those are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<Labels>,
    /// Labels that it gives to its pods besides those of the operator.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub pod_labels: Labels,
    /// Its pods are in the network of their node.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub host_network: bool,
    /// The `ServiceMonitors` that it follows.
    #[serde(default, skip_serializing_if = "FollowedFacts::is_none")]
    pub service_monitors: FollowedFacts,
    /// The `PodMonitors` that it follows.
    #[serde(default, skip_serializing_if = "FollowedFacts::is_none")]
    pub pod_monitors: FollowedFacts,
}

/// Which monitors a Prometheus follows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct FollowedFacts {
    /// By their labels; none when missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<Selector>,
    /// By the labels of their namespaces; those of its own namespace when missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespaces: Option<Selector>,
}

impl FollowedFacts {
    fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// A `ServiceMonitor` or `PodMonitor`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MonitorFacts {
    /// Its kind.
    pub kind: MonitorKind,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its labels.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// The Services, or Pods, that it selects.
    pub selector: Selector,
    /// It looks for them in every namespace.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub any_namespace: bool,
    /// Else where it looks for them; in its own namespace when there is none here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub namespaces: Vec<String>,
    /// The ports that are scraped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<ScrapedPort>,
}

/// The kinds of monitors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs, reason = "the names are those of the operator")]
pub enum MonitorKind {
    PodMonitor,
    ServiceMonitor,
}

/// A port that is scraped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum ScrapedPort {
    /// By the name of the Service's port (the container's, in a `PodMonitor`).
    Port(String),
    /// The port of the pod itself.
    TargetPort(PortRef),
}

/// The service accounts that some `RoleBinding` or `ClusterRoleBinding` binds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct BoundFacts {
    /// By themselves: `NAMESPACE/NAME`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<String>,
    /// All of these namespaces.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub namespaces: Vec<String>,
    /// All of the cluster.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub everywhere: bool,
}

impl BoundFacts {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
