//! The workloads that may run the cluster: network plugins, ingress controllers, gateways, Prometheus.

use crate::object::{Kind, Workload};

/// Parts of image names and of the label `app.kubernetes.io/name` of controllers and scrapers. A word too many costs one entry
/// in an index: who reads that looks closer.
const WORDS: [&str; 16] = [
    "contour",
    "envoy",
    "gateway",
    "haproxy",
    "ingress",
    "istio",
    "kong",
    "konnectivity",
    "nginx",
    "prometheus",
    "proxy",
    "proxyv2",
    "router",
    "traefik",
    "victoria",
    "vmagent",
];

/// Labels that mark the proxies of a Gateway, and the routers of OpenShift.
const LABELS: [&str; 3] = [
    "gateway.envoyproxy.io/owning-gateway-name",
    "gateway.networking.k8s.io/gateway-name",
    "ingresscontroller.operator.openshift.io/deployment-ingresscontroller",
];

/// Whether the workload is looked at for facts about the cluster: every DaemonSet, and the Deployments and StatefulSets whose
/// labels or images look like those of a controller or a scraper.
pub(super) fn is_agent(workload: &Workload) -> bool {
    let labels = &workload.template.labels;
    let is_word = |text: &str| WORDS.iter().any(|word| text.contains(word));
    match workload.kind {
        Kind::DaemonSet => true,
        Kind::Deployment | Kind::StatefulSet => {
            labels.value("app.kubernetes.io/name").is_some_and(is_word)
                || LABELS.iter().any(|key| labels.value(key).is_some())
                || workload.containers.iter().any(|container| is_word(container.repository()))
        }
        _ => false,
    }
}
