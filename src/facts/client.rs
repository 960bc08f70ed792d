//! Who connects to the pods of others.

use std::sync::LazyLock;

use crate::model::{ClientFacts, NamespaceView, World};
use crate::netpol::{End, Labels, PodEnd};
use crate::object::{Kind, Meta, Prometheus, Workload};

use super::agents::OF_OPERATOR;

/// What no selector sees anyway.
static NO_LABELS: LazyLock<Labels> = LazyLock::new(Labels::default);

/// What connects to pods: pods with known labels, or something that no selector matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// What it is called in findings: `Deployment ingress-nginx/ingress-nginx-controller`, `the API server`.
    pub name: String,
    /// Its namespace; empty for what is outside the cluster.
    pub namespace: String,
    /// The labels of that namespace.
    pub namespace_labels: Labels,
    /// The labels of its pods; `None` for what no selector matches: the host network, and what is outside the cluster. Its
    /// address is not known then (tunnels and load balancers change it), so only blocks that cover a family match for certain.
    pub labels: Option<Labels>,
    /// Whether its pods can carry more labels than those.
    pub may_have_more_labels: bool,
}

impl Client {
    /// The client as the far end of a connection.
    pub fn end(&self) -> End<'_> {
        End::Pod(PodEnd {
            namespace: &self.namespace,
            namespace_labels: &self.namespace_labels,
            labels: self.labels.as_ref().unwrap_or(&NO_LABELS),
            service_account: "",
            ports: &[],
            addresses: &[],
            host_network: self.labels.is_none(),
        })
    }

    /// Whether it is outside the cluster, as far as anybody can tell: it has no namespace.
    pub fn is_outside(&self) -> bool {
        self.namespace.is_empty() && self.labels.is_none()
    }

    /// The pods of a workload of `view`.
    pub fn of_workload(workload: &Workload, view: &NamespaceView) -> Self {
        Self {
            name: workload.reference().to_string(),
            namespace: view.name.clone(),
            namespace_labels: view.labels(),
            labels: workload.is_governed().then(|| workload.template.labels.clone()),
            may_have_more_labels: false,
        }
    }

    /// Something in the network of a node, whose namespace nobody asks for.
    pub fn of_a_node() -> Self {
        Self { namespace: "kube-system".to_owned(), ..Self::outside("a node") }
    }

    /// Something outside the cluster, or in the network of nodes.
    pub(super) fn outside(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            namespace: String::new(),
            namespace_labels: Labels::default(),
            labels: None,
            may_have_more_labels: false,
        }
    }

    pub(super) fn of(facts: &ClientFacts, world: &World) -> Self {
        Self {
            name: facts.name.clone(),
            namespace: facts.namespace.clone(),
            namespace_labels: namespace_labels(&facts.namespace, &facts.namespace_labels, world),
            labels: (!facts.host_network).then(|| facts.pod_labels.clone()),
            may_have_more_labels: false,
        }
    }

    /// The pods that the operator runs for a Prometheus: as its StatefulSet says, else with the labels that it documents.
    pub(super) fn of_prometheus(prometheus: &Prometheus, world: &World) -> Self {
        let (home, name) = (&prometheus.meta.namespace, &prometheus.meta.name);
        let documented = || {
            let mut labels = prometheus.pod_labels.clone();
            labels.insert("app.kubernetes.io/instance", name.clone());
            labels.insert("app.kubernetes.io/managed-by", "prometheus-operator");
            labels.insert("app.kubernetes.io/name", "prometheus");
            labels.insert(OF_OPERATOR, name.clone());
            labels.insert("prometheus", name.clone());
            labels
        };
        let labels = running(prometheus, world);
        Self {
            name: format!("Prometheus {home}/{name}"),
            namespace: home.clone(),
            namespace_labels: namespace_labels(home, &Labels::default(), world),
            may_have_more_labels: labels.is_none(),
            labels: (!prometheus.host_network).then(|| labels.unwrap_or_else(documented)),
        }
    }
}

/// All labels of the pods that run for a Prometheus: as its `StatefulSet` says, else as stated.
pub(super) fn running(prometheus: &Prometheus, world: &World) -> Option<Labels> {
    let Meta { namespace, name, .. } = &prometheus.meta;
    let set = (Kind::StatefulSet, format!("prometheus-{name}"));
    let set = world.namespace(namespace).and_then(|view| view.workloads.get(&set));
    set.map(|set| set.template.labels.clone()).or_else(|| prometheus.running.clone())
}

/// The pods of a kind that are known: those of a live cluster, and only where it shows none those that are stated. Files may show
/// some of them, so there the others that are stated count too.
pub(super) fn known(
    found: &[ClientFacts],
    stated: &[ClientFacts],
    world: &World,
) -> Vec<ClientFacts> {
    if world.is_live() {
        return if found.is_empty() { stated.to_vec() } else { found.to_vec() };
    }
    let is_same = |one: &ClientFacts, other: &ClientFacts| {
        one.name == other.name && one.namespace == other.namespace
    };
    let shown = |facts: &ClientFacts| {
        found.iter().find(|client| is_same(client, facts)).unwrap_or(facts).clone()
    };
    let is_new = |client: &&ClientFacts| !stated.iter().any(|facts| is_same(facts, client));
    stated.iter().map(shown).chain(found.iter().filter(is_new).cloned()).collect()
}

/// The labels of a namespace: what is stated, and what the World knows.
pub(super) fn namespace_labels(name: &str, stated: &Labels, world: &World) -> Labels {
    let mut labels = stated.clone();
    labels.insert("kubernetes.io/metadata.name", name.to_owned());
    let known = world.namespace(name).map(NamespaceView::labels).unwrap_or_default();
    for (key, value) in known.iter() {
        labels.insert(key, value);
    }
    labels
}
