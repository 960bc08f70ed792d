//! Routes to Services of other namespaces; what stays in its own namespace stands beside its Services.

use crate::model::{GatewayFacts, NamespaceView, RouteFacts, RouteKind, World};
use crate::object::{Kind, Meta, Object, Route};

use super::named;

/// The kinds of routes that can lead elsewhere, as they are stated and as they are read.
const ROUTES: [(RouteKind, Kind); 5] = [
    (RouteKind::GrpcRoute, Kind::GrpcRoute),
    (RouteKind::HttpRoute, Kind::HttpRoute),
    (RouteKind::IngressRoute, Kind::IngressRoute),
    (RouteKind::TcpRoute, Kind::TcpRoute),
    (RouteKind::TlsRoute, Kind::TlsRoute),
];

pub(in crate::facts) fn routes(world: &World) -> Vec<RouteFacts> {
    let of = |view: &NamespaceView, (stated, kind): (RouteKind, Kind)| -> Vec<RouteFacts> {
        let routes = view.others(kind).filter_map(|object| match object {
            Object::Route(route) if leads_elsewhere(route) => Some(of_route(stated, route)),
            _ => None,
        });
        routes.collect()
    };
    world
        .namespaces()
        .flat_map(|view| ROUTES.into_iter().flat_map(move |it| of(view, it)))
        .collect()
}

fn leads_elsewhere(route: &Route) -> bool {
    let home = &route.meta.namespace;
    let mut homes = route.backends.iter().filter_map(|backend| backend.namespace.as_ref());
    !route.meta.is_terminating() && homes.any(|namespace| namespace != home)
}

fn of_route(kind: RouteKind, route: &Route) -> RouteFacts {
    let gateways = route
        .gateways
        .iter()
        .map(|(namespace, name)| GatewayFacts { namespace: namespace.clone(), name: name.clone() });
    RouteFacts {
        kind,
        namespace: route.meta.namespace.clone(),
        name: route.meta.name.clone(),
        gateways: gateways.collect(),
        backends: route.backends.clone(),
    }
}

pub(super) fn route(facts: &RouteFacts) -> Object {
    let kind = ROUTES.into_iter().find(|(stated, _)| *stated == facts.kind);
    let meta: Meta = named(&facts.namespace, &facts.name);
    let gateways = facts.gateways.iter();
    Object::Route(Route {
        kind: kind.map_or(Kind::HttpRoute, |(_, kind)| kind),
        meta,
        class: None,
        gateways: gateways.map(|it| (it.namespace.clone(), it.name.clone())).collect(),
        backends: facts.backends.clone(),
    })
}
