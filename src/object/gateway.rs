//! Gateways of the Gateway API.

use serde::Deserialize;

use super::Meta;
use super::read::or_default;
use super::wire::wire;

/// A `gateway.networking.k8s.io` `Gateway`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gateway {
    /// Metadata.
    pub meta: Meta,
    /// `spec.gatewayClassName`.
    pub class: String,
}

wire! {
    WireGateway { metadata: Meta, spec: GatewaySpec }
    GatewaySpec { gateway_class_name: String }
}

impl From<WireGateway> for Gateway {
    fn from(wire: WireGateway) -> Self {
        Self { meta: wire.metadata, class: wire.spec.gateway_class_name }
    }
}
