//! The API server, as it is stated.

use std::net::IpAddr;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ClientFacts;

/// Where the API server answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ApiServerFacts {
    /// The cluster IPs of the Service `default/kubernetes`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub service: Vec<IpAddr>,
    /// The addresses behind it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub endpoints: Vec<IpNet>,
    /// The port of those addresses; 6443 when missing.
    #[serde(skip_serializing_if = "is_usual")]
    pub port: u16,
    /// Addresses with other ports.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<EndpointFacts>,
    /// The agents of a tunnel (konnectivity) through which it reaches pods; empty where it does so itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tunnels: Vec<ClientFacts>,
}

impl ApiServerFacts {
    /// These facts, and what they leave out from `others`.
    #[must_use]
    pub(super) fn or(self, others: Self) -> Self {
        let knows_endpoints = !(self.endpoints.is_empty() && self.others.is_empty());
        let behind = if knows_endpoints { &self } else { &others };
        Self {
            endpoints: behind.endpoints.clone(),
            port: behind.port,
            others: behind.others.clone(),
            service: if self.service.is_empty() { others.service } else { self.service },
            tunnels: if self.tunnels.is_empty() { others.tunnels } else { self.tunnels },
        }
    }
}

/// An address of the API server with a port of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EndpointFacts {
    /// The address.
    #[schemars(with = "String")]
    pub address: IpNet,
    /// Its port.
    pub port: u16,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field")]
fn is_usual(port: &u16) -> bool {
    *port == 0
}
