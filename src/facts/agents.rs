//! Ingress controllers, gateways, Prometheus servers and tunnels to the control plane, recognised by labels and images.

use std::net::IpAddr;

use crate::model::ClientFacts;
use crate::netpol::Labels;
use crate::object::{Kind, Workload};

const NAME: &str = "app.kubernetes.io/name";
const COMPONENT: &str = "app.kubernetes.io/component";
const GATEWAY: &str = "gateway.networking.k8s.io/gateway-name";
const ENVOY_GATEWAY: &str = "gateway.envoyproxy.io/owning-gateway-name";
const ENVOY_GATEWAY_HOME: &str = "gateway.envoyproxy.io/owning-gateway-namespace";
/// Which Prometheus of the operator a pod belongs to.
pub(super) const OF_OPERATOR: &str = "operator.prometheus.io/name";

/// What a class calls the controller, a label of its pods, and ends of its image's repository.
type Controller = (&'static str, (&'static str, &'static str), &'static [&'static str]);

const CONTROLLERS: [Controller; 8] = [
    (
        "k8s.io/ingress-nginx",
        (NAME, "ingress-nginx"),
        &["ingress-nginx/controller", "nginx-ingress-controller"],
    ),
    ("traefik.io/ingress-controller", (NAME, "traefik"), &["traefik", "mirrored-library-traefik"]),
    ("haproxy.org/ingress-controller", (NAME, "kubernetes-ingress"), &["kubernetes-ingress"]),
    ("haproxy-ingress.github.io/controller", (NAME, "haproxy-ingress"), &["haproxy-ingress"]),
    ("nginx.org/ingress-controller", (NAME, "nginx-ingress"), &["nginx/nginx-ingress"]),
    ("ingress-controllers.konghq.com/kong", (NAME, "kong"), &["kong/kong", "kong/kong-gateway"]),
    ("istio.io/ingress-controller", ("istio", "ingressgateway"), &[]),
    (OPENSHIFT, ("ingresscontroller.operator.openshift.io/deployment-ingresscontroller", ""), &[]),
];

/// What the classes of OpenShift call its router.
pub(super) const OPENSHIFT: &str = "openshift.io/ingress-to-route";
/// What the classes of Traefik call it.
pub(super) const TRAEFIK: &str = "traefik.io/ingress-controller";

/// The workload as an ingress controller or a gateway, with the controllers' names and the Gateways that it serves.
pub(super) fn controller(agent: &Workload) -> Option<ClientFacts> {
    let labels = &agent.template.labels;
    let is = |(_, (key, value), images): &&Controller| {
        let is_labelled =
            labels.value(key).is_some_and(|found| value.is_empty() || found == *value);
        let is_proxy = labels
            .value(COMPONENT)
            .is_none_or(|component| matches!(component, "app" | "controller" | "proxy"));
        is_labelled && is_proxy || has_image(agent, images)
    };
    let mut serves: Vec<String> =
        CONTROLLERS.iter().filter(is).map(|row| row.0.to_owned()).collect();
    let label = |key: &str| labels.value(key).or_else(|| agent.meta.labels.value(key));
    if let Some(gateway) = label(GATEWAY) {
        serves.push(format!("{}/{gateway}", agent.meta.namespace));
    }
    if let (Some(gateway), Some(home)) = (label(ENVOY_GATEWAY), label(ENVOY_GATEWAY_HOME)) {
        serves.push(format!("{home}/{gateway}"));
    }
    (!serves.is_empty()).then(|| client(agent, serves))
}

/// The workload as a Prometheus that follows annotations: one that no operator runs.
pub(super) fn scraper(agent: &Workload) -> Option<ClientFacts> {
    let labels = &agent.template.labels;
    let is_server = labels.value(COMPONENT).is_none_or(|it| matches!(it, "prometheus" | "server"));
    let is_labelled = labels.value(NAME) == Some("prometheus") && is_server;
    let is_one = is_labelled || has_image(agent, &["prometheus", "vmagent"]);
    (is_one && labels.value(OF_OPERATOR).is_none()).then(|| client(agent, Vec::new()))
}

/// The workload as the agent through which an API server outside the cluster's network reaches pods.
pub(super) fn tunnel(agent: &Workload) -> Option<ClientFacts> {
    let is_one = agent.template.labels.value("k8s-app") == Some("konnectivity-agent")
        || agent.meta.name == "konnectivity-agent";
    is_one.then(|| client(agent, Vec::new()))
}

/// The workload as the server that Workload Identity of GKE puts in the place of the cloud's metadata service, on each node.
pub(super) fn is_gke_metadata_server(agent: &Workload) -> bool {
    agent.kind == Kind::DaemonSet
        && agent.meta.namespace == "kube-system"
        && agent.template.labels.value("k8s-app") == Some("gke-metadata-server")
}

/// Where a `NodeLocal DNSCache` listens, by its argument `-localip`; empty when it does not say. One in a network of its own
/// (behind a `CiliumLocalRedirectPolicy`) is none.
pub(super) fn node_cache(agent: &Workload) -> Option<Vec<IpAddr>> {
    let is_one = agent.template.labels.value("k8s-app") == Some("node-local-dns")
        || agent.meta.name == "node-local-dns";
    if agent.kind != Kind::DaemonSet || !is_one || !agent.template.host_network {
        return None;
    }
    let arguments: Vec<&str> = agent
        .containers
        .iter()
        .flat_map(|container| &container.arguments)
        .flat_map(|argument| argument.split(['=', ' ']))
        .collect();
    let mut pairs =
        arguments.windows(2).filter(|pair| pair[0].trim_start_matches('-') == "localip");
    let listed = pairs.next().map_or("", |pair| pair[1]);
    Some(listed.split(',').filter_map(|address| address.parse().ok()).collect())
}

/// Whether some container runs an image whose repository ends with one of `ends`, at a slash.
fn has_image(agent: &Workload, ends: &[&str]) -> bool {
    agent.containers.iter().any(|container| {
        let repository = container.repository();
        ends.iter().any(|end| {
            repository.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        })
    })
}

fn client(agent: &Workload, serves: Vec<String>) -> ClientFacts {
    ClientFacts {
        name: agent.reference().to_string(),
        namespace: agent.meta.namespace.clone(),
        namespace_labels: Labels::default(),
        pod_labels: agent.template.labels.clone(),
        host_network: agent.template.host_network,
        serves,
    }
}
