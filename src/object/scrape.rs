//! The annotations that ask Prometheus to scrape a pod or the pods of a Service.

use std::collections::BTreeMap;

const SCRAPE: &str = "prometheus.io/scrape";
const PORT: &str = "prometheus.io/port";

/// `prometheus.io/scrape: "true"`, a convention that the usual configurations of Prometheus follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scrape {
    /// `prometheus.io/port`: a port of the pod; `None` for every port that its containers declare.
    pub port: Option<u16>,
}

impl Scrape {
    pub(super) fn of(annotations: &BTreeMap<String, String>) -> Option<Self> {
        let is_asked = annotations.get(SCRAPE).is_some_and(|value| value == "true");
        let port = || annotations.get(PORT).and_then(|port| port.parse().ok());
        is_asked.then(|| Self { port: port() })
    }
}
