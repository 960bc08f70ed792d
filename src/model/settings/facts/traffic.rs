//! What connects to Services by the word of objects that no input need hold: classes, routes, webhooks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::object::{Backend, Call};

/// An `IngressClass`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IngressClassFacts {
    /// Its name.
    pub name: String,
    /// The controller that serves it, such as `k8s.io/ingress-nginx`.
    pub controller: String,
    /// It is that of every Ingress that names none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub default: bool,
}

/// What makes the API server connect to Services.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CallbackFacts {
    /// Its kind.
    pub kind: CallbackKind,
    /// Its name.
    pub name: String,
    /// The Services.
    pub calls: Vec<Call>,
}

/// The kinds that make the API server connect to Services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs, reason = "the names are Kubernetes' own")]
pub enum CallbackKind {
    #[serde(rename = "APIService")]
    ApiService,
    CustomResourceDefinition,
    MutatingWebhookConfiguration,
    ValidatingWebhookConfiguration,
}

/// A route to Services of other namespaces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RouteFacts {
    /// Its kind.
    pub kind: RouteKind,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The Gateways that it belongs to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gateways: Vec<GatewayFacts>,
    /// The Services behind it.
    pub backends: Vec<Backend>,
}

/// A Gateway, as a route names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GatewayFacts {
    /// Its namespace; that of the route when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

/// The kinds of routes that can lead to other namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs, reason = "the names are those of the Gateway API and of Traefik")]
pub enum RouteKind {
    #[serde(rename = "GRPCRoute")]
    GrpcRoute,
    #[serde(rename = "HTTPRoute")]
    HttpRoute,
    IngressRoute,
    #[serde(rename = "TCPRoute")]
    TcpRoute,
    #[serde(rename = "TLSRoute")]
    TlsRoute,
}
