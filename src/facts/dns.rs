//! The servers of the cluster's DNS.

use std::net::{IpAddr, Ipv4Addr};

use crate::model::{
    DnsFacts, DnsPort, DnsServerFacts, NamespaceView, Settings, World, is_alive, stands_for_itself,
};
use crate::netpol::{Destination, Labels, Protocol};
use crate::object::{Endpoint, Kind, PodTemplate, Service, ServicePort, TargetPort};

use super::client::namespace_labels;
use super::derived::derived;

/// The port at which clients ask the Service; the pods behind it may listen elsewhere (5353 on `OpenShift`).
const SERVICE_PORT: u16 = 53;

/// The address of the cache in its published manifest (kubernetes `cluster/addons/dns/nodelocaldns`), which also takes the
/// address of the Service.
const NODE_CACHE: IpAddr = IpAddr::V4(Ipv4Addr::new(169, 254, 20, 10));

/// Where Cloud DNS for GKE answers on every node. Whether a cluster uses it no object tells: its kube-dns pods keep running.
const GKE_RESOLVER: IpAddr = IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254));

/// The cluster's DNS as policies see it: the pods behind the Service, at their own addresses and ports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dns {
    /// The servers; at least one, each with at least one port.
    pub servers: Vec<DnsServer>,
    /// The cluster IPs of the Service: where clients send their queries, translated before most plugins judge.
    pub service: Vec<IpAddr>,
    /// Where a resolver answers, or may answer, on every node, on the host network: a `NodeLocal DNSCache`, and Cloud DNS on GKE.
    /// Empty where there is none.
    pub node_cache: Vec<IpAddr>,
}

/// One server, or all servers that look alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsServer {
    /// Its namespace.
    pub namespace: String,
    /// The labels of that namespace.
    pub namespace_labels: Labels,
    /// The labels of its pod; `None` for what no selector matches: the host network, and addresses outside the cluster.
    pub labels: Option<Labels>,
    /// Whether its pod can carry more labels than those: it is only known by the selector of its Service.
    pub may_have_more_labels: bool,
    /// The labels to select it by.
    pub selector: Labels,
    /// Its addresses; empty when unknown.
    pub addresses: Vec<IpAddr>,
    /// Where it answers.
    pub ports: Vec<DnsPort>,
}

impl Dns {
    /// Whether pods may ask something else than these servers, and no object tells: Cloud DNS answers on every node of GKE.
    pub fn may_be_unused(&self) -> bool {
        self.node_cache.iter().any(|address| Self::is_of_cloud(*address))
    }

    /// Whether Cloud DNS for GKE answers at this address.
    pub fn is_of_cloud(address: IpAddr) -> bool {
        address == GKE_RESOLVER
    }
}

impl DnsServer {
    fn stated(facts: &DnsServerFacts, world: &World) -> Self {
        Self {
            namespace: facts.namespace.clone(),
            namespace_labels: namespace_labels(&facts.namespace, &Labels::default(), world),
            labels: facts.pod_labels.clone(),
            may_have_more_labels: facts.may_have_more_labels,
            selector: facts.selector.clone(),
            addresses: facts.addresses.clone(),
            ports: facts.ports.clone(),
        }
    }

    /// The server as the peer of a connection to `port`, one of its own.
    pub fn destination<'a>(&'a self, port: &'a DnsPort) -> Destination<'a> {
        let pod = self.labels.as_ref();
        Destination {
            pod: pod.map(|labels| (self.namespace.as_str(), &self.namespace_labels, labels)),
            addresses: &self.addresses,
            port_name: (!port.name.is_empty()).then_some(port.name.as_str()),
        }
    }
}

/// The cluster's DNS: from the Services that answer on UDP 53 in kube-system (labelled `k8s-app: kube-dns`, or named
/// `kube-dns`: upstream, k3s, RKE2, EKS, AKS, GKE) and `openshift-dns/dns-default`; from the settings otherwise.
///
/// One statement wins over objects: servers that are no pods, at addresses of the node's own link. Cloud DNS for GKE is one, and
/// the pods of the unused kube-dns keep running beside it.
pub fn dns(world: &World, settings: &Settings) -> Option<Dns> {
    let facts = settings.facts.dns.as_ref();
    let from_settings = || facts.and_then(|facts| stated(facts, world));
    if facts.is_some_and(DnsFacts::is_beyond_objects) {
        return from_settings();
    }
    observed(world).or_else(from_settings)
}

fn observed(world: &World) -> Option<Dns> {
    let mut dns = Dns::default();
    let views =
        ["kube-system", "openshift-dns"].into_iter().filter_map(|name| world.namespace(name));
    for view in views {
        for service in view.services.values().filter(|service| is_dns(service, &view.name)) {
            dns.service.extend(&service.cluster_ips);
            for server in servers(service, view, world) {
                if !server.ports.is_empty() && !dns.servers.contains(&server) {
                    dns.servers.push(server);
                }
            }
        }
    }
    let derived = derived(world);
    if let Some(told) = &derived.node_cache {
        dns.node_cache = match told.as_slice() {
            [] => vec![NODE_CACHE],
            told => told.to_vec(),
        };
        dns.node_cache.extend(&dns.service);
    }
    if derived.is_gke {
        dns.node_cache.push(GKE_RESOLVER);
    }
    dns.node_cache.sort();
    dns.node_cache.dedup();
    (!dns.servers.is_empty()).then_some(dns)
}

fn is_dns(service: &Service, namespace: &str) -> bool {
    let name = service.meta.name.as_str();
    let is_named = match namespace {
        "kube-system" => {
            name == "kube-dns" || service.meta.labels.value("k8s-app") == Some("kube-dns")
        }
        _ => name == "dns-default",
    };
    is_named && asked_ports(service).any(|port| port.protocol == Protocol::Udp)
}

fn asked_ports(service: &Service) -> impl Iterator<Item = &ServicePort> {
    service.ports.iter().filter(|port| port.port == SERVICE_PORT)
}

/// The ready endpoints; without any, what the selector finds.
fn servers(service: &Service, view: &NamespaceView, world: &World) -> Vec<DnsServer> {
    let slices = view.endpoint_slices.values().filter(|slice| slice.service == service.meta.name);
    let mut found: Vec<(&Endpoint, DnsServer)> = Vec::new();
    for slice in slices {
        let asked = |name: &str, protocol| {
            asked_ports(service).any(|port| port.name == name && port.protocol == protocol)
        };
        let ports = slice.ports.iter().filter(|port| asked(&port.name, port.protocol));
        let ports: Vec<(Protocol, u16)> = ports.map(|port| (port.protocol, port.port)).collect();
        for endpoint in slice.endpoints.iter().filter(|endpoint| endpoint.ready) {
            // A pod with addresses of both families stands in one slice for each.
            let known = found
                .iter_mut()
                .find(|(other, _)| endpoint.pod.is_some() && other.pod == endpoint.pod);
            match known {
                Some((_, server)) => server.addresses.extend(&endpoint.addresses),
                None => found.push((endpoint, behind(endpoint, &ports, service, view, world))),
            }
        }
    }
    if found.is_empty() {
        return selected(service, view);
    }
    found.into_iter().map(|(_, server)| server).collect()
}

fn behind(
    endpoint: &Endpoint,
    ports: &[(Protocol, u16)],
    service: &Service,
    view: &NamespaceView,
    world: &World,
) -> DnsServer {
    let selector = service.selector.clone().unwrap_or_default();
    let pod = endpoint.pod.as_ref().and_then(|(namespace, name)| {
        world.namespace(namespace)?.workloads.get(&(Kind::Pod, name.clone()))
    });
    let template = pod.map(|pod| &pod.template);
    let labels = match template {
        Some(template) if template.host_network => None,
        Some(template) => Some(template.labels.clone()),
        None => endpoint.pod.as_ref().map(|_| selector.clone()),
    };
    let named = |&(protocol, port): &(Protocol, u16)| DnsPort {
        protocol,
        port,
        name: template.map(|template| name_of(template, protocol, port)).unwrap_or_default(),
    };
    DnsServer {
        namespace: view.name.clone(),
        namespace_labels: view.labels(),
        may_have_more_labels: template.is_none(),
        selector: selecting(selector, labels.as_ref()),
        labels,
        addresses: endpoint.addresses.clone(),
        ports: ports.iter().map(named).collect(),
    }
}

/// The Service's selector where it selects the pod; a Service can have endpoints that it does not select.
fn selecting(selector: Labels, labels: Option<&Labels>) -> Labels {
    let selects = |labels: &Labels| {
        !selector.is_empty() && selector.iter().all(|(key, value)| labels.value(key) == Some(value))
    };
    match labels {
        Some(labels) if !selects(labels) => labels.clone(),
        _ => selector,
    }
}

/// The pods and templates that the Service selects; where none is known, one that carries just the labels of the selector.
fn selected(service: &Service, view: &NamespaceView) -> Vec<DnsServer> {
    let Some(selector) = &service.selector else { return Vec::new() };
    let server = |template: Option<&PodTemplate>| DnsServer {
        namespace: view.name.clone(),
        namespace_labels: view.labels(),
        labels: match template {
            Some(template) if template.host_network => None,
            Some(template) => Some(template.labels.clone()),
            None => Some(selector.clone()),
        },
        may_have_more_labels: template.is_none(),
        selector: selector.clone(),
        addresses: Vec::new(),
        ports: asked_ports(service).filter_map(|port| target(port, template)).collect(),
    };
    let is_selected =
        |labels: &Labels| selector.iter().all(|(key, value)| labels.value(key) == Some(value));
    let workloads = view.workloads.values().filter(|workload| {
        is_selected(&workload.template.labels)
            && is_alive(workload, view)
            && stands_for_itself(workload, view)
    });
    let servers: Vec<DnsServer> = workloads
        .map(|workload| {
            let addresses = workload.pod.as_ref().map(|pod| pod.addresses.clone());
            DnsServer {
                addresses: addresses.unwrap_or_default(),
                ..server(Some(&workload.template))
            }
        })
        .collect();
    if servers.is_empty() { vec![server(None)] } else { servers }
}

/// Where a Service port leads at a pod; a named port leads nowhere without a container port of that name.
fn target(port: &ServicePort, template: Option<&PodTemplate>) -> Option<DnsPort> {
    let protocol = port.protocol;
    match &port.target {
        TargetPort::Number(number) => {
            let name = template.map(|template| name_of(template, protocol, *number));
            Some(DnsPort { protocol, port: *number, name: name.unwrap_or_default() })
        }
        TargetPort::Name(name) => {
            let declares = |port: &&crate::netpol::ContainerPort| {
                port.name == *name && port.protocol == protocol
            };
            let port = template?.ports.iter().find(declares)?.port;
            Some(DnsPort { protocol, port, name: name.clone() })
        }
    }
}

fn name_of(template: &PodTemplate, protocol: Protocol, port: u16) -> String {
    let mut ports = template.ports.iter();
    let declared = ports.find(|declared| declared.protocol == protocol && declared.port == port);
    declared.map(|declared| declared.name.clone()).unwrap_or_default()
}

fn stated(facts: &DnsFacts, world: &World) -> Option<Dns> {
    let (service, node_cache) = (facts.service.clone(), facts.node_cache.clone());
    let each = facts.servers.iter().filter(|server| !server.ports.is_empty());
    let servers: Vec<DnsServer> = match facts.servers.as_slice() {
        [] => alike(facts, world),
        _ => each.map(|server| DnsServer::stated(server, world)).collect(),
    };
    (!servers.is_empty()).then_some(Dns { servers, service, node_cache })
}

/// Servers of which the same is stated.
fn alike(facts: &DnsFacts, world: &World) -> Vec<DnsServer> {
    if facts.ports.is_empty() {
        return Vec::new();
    }
    let namespace_labels = namespace_labels(&facts.namespace, &facts.namespace_labels, world);
    // No labels beside addresses: servers that are no pods.
    let are_pods = !facts.pod_labels.is_empty() || facts.addresses.is_empty();
    let server = |addresses: Vec<IpAddr>| DnsServer {
        namespace: facts.namespace.clone(),
        namespace_labels: namespace_labels.clone(),
        labels: are_pods.then(|| facts.pod_labels.clone()),
        may_have_more_labels: false,
        selector: facts.pod_labels.clone(),
        addresses,
        ports: facts.ports.clone(),
    };
    match facts.addresses.as_slice() {
        [] => vec![server(Vec::new())],
        addresses => addresses.iter().map(|address| server(vec![*address])).collect(),
    }
}
