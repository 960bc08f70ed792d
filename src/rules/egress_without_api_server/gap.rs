//! What is missing between some pods and the API server.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use crate::facts::{ApiServer, Dnat, Features, Plugin};
use crate::model::{RuleLevel, three_of};
use crate::netpol::{AddressSet, Answer, Labels, Network, Protocol, Rule, Selector};

use super::super::egress::{Reach, Way};
use super::super::known::NAME;

/// What the verdict rests on.
pub(super) struct Cluster {
    pub(super) server: ApiServer,
    pub(super) plugin: Option<Plugin>,
    pub(super) features: Features,
    pub(super) network: Network,
}

/// What is missing between some pods and the API server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gap {
    service: Reach,
    endpoints: Reach,
    /// A rule selects the pods of the API server, which no selector matches.
    selects: bool,
}

impl Gap {
    /// Network plugins judge before or after the Service's address is translated; without knowing which, both must do.
    pub(super) fn of(way: &Way<'_>, cluster: &Cluster) -> Option<Self> {
        let ApiServer { service, service_port, endpoints } = &cluster.server;
        let reaches =
            |address: IpAddr, port: u16| way.reaches_address(address, Protocol::Tcp, port);
        let is_compensated =
            cluster.features.dnat == Some(Dnat::Before) && selects_service(way, cluster);
        let service = service.iter().map(|address| {
            if is_compensated { Answer::Yes } else { reaches(*address, *service_port) }
        });
        let service = Reach::of(service);
        let endpoints = endpoints.iter().flat_map(|(range, port)| {
            [range.network(), range.broadcast()].map(|address| reaches(address, *port))
        });
        let gap = Self { service, endpoints: Reach::of(endpoints), selects: selects_pods(way) };
        (gap.needed(cluster) < Reach::All).then_some(gap)
    }

    /// The gap of both: what either lacks.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            service: self.service.min(other.service),
            endpoints: self.endpoints.min(other.endpoints),
            selects: self.selects || other.selects,
        }
    }

    fn needed(self, cluster: &Cluster) -> Reach {
        match cluster.features.dnat {
            Some(Dnat::After) => self.endpoints,
            Some(Dnat::Before) => self.service,
            None => self.service.min(self.endpoints),
        }
    }

    /// One complete side works somewhere, while it is not known which plugin runs here.
    pub(super) fn level(self, cluster: &Cluster) -> RuleLevel {
        match (cluster.features.dnat, self.service, self.endpoints) {
            (None, Reach::All, Reach::None) | (None, _, Reach::All) => RuleLevel::Audit,
            _ => RuleLevel::Deny,
        }
    }

    /// What that breaks, and what to do.
    pub(super) fn told(self, who: &str, cluster: &Cluster) -> String {
        let plugin = cluster.plugin.map_or("the network plugin", Plugin::name);
        let (service, endpoints) = ends(&cluster.server);
        let needed: Vec<String> =
            cluster.needed().into_iter().map(|(range, port)| end(range, port)).collect();
        let (needed, service, endpoints) =
            (three_of(&needed), three_of(&service), three_of(&endpoints));
        let mend = if cluster.is_on_unmatched_nodes() {
            format!(
                "{plugin} compares no block with nodes, so allow the entity kube-apiserver in a CiliumNetworkPolicy"
            )
        } else {
            format!("allow {needed}")
        };
        let said = match (cluster.features.dnat, self.service, self.endpoints) {
            (Some(Dnat::After), Reach::All, Reach::None) => format!(
                "{who} cannot reach the API server: the address of its Service is translated before {plugin} judges; {mend}"
            ),
            (Some(Dnat::Before), _, Reach::All) => format!(
                "{who} cannot reach the API server: {plugin} judges the address of its Service, before it is translated; {mend}"
            ),
            (None, Reach::All, Reach::None) => format!(
                "{who} reaches the API server only where the network plugin judges its Service address (AWS VPC CNI); \
                 most judge the endpoint behind it: allow {endpoints} too"
            ),
            (None, _, Reach::All) => format!(
                "{who} reaches the API server only where the network plugin judges the endpoint behind its Service; \
                 some (AWS VPC CNI) judge the Service address: allow {service} too"
            ),
            (None | Some(Dnat::After), _, Reach::Part) => format!(
                "{who} cannot always reach the API server: only some of its endpoints are allowed; {mend}"
            ),
            _ => format!(
                "{who} cannot reach the API server, where its ServiceAccount has rights; {mend}"
            ),
        };
        if self.selects {
            format!("{said}; no selector matches it, it is on the host network")
        } else {
            said
        }
    }
}

impl Cluster {
    /// What must be allowed, each with its port: where the plugin is not known, what any needs.
    pub(super) fn needed(&self) -> Vec<(IpNet, u16)> {
        let ApiServer { service, service_port, endpoints } = &self.server;
        let service = service.iter().map(|address| (IpNet::from(*address), *service_port));
        let endpoints = endpoints.iter().copied();
        match self.features.dnat {
            Some(Dnat::After) => endpoints.collect(),
            Some(Dnat::Before) => service.collect(),
            None => service.chain(endpoints).collect(),
        }
    }

    /// Whether some endpoint is on a node, and the plugin matches nodes by no block (SEMANTICS 3.2, Cilium).
    pub(super) fn is_on_unmatched_nodes(&self) -> bool {
        let Network { blocks_match_nodes, nodes, .. } = &self.network;
        let is_on_node = |nodes: &AddressSet| {
            let mut endpoints = self.server.endpoints.iter();
            endpoints.any(|(range, _)| AddressSet::from(*range).is_subset(nodes))
        };
        *blocks_match_nodes == Some(false) && nodes.as_ref().is_some_and(is_on_node)
    }
}

/// The AWS VPC CNI adds to a peer the Services whose selector its `podSelector` matches, and a peer without one matches the
/// Service of the API server, which has no selector (SEMANTICS 3.2, from the controller's `resolvers/endpoints.go`).
fn selects_service(way: &Way<'_>, cluster: &Cluster) -> bool {
    let ApiServer { service_port, endpoints, .. } = &cluster.server;
    let ports = || std::iter::once(*service_port).chain(endpoints.iter().map(|end| end.1));
    let is_about =
        |rule: &Rule| ports().any(|port| rule.ports.numbers(Protocol::Tcp).contains(port));
    let namespace: Labels = [(NAME, "default")].into_iter().collect();
    way.selects(("default", &namespace, &Labels::default()), is_about)
}

/// Whether a rule selects the API server by the labels that kubeadm gives its pods: a false comfort.
fn selects_pods(way: &Way<'_>) -> bool {
    let namespace: Labels = [(NAME, "kube-system")].into_iter().collect();
    let labels: Labels =
        [("component", "kube-apiserver"), ("tier", "control-plane")].into_iter().collect();
    way.pods(|_| true).any(|pods| {
        let is_there =
            pods.namespaces.as_ref().is_some_and(|selector| selector.matches(&namespace));
        let names_it = |selector: &Selector| !selector.is_everything() && selector.matches(&labels);
        is_there && pods.pods.as_ref().is_some_and(names_it)
    })
}

/// The Service and the endpoints in words.
fn ends(server: &ApiServer) -> (Vec<String>, Vec<String>) {
    let service = server.service.iter();
    let service = service.map(|address| end(IpNet::from(*address), server.service_port));
    let endpoints = server.endpoints.iter().map(|(range, port)| end(*range, *port));
    (service.collect(), endpoints.collect())
}

fn end(range: IpNet, port: u16) -> String {
    if range.prefix_len() == range.max_prefix_len() {
        SocketAddr::new(range.addr(), port).to_string()
    } else {
        format!("port {port} of {range}")
    }
}
