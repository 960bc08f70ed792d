//! Who connects to the pods of others.

use crate::model::{ClientFacts, NamespaceView, World};
use crate::netpol::{Destination, Labels};
use crate::object::Prometheus;

use super::agents::OF_OPERATOR;

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
    /// The client as the peer of a connection to a port that the pod at the other end calls `port_name`.
    pub fn peer<'a>(&'a self, port_name: Option<&'a str>) -> Destination<'a> {
        let pod = self.labels.as_ref();
        Destination {
            pod: pod.map(|labels| (self.namespace.as_str(), &self.namespace_labels, labels)),
            addresses: &[],
            port_name,
        }
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
        let set = (crate::object::Kind::StatefulSet, format!("prometheus-{name}"));
        let set = world.namespace(home).and_then(|view| view.workloads.get(&set));
        let documented = || {
            let mut labels = prometheus.pod_labels.clone();
            labels.insert("app.kubernetes.io/instance", name.clone());
            labels.insert("app.kubernetes.io/managed-by", "prometheus-operator");
            labels.insert("app.kubernetes.io/name", "prometheus");
            labels.insert(OF_OPERATOR, name.clone());
            labels.insert("prometheus", name.clone());
            labels
        };
        let labels = set.map_or_else(documented, |set| set.template.labels.clone());
        Self {
            name: format!("Prometheus {home}/{name}"),
            namespace: home.clone(),
            namespace_labels: namespace_labels(home, &Labels::default(), world),
            labels: (!prometheus.host_network).then_some(labels),
            may_have_more_labels: set.is_none(),
        }
    }
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
