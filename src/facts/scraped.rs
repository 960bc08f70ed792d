//! What Prometheus scrapes (SEMANTICS 4.1).

use crate::model::{ClientFacts, NamespaceView, Settings, World};
use crate::netpol::Protocol;
use crate::object::{
    Followed, Kind, Monitor, Object, PortRef, Prometheus, ScrapePort, Service, TargetPort,
};

use super::client::{Client, known, namespace_labels};
use super::demand::{Demand, DemandedPods, DemandedPort, of_service, origin};
use super::derived::derived;

/// What a scraper `serves` that follows annotations alone.
pub(super) const ANNOTATIONS: &str = "annotations";
/// What one serves that follows monitors alone.
pub(super) const MONITORS: &str = "monitors";

/// The Prometheus servers that no operator runs, each with what it follows.
pub(super) fn scrapers(world: &World, settings: &Settings) -> Vec<ClientFacts> {
    let (found, stated) = (&derived(world).scrapers, &settings.facts.scrapers);
    // One that is recognised by what it runs follows annotations: monitors are for those of the operator.
    let follow = |facts: ClientFacts| {
        let same =
            stated.iter().find(|it| it.name == facts.name && it.namespace == facts.namespace);
        let serves = same.map_or_else(|| vec![ANNOTATIONS.to_owned()], |it| it.serves.clone());
        ClientFacts { serves, ..facts }
    };
    known(found, stated, world).into_iter().map(follow).collect()
}

/// The Prometheus servers that are known, whatever they follow.
pub fn monitoring(world: &World, settings: &Settings) -> Vec<Client> {
    let by_themselves = scrapers(world, settings);
    let by_themselves = by_themselves.iter().map(|facts| Client::of(facts, world));
    let derived = derived(world);
    let of_operators =
        derived.prometheuses.iter().map(|prometheus| Client::of_prometheus(prometheus, world));
    by_themselves.chain(of_operators).collect()
}

/// The connections from Prometheus servers to pods of `view` that monitors and annotations ask for; nothing where none is known
/// to follow them. Costs as much as there are monitors of the namespace and Services in it.
pub fn scraped(world: &World, settings: &Settings, view: &NamespaceView) -> Vec<Demand> {
    let derived = derived(world);
    let stated = &settings.facts.scrapers;
    let clients = |scrapers: &[ClientFacts], what: &str| -> Vec<Client> {
        let follows = |facts: &&ClientFacts| {
            facts.serves.is_empty() || facts.serves.iter().any(|it| it == what)
        };
        scrapers.iter().filter(follows).map(|facts| Client::of(facts, world)).collect()
    };
    let of_monitors = clients(stated, MONITORS);
    let mut demands = Vec::new();
    let monitors = world.pointing_at(&view.name).filter_map(|object| match object {
        Object::Monitor(monitor) if !monitor.meta.is_terminating() => Some(monitor),
        _ => None,
    });
    for monitor in monitors {
        let mut followers: Vec<Vec<Client>> = derived
            .prometheuses
            .iter()
            .filter(|prometheus| follows(prometheus, monitor, world))
            .map(|prometheus| vec![Client::of_prometheus(prometheus, world)])
            .collect();
        if derived.prometheuses.is_empty() && !of_monitors.is_empty() {
            followers.push(of_monitors.clone());
        }
        for clients in followers {
            demands.extend(of_monitor(monitor, &clients, view));
        }
    }
    let annotated = clients(&known(&derived.scrapers, stated, world), ANNOTATIONS);
    if !annotated.is_empty() {
        demands.extend(of_annotations(&annotated, view));
    }
    demands
}

fn follows(prometheus: &Prometheus, monitor: &Monitor, world: &World) -> bool {
    let Followed { selector, namespaces } = match monitor.kind {
        Kind::PodMonitor => &prometheus.pod_monitors,
        _ => &prometheus.service_monitors,
    };
    let home = &monitor.meta.namespace;
    let is_home = match namespaces {
        None => *home == prometheus.meta.namespace,
        Some(selector) => {
            selector.matches(&namespace_labels(home, &crate::netpol::Labels::default(), world))
        }
    };
    is_home && selector.as_ref().is_some_and(|selector| selector.matches(&monitor.meta.labels))
}

fn of_monitor(monitor: &Monitor, clients: &[Client], view: &NamespaceView) -> Vec<Demand> {
    let demand = |service: Option<String>, pods: DemandedPods, ports: Vec<DemandedPort>| Demand {
        origin: Some(origin(monitor.kind, &monitor.meta)),
        detail: String::new(),
        service,
        pods,
        ports,
        clients: clients.to_vec(),
        fails: false,
    };
    if monitor.kind == Kind::PodMonitor {
        let ports = monitor.ports.iter().map(|port| {
            DemandedPort::tcp(match port {
                ScrapePort::Named(name) => TargetPort::Name(name.clone()),
                ScrapePort::Target(port) => target(port),
            })
        });
        return vec![demand(
            None,
            DemandedPods::Selected(monitor.selector.clone()),
            ports.collect(),
        )];
    }
    let services = view.services.values().filter(|service| {
        monitor.selector.matches(&service.meta.labels) && !service.meta.is_terminating()
    });
    let demands = services.filter_map(|service| {
        let pods = DemandedPods::With(service.selector.clone()?);
        let ports = monitor.ports.iter().flat_map(|port| match port {
            ScrapePort::Named(name) => of_service(service, Some(&PortRef::Name(name.clone()))),
            ScrapePort::Target(port) => vec![DemandedPort::tcp(target(port))],
        });
        Some(demand(Some(service.meta.name.clone()), pods, ports.collect()))
    });
    demands.collect()
}

fn target(port: &PortRef) -> TargetPort {
    match port {
        PortRef::Name(name) => TargetPort::Name(name.clone()),
        PortRef::Number(number) => TargetPort::Number(*number),
    }
}

/// The pods that ask for it themselves, and those behind Services that do.
fn of_annotations(clients: &[Client], view: &NamespaceView) -> Vec<Demand> {
    let pods = Demand {
        origin: None,
        detail: String::new(),
        service: None,
        pods: DemandedPods::Annotated,
        ports: vec![DemandedPort { protocol: Protocol::Tcp, target: None }],
        clients: clients.to_vec(),
        fails: false,
    };
    let of_service = |service: &Service| {
        // Without a port the usual configuration makes a target of every port, whether it has metrics or not.
        let ports = match (service.scrape?.port, service.ports.as_slice()) {
            (Some(port), _) => vec![DemandedPort::tcp(TargetPort::Number(port))],
            (None, [port]) => vec![DemandedPort::of(port)],
            _ => return None,
        };
        Some(Demand {
            origin: Some(origin(Kind::Service, &service.meta)),
            service: Some(service.meta.name.clone()),
            pods: DemandedPods::With(service.selector.clone()?),
            ports,
            ..pods.clone()
        })
    };
    let of_services = view.services.values().filter_map(|service| of_service(service));
    let of_services: Vec<Demand> = of_services.collect();
    std::iter::once(pods.clone()).chain(of_services).collect()
}
