//! The ranges that Services get their addresses from.

use ipnet::IpNet;
use serde::Deserialize;

use super::Meta;
use super::read::or_default;
use super::wire::{ranges, wire};

/// A `networking.k8s.io` `ServiceCIDR`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceCidr {
    /// Metadata.
    pub meta: Meta,
    /// `spec.cidrs`.
    pub ranges: Vec<IpNet>,
}

wire! {
    WireServiceCidr { metadata: Meta, spec: ServiceCidrSpec }
    ServiceCidrSpec { cidrs: Vec<String> }
}

impl From<WireServiceCidr> for ServiceCidr {
    fn from(wire: WireServiceCidr) -> Self {
        Self { meta: wire.metadata, ranges: ranges(&wire.spec.cidrs) }
    }
}
