//! What sends traffic from outside to Services: Ingresses, the routes of the Gateway API, of OpenShift and of Traefik.

use serde::Deserialize;

use super::backend::WirePort;
use super::read::or_default;
use super::wire::wire;
use super::{Backend, Kind, Meta};

/// The annotation that named the class before `ingressClassName` did.
const CLASS: &str = "kubernetes.io/ingress.class";

/// An `Ingress`, `HTTPRoute`, `GRPCRoute`, `TCPRoute`, `TLSRoute`, `Route` or `IngressRoute`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Its kind.
    pub kind: Kind,
    /// Metadata.
    pub meta: Meta,
    /// The class of an Ingress, where it names one.
    pub class: Option<String>,
    /// The Gateways that a route of the Gateway API belongs to: namespace (`None` for its own) and name.
    pub gateways: Vec<(Option<String>, String)>,
    /// The Services behind it, each once, sorted. The port of an OpenShift Route is one of the endpoints: a name, or a number
    /// at the pod.
    pub backends: Vec<Backend>,
}

wire! {
    WireIngress { metadata: Meta, spec: IngressSpec }
    IngressSpec { ingress_class_name: Option<String>, default_backend: Option<IngressBackend>, rules: Vec<IngressRule> }
    IngressRule { http: HttpRule }
    HttpRule { paths: Vec<HttpPath> }
    HttpPath { backend: IngressBackend }
    IngressBackend { service: IngressService }
    IngressService { name: String, port: IngressPort }
    IngressPort { name: String, number: Option<u16> }

    WireGatewayRoute { metadata: Meta, spec: GatewayRouteSpec }
    GatewayRouteSpec { parent_refs: Vec<Reference>, rules: Vec<GatewayRule> }
    GatewayRule { backend_refs: Vec<Reference> }
    Reference { group: Option<String>, kind: Option<String>, namespace: Option<String>, name: String, port: Option<u16> }

    WireRoute { metadata: Meta, spec: RouteSpec }
    RouteSpec { to: RouteTarget, alternate_backends: Vec<RouteTarget>, port: Option<RoutePort> }
    RouteTarget { kind: String, name: String }
    RoutePort { target_port: Option<WirePort> }

    WireIngressRoute { metadata: Meta, spec: IngressRouteSpec }
    IngressRouteSpec { routes: Vec<TraefikRoute> }
    TraefikRoute { services: Vec<TraefikService> }
    TraefikService { kind: String, namespace: String, name: String, port: Option<WirePort> }
}

impl Route {
    fn new(kind: Kind, meta: Meta, mut backends: Vec<Backend>) -> Self {
        backends.retain(|backend| !backend.service.is_empty());
        backends.sort();
        backends.dedup();
        Self { kind, meta, class: None, gateways: Vec::new(), backends }
    }
}

impl From<WireIngress> for Route {
    fn from(wire: WireIngress) -> Self {
        let WireIngress { metadata, spec } = wire;
        let paths = spec.rules.into_iter().flat_map(|rule| rule.http.paths);
        let backends = spec.default_backend.into_iter().chain(paths.map(|path| path.backend));
        let backends = backends.map(|IngressBackend { service }| Backend {
            namespace: None,
            service: service.name,
            port: service
                .port
                .number
                .map_or(WirePort::Name(service.port.name), WirePort::Number)
                .read(),
        });
        let backends = backends.collect();
        let class = spec.ingress_class_name.or_else(|| metadata.annotations.get(CLASS).cloned());
        Self { class, ..Self::new(Kind::Ingress, metadata, backends) }
    }
}

impl WireGatewayRoute {
    pub(super) fn into_route(self, kind: Kind) -> Route {
        let Self { metadata, spec } = self;
        let is =
            |reference: &Reference, kind: &str| reference.kind.as_deref().unwrap_or(kind) == kind;
        let parents = spec.parent_refs.into_iter().filter(|parent| is(parent, "Gateway"));
        let gateways = parents.map(|parent| (parent.namespace, parent.name)).collect();
        let backends = spec.rules.into_iter().flat_map(|rule| rule.backend_refs);
        let backends = backends
            .filter(|backend| {
                is(backend, "Service") && backend.group.as_deref().unwrap_or_default().is_empty()
            })
            .map(|backend| Backend {
                namespace: backend.namespace,
                service: backend.name,
                port: backend.port.and_then(|port| WirePort::Number(port).read()),
            });
        let backends = backends.collect();
        Route { gateways, ..Route::new(kind, metadata, backends) }
    }
}

impl From<WireRoute> for Route {
    fn from(wire: WireRoute) -> Self {
        let WireRoute { metadata, spec } = wire;
        let port = spec.port.and_then(|port| port.target_port?.read());
        let targets = std::iter::once(spec.to).chain(spec.alternate_backends);
        let targets = targets.filter(|target| matches!(target.kind.as_str(), "" | "Service"));
        let backends = targets.map(|target| Backend {
            namespace: None,
            service: target.name,
            port: port.clone(),
        });
        let backends = backends.collect();
        Self::new(Kind::Route, metadata, backends)
    }
}

impl From<WireIngressRoute> for Route {
    fn from(wire: WireIngressRoute) -> Self {
        let WireIngressRoute { metadata, spec } = wire;
        let services = spec.routes.into_iter().flat_map(|route| route.services);
        let services = services.filter(|service| matches!(service.kind.as_str(), "" | "Service"));
        let backends = services.map(|service| Backend {
            namespace: Some(service.namespace).filter(|namespace| !namespace.is_empty()),
            service: service.name,
            port: service.port.and_then(WirePort::read),
        });
        let backends = backends.collect();
        Self::new(Kind::IngressRoute, metadata, backends)
    }
}
