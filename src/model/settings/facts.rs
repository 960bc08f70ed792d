//! What is stated about a cluster, for where no object tells it: in the settings, or in a file of facts.

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::netpol::Family;

mod client;
mod cni;
mod dns;
mod server;
mod told;
mod traffic;

pub use client::ClientFacts;
pub use cni::{CniFacts, Dnat, Enforces, Features, Plugin};
pub use dns::{DnsFacts, DnsPort, DnsServerFacts};
pub use server::{ApiServerFacts, EndpointFacts};
pub use told::{
    BoundFacts, FollowedFacts, MonitorFacts, MonitorKind, NamespaceFacts, PrometheusFacts,
    ScrapedPort,
};
pub use traffic::{
    CallbackFacts, CallbackKind, GatewayFacts, IngressClassFacts, RouteFacts, RouteKind,
};

/// Facts about the cluster for where no object tells them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// Workload Identity of GKE answers at the address of the metadata service, with credentials of the pods' own.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub gke_metadata_server: bool,
    /// The IP families of the cluster; empty where they are not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub families: Vec<Family>,
    /// Ranges of addresses.
    #[serde(skip_serializing_if = "RangeFacts::is_empty")]
    pub ranges: RangeFacts,
    /// What brings traffic from outside to the pods of Ingresses and routes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ingress_controllers: Vec<ClientFacts>,
    /// The ingress classes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ingress_classes: Vec<IngressClassFacts>,
    /// The routes to Services of other namespaces.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<RouteFacts>,
    /// The Prometheus servers that no operator runs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scrapers: Vec<ClientFacts>,
    /// The Prometheus servers that their operator runs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub prometheuses: Vec<PrometheusFacts>,
    /// What the latter are told to scrape.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub monitors: Vec<MonitorFacts>,
    /// What makes the API server connect to Services: webhooks, aggregated APIs, conversion.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub callbacks: Vec<CallbackFacts>,
    /// The service accounts with rights at the API server.
    #[serde(skip_serializing_if = "BoundFacts::is_empty")]
    pub bound: BoundFacts,
    /// Every namespace of the cluster; missing where they are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespaces: Option<Vec<NamespaceFacts>>,
}

/// Ranges of addresses; empty where they are not known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct RangeFacts {
    /// What pods get their addresses from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub pods: Vec<IpNet>,
    /// What Services get their addresses from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub services: Vec<IpNet>,
    /// The addresses of nodes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub nodes: Vec<IpNet>,
}

impl RangeFacts {
    fn is_empty(&self) -> bool {
        self.pods.is_empty() && self.services.is_empty() && self.nodes.is_empty()
    }
}

impl FactsSettings {
    /// The fields that say nothing where a cluster has something: what is not known. Lists of which a cluster may have nothing
    /// (controllers, scrapers, who is called) are left out.
    pub fn unknown(&self) -> Vec<&'static str> {
        let (server, ranges) = (self.api_server.as_ref(), &self.ranges);
        let has_endpoints =
            |server: &ApiServerFacts| !(server.endpoints.is_empty() && server.others.is_empty());
        let enforces = self.cni.as_ref().map(|cni| cni.enforces);
        let fields = [
            ("dns", self.dns.is_some()),
            ("apiServer.service", server.is_some_and(|server| !server.service.is_empty())),
            ("apiServer.endpoints", server.is_some_and(has_endpoints)),
            ("cni", self.cni.is_some()),
            ("cni.enforces", enforces != Some(Enforces::Unknown)),
            ("families", !self.families.is_empty()),
            ("ranges.pods", !ranges.pods.is_empty()),
            ("ranges.services", !ranges.services.is_empty()),
            ("ranges.nodes", !ranges.nodes.is_empty()),
            ("namespaces", self.namespaces.is_some()),
        ];
        fields.into_iter().filter(|(_, is_known)| !is_known).map(|(field, _)| field).collect()
    }

    /// These facts, and what they leave out from `others`.
    ///
    /// One statement of `others` wins over what a cluster shows: DNS servers that are no pods (see [`DnsFacts`]).
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        fn either<T>(one: Vec<T>, other: Vec<T>) -> Vec<T> {
            if one.is_empty() { other } else { one }
        }
        let ranges = RangeFacts {
            pods: either(self.ranges.pods, others.ranges.pods),
            services: either(self.ranges.services, others.ranges.services),
            nodes: either(self.ranges.nodes, others.ranges.nodes),
        };
        let is_overruled = others.dns.as_ref().is_some_and(DnsFacts::is_beyond_objects);
        Self {
            dns: if is_overruled { others.dns } else { self.dns.or(others.dns) },
            api_server: match (self.api_server, others.api_server) {
                (Some(one), Some(other)) => Some(one.or(other)),
                (one, other) => one.or(other),
            },
            cni: self.cni.or(others.cni),
            gke_metadata_server: self.gke_metadata_server || others.gke_metadata_server,
            families: either(self.families, others.families),
            ranges,
            ingress_controllers: either(self.ingress_controllers, others.ingress_controllers),
            ingress_classes: either(self.ingress_classes, others.ingress_classes),
            routes: either(self.routes, others.routes),
            scrapers: either(self.scrapers, others.scrapers),
            prometheuses: either(self.prometheuses, others.prometheuses),
            monitors: either(self.monitors, others.monitors),
            callbacks: either(self.callbacks, others.callbacks),
            bound: if self.bound.is_empty() { others.bound } else { self.bound },
            namespaces: self.namespaces.or(others.namespaces),
        }
    }
}
