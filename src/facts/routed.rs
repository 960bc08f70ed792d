//! What comes from outside: through ingress controllers, gateways, load balancers and node ports (SEMANTICS 4.2, 4.6).

use crate::model::{ClientFacts, NamespaceView, Settings, World};
use crate::object::{Backend, Exposure, IngressClass, Kind, Object, PortRef, Route, TargetPort};

use super::agents::{OPENSHIFT, TRAEFIK};
use super::client::{Client, known};
use super::demand::{
    Demand, DemandedPods, DemandedPort, behind, of_service, origin, tcp_of_service,
};
use super::derived::derived;

/// The ingress controllers and gateways that are known.
pub fn ingress_controllers(world: &World, settings: &Settings) -> Vec<Client> {
    let stated = &settings.facts.ingress_controllers;
    let controllers = known(&derived(world).controllers, stated, world);
    controllers.iter().map(|controller| Client::of(controller, world)).collect()
}

/// The connections from ingress controllers and gateways to pods of `view` that its routes ask for; nothing for those whose
/// controller is not known to run here. Costs as much as there are routes to the namespace.
pub fn routed(world: &World, settings: &Settings, view: &NamespaceView) -> Vec<Demand> {
    let derived = derived(world);
    let stated = &settings.facts.ingress_controllers;
    let controllers = known(&derived.controllers, stated, world);
    if controllers.is_empty() {
        return Vec::new();
    }
    let routes = world.pointing_at(&view.name).filter_map(|object| match object {
        Object::Route(route) if !route.meta.is_terminating() => Some(route),
        _ => None,
    });
    let mut demands = Vec::new();
    for route in routes {
        let clients: Vec<Client> = controllers
            .iter()
            .filter(|controller| serves(controller, route, world))
            .map(|controller| Client::of(controller, world))
            .collect();
        if clients.is_empty() {
            continue;
        }
        let to_here = |backend: &&Backend| {
            backend.namespace.as_ref().unwrap_or(&route.meta.namespace) == &view.name
        };
        for backend in route.backends.iter().filter(to_here) {
            let Some((service, labels)) = behind(view, &backend.service) else { continue };
            let ports = match (&backend.port, route.kind) {
                // The port of an OpenShift Route is one of the endpoints.
                (Some(PortRef::Number(port)), Kind::Route) => {
                    vec![DemandedPort::tcp(TargetPort::Number(*port))]
                }
                (port, _) => tcp_of_service(service, port.as_ref()),
            };
            demands.push(Demand {
                origin: Some(origin(route.kind, &route.meta)),
                detail: String::new(),
                service: Some(backend.service.clone()),
                pods: DemandedPods::With(labels),
                ports,
                clients: clients.clone(),
                fails: false,
            });
        }
    }
    demands
}

/// Whether the controller serves the route.
fn serves(controller: &ClientFacts, route: &Route, world: &World) -> bool {
    let is_named = |name: &str| {
        controller.serves.iter().any(|served| {
            name.strip_prefix(served.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    };
    match route.kind {
        Kind::Route => is_named(OPENSHIFT),
        Kind::IngressRoute => is_named(TRAEFIK),
        Kind::Ingress => class(route, world).is_some_and(|class| is_named(&class.controller)),
        _ => route.gateways.iter().any(|(namespace, name)| {
            let home = namespace.as_ref().unwrap_or(&route.meta.namespace);
            controller.serves.contains(&format!("{home}/{name}"))
        }),
    }
}

/// The class of an Ingress: the one that it names, or the default one.
fn class<'w>(route: &Route, world: &'w World) -> Option<&'w IngressClass> {
    let mut classes = world.cluster_objects(Kind::IngressClass).filter_map(|object| match object {
        Object::IngressClass(class) => Some(class),
        _ => None,
    });
    classes.find(|class| match &route.class {
        Some(name) => class.meta.name == *name,
        None => class.is_default,
    })
}

/// The connections from outside the cluster to pods of `view` that its Services of type LoadBalancer and NodePort ask for. They
/// come from a node, or from the client itself where the Service keeps its address: no selector matches either.
pub fn exposed(view: &NamespaceView) -> Vec<Demand> {
    let services = view.services.values().filter(|service| {
        matches!(service.exposure, Exposure::LoadBalancer | Exposure::NodePort)
            && !service.meta.is_terminating()
    });
    let demands = services.filter_map(|service| {
        let from = if service.keeps_client_address {
            "clients outside the cluster"
        } else {
            "clients outside the cluster (at the address of a node)"
        };
        Some(Demand {
            origin: Some(origin(Kind::Service, &service.meta)),
            detail: String::new(),
            service: Some(service.meta.name.clone()),
            pods: DemandedPods::With(service.selector.clone()?),
            ports: of_service(service, None),
            clients: vec![Client::outside(from)],
            fails: false,
        })
    });
    demands.collect()
}
