//! Pods that connect to those of others, as they are stated.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::netpol::Labels;

/// Pods of the cluster that connect to those of others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ClientFacts {
    /// What they are called in findings, such as `Deployment ingress-nginx/ingress-nginx-controller`.
    pub name: String,
    /// Their namespace.
    pub namespace: String,
    /// Labels of that namespace besides `kubernetes.io/metadata.name`.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub namespace_labels: Labels,
    /// Their labels.
    pub pod_labels: Labels,
    /// They are in the network of their node, where no selector matches them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub host_network: bool,
    /// What `spec.controller` of an `IngressClass` calls them (`k8s.io/ingress-nginx`), or the Gateway that they serve
    /// (`NAMESPACE/NAME`); of a scraper `annotations` or `monitors`, when it follows only those; empty where that does not matter.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub serves: Vec<String>,
}
