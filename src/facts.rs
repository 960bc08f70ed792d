//! What the objects of a World tell about the cluster, and the settings where the World does not know.
//!
//! A fact that neither knows is `None`, or empty: rules then say nothing, they never guess. Nothing walks the whole cluster on
//! the path of a request: single namespaces are looked up, who points at a namespace is indexed, and what takes a walk over
//! nodes and DaemonSets is derived once per World and kept with it.

mod agents;
mod api_server;
mod called;
mod client;
mod cni;
#[cfg(test)]
mod cni_tests;
mod demand;
#[cfg(test)]
mod demand_tests;
mod derived;
mod dns;
mod file;
#[cfg(test)]
mod file_tests;
mod known;
mod network;
mod routed;
mod scraped;
#[cfg(test)]
mod tests;
mod text;
mod told;

pub use api_server::{ApiServer, api_server};
pub use called::called;
pub use client::Client;
pub use cni::{Cni, Dnat, Enforces, Engine, Features, Plugin, cni};
pub use demand::{Demand, DemandedPods, DemandedPort, PodPort};
pub use dns::{Dns, DnsServer, dns};
pub use file::{FactsError, FactsFile};
pub use known::facts;
pub use network::{Ranges, has_gke_metadata_server, network, ranges};
pub use routed::{exposed, ingress_controllers, routed};
pub use scraped::{monitoring, scraped};
pub use text::text;
pub use told::world;

use derived::derived;
