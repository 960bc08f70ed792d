//! What Prometheus is told to scrape, by the objects of its operator.

use serde::Deserialize;

use crate::netpol::Selector;

use super::backend::WirePort;
use super::read::or_default;
use super::wire::wire;
use super::{Kind, Meta, PortRef};

/// A `monitoring.coreos.com/v1` `ServiceMonitor` or `PodMonitor`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Monitor {
    /// Its kind.
    pub kind: Kind,
    /// Metadata.
    pub meta: Meta,
    /// The Services (or Pods) that it selects.
    pub selector: Selector,
    /// Where it looks for them.
    pub namespaces: MonitoredNamespaces,
    /// The ports that are scraped.
    pub ports: Vec<ScrapePort>,
}

/// `spec.namespaceSelector` of a monitor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum MonitoredNamespaces {
    /// `any: true`.
    Any,
    /// `matchNames`.
    Named(Vec<String>),
    /// Its own.
    #[default]
    Own,
}

/// One port that is scraped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScrapePort {
    /// By the name of the Service's port (the container's, in a PodMonitor).
    Named(String),
    /// The port of the pod itself (`targetPort`, `portNumber`).
    Target(PortRef),
}

wire! {
    WireMonitor { metadata: Meta, spec: MonitorSpec }
    MonitorSpec {
        selector: Option<Selector>,
        namespace_selector: NamespaceSelector,
        endpoints: Vec<Scraped>,
        pod_metrics_endpoints: Vec<Scraped>,
    }
    NamespaceSelector { any: bool, match_names: Vec<String> }
    Scraped { port: String, target_port: Option<WirePort>, port_number: Option<u16> }
}

impl WireMonitor {
    pub(super) fn into_monitor(self, kind: Kind) -> Monitor {
        let spec = self.spec;
        let namespaces = spec.namespace_selector;
        Monitor {
            kind,
            meta: self.metadata,
            // The operator selects nothing without a selector.
            selector: spec.selector.unwrap_or_else(Selector::nothing),
            namespaces: match namespaces.match_names {
                _ if namespaces.any => MonitoredNamespaces::Any,
                names if names.is_empty() => MonitoredNamespaces::Own,
                names => MonitoredNamespaces::Named(names),
            },
            ports: spec
                .endpoints
                .into_iter()
                .chain(spec.pod_metrics_endpoints)
                .filter_map(Scraped::read)
                .collect(),
        }
    }
}

impl Scraped {
    /// `port` wins over the others, as in the operator.
    fn read(self) -> Option<ScrapePort> {
        if !self.port.is_empty() {
            return Some(ScrapePort::Named(self.port));
        }
        let number = self.port_number.map(PortRef::Number);
        number.or_else(|| self.target_port?.read()).map(ScrapePort::Target)
    }
}
