//! What makes the API server connect to a Service: admission webhooks, aggregated APIs, conversion of custom resources.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::read::or_default;
use super::wire::wire;
use super::{Kind, Meta};

/// The port of the Service where nothing else is said (admissionregistration.k8s.io/v1 `ServiceReference`).
const PORT: u16 = 443;

/// A `MutatingWebhookConfiguration`, a `ValidatingWebhookConfiguration` or an `APIService`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// Its kind.
    pub kind: Kind,
    /// Metadata.
    pub meta: Meta,
    /// The Services that the API server connects to; URLs are left out.
    pub calls: Vec<Call>,
}

/// One Service that the API server connects to. It picks an endpoint itself: what counts is the target port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Call {
    /// The name of the webhook; empty for what has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The namespace of the Service.
    pub namespace: String,
    /// The name of the Service.
    pub service: String,
    /// The port of the Service.
    pub port: u16,
    /// Requests fail while it does not answer: `failurePolicy: Fail`, and always for what is no admission webhook.
    pub fails: bool,
}

wire! {
    WireCallback { metadata: Meta, webhooks: Vec<Webhook>, spec: ApiServiceSpec }
    Webhook { name: String, client_config: ClientConfig, failure_policy: String }
    ClientConfig { service: Option<ServiceReference> }
    ServiceReference { name: String, namespace: String, port: Option<u16> }
    ApiServiceSpec { service: Option<ServiceReference> }
}

impl WireCallback {
    pub(super) fn into_callback(self, kind: Kind) -> Callback {
        let webhooks = self.webhooks.into_iter().filter_map(|webhook| {
            let fails = webhook.failure_policy != "Ignore";
            webhook.client_config.service?.into_call(webhook.name, fails)
        });
        let api = self.spec.service.and_then(|service| service.into_call(String::new(), true));
        let calls =
            if kind == Kind::ApiService { api.into_iter().collect() } else { webhooks.collect() };
        Callback { kind, meta: self.metadata, calls }
    }
}

impl ServiceReference {
    pub(super) fn into_call(self, name: String, fails: bool) -> Option<Call> {
        let Self { name: service, namespace, port } = self;
        let is_named = !service.is_empty() && !namespace.is_empty();
        is_named.then(|| Call { name, namespace, service, port: port.unwrap_or(PORT), fails })
    }
}
