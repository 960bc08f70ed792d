//! Prometheus servers as their operator is told to run them.

use serde::Deserialize;

use crate::netpol::{Labels, Selector};

use super::Meta;
use super::read::or_default;
use super::wire::wire;

/// A `monitoring.coreos.com/v1` `Prometheus`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prometheus {
    /// Metadata.
    pub meta: Meta,
    /// Which ServiceMonitors it follows.
    pub service_monitors: Followed,
    /// Which PodMonitors it follows.
    pub pod_monitors: Followed,
    /// Labels that its pods carry besides those of the operator.
    pub pod_labels: Labels,
    /// `hostNetwork`.
    pub host_network: bool,
    /// All labels of its pods, where a file of facts tells them; no object of this kind does.
    pub running: Option<Labels>,
}

/// Which monitors a Prometheus follows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Followed {
    /// The labels of the monitors; `None` selects none.
    pub selector: Option<Selector>,
    /// The labels of their namespaces; `None` is its own namespace alone.
    pub namespaces: Option<Selector>,
}

wire! {
    WirePrometheus { metadata: Meta, spec: PrometheusSpec }
    PrometheusSpec {
        service_monitor_selector: Option<Selector>,
        service_monitor_namespace_selector: Option<Selector>,
        pod_monitor_selector: Option<Selector>,
        pod_monitor_namespace_selector: Option<Selector>,
        pod_metadata: PodMetadata,
        host_network: bool,
    }
    PodMetadata { labels: Labels }
}

impl From<WirePrometheus> for Prometheus {
    fn from(wire: WirePrometheus) -> Self {
        let spec = wire.spec;
        Self {
            meta: wire.metadata,
            service_monitors: Followed {
                selector: spec.service_monitor_selector,
                namespaces: spec.service_monitor_namespace_selector,
            },
            pod_monitors: Followed {
                selector: spec.pod_monitor_selector,
                namespaces: spec.pod_monitor_namespace_selector,
            },
            pod_labels: spec.pod_metadata.labels,
            host_network: spec.host_network,
            running: None,
        }
    }
}
