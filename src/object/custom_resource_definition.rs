//! Custom resource definitions: which group they define, and who converts their objects.

use serde::Deserialize;

use super::Meta;
use super::callback::{Call, ServiceReference};
use super::read::or_default;
use super::wire::wire;

/// A `CustomResourceDefinition`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomResourceDefinition {
    /// Metadata.
    pub meta: Meta,
    /// The API group of its objects.
    pub group: String,
    /// Their kind.
    pub defines: String,
    /// The versions that are served.
    pub versions: Vec<String>,
    /// The Service that converts between versions.
    pub conversion: Option<Call>,
}

wire! {
    WireDefinition { metadata: Meta, spec: DefinitionSpec }
    DefinitionSpec { group: String, names: Names, versions: Vec<Version>, conversion: Conversion }
    Names { kind: String }
    Version { name: String, served: bool }
    Conversion { webhook: ConversionWebhook }
    ConversionWebhook { client_config: ConversionClient }
    ConversionClient { service: Option<ServiceReference> }
}

impl From<WireDefinition> for CustomResourceDefinition {
    fn from(wire: WireDefinition) -> Self {
        let DefinitionSpec { group, names, versions, conversion } = wire.spec;
        let served = versions.into_iter().filter(|version| version.served);
        let service = conversion.webhook.client_config.service;
        Self {
            meta: wire.metadata,
            group,
            defines: names.kind,
            versions: served.map(|version| version.name).collect(),
            conversion: service.and_then(|service| service.into_call(String::new(), true)),
        }
    }
}
