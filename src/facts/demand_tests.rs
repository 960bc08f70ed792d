//! What must reach the pods of a namespace.

use crate::model::Settings;
use crate::netpol::End;
use crate::object::{Kind, Object};
use crate::sample::{live, settings, world};

use super::{Demand, PodPort, called, exposed, routed, scraped};

const SHOP: &str = r"
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: http}, {name: metrics, port: 9090, targetPort: 9091}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web, tier: front}}
    spec: {containers: [{ports: [{name: http, containerPort: 8080}, {name: probe, containerPort: 9091}]}]}
";

const NGINX: &str = r"
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: controller, namespace: edge}
spec:
  template:
    metadata: {labels: {app: nginx}}
    spec: {containers: [{image: 'registry.k8s.io/ingress-nginx/controller:v1.13.0'}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: edge, labels: {team: net}}
";

const INGRESS: &str = r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec: {ingressClassName: nginx, defaultBackend: {service: {name: web, port: {number: 80}}}}
";

/// Origin, clients, and ports at the Deployment of the shop, of every demand.
fn told(parts: &[&str], of: fn(&crate::model::World) -> Vec<Demand>) -> Vec<String> {
    let world = live(&parts.join("\n---\n"));
    of(&world).iter().map(|demand| told_of(demand, &world)).collect()
}

fn told_of(demand: &Demand, world: &crate::model::World) -> String {
    let view = world.namespace("shop").unwrap();
    let web = &view.workloads[&(Kind::Deployment, "web".to_owned())].template;
    let ports = if demand.is_about(web) { demand.ports_at(web) } else { Vec::new() };
    let port = |port: &PodPort| format!("{}:{}", port.name, port.port);
    let ports: Vec<String> = ports.iter().map(port).collect();
    let origin = demand.origin.as_ref().map_or_else(|| "pods".to_owned(), ToString::to_string);
    let clients: Vec<&str> = demand.clients.iter().map(|client| client.name.as_str()).collect();
    format!("{origin} {}<- {} at {}", demand.detail, clients.join(", "), ports.join(" "))
}

fn of_routes(world: &crate::model::World) -> Vec<Demand> {
    routed(world, &Settings::default(), world.namespace("shop").unwrap())
}

fn of_monitors(world: &crate::model::World) -> Vec<Demand> {
    scraped(world, &Settings::default(), world.namespace("shop").unwrap())
}

fn of_calls(world: &crate::model::World) -> Vec<Demand> {
    called(world, &Settings::default(), world.namespace("shop").unwrap())
}

#[test]
fn an_ingress_asks_for_its_controller_at_the_port_of_the_pod() {
    let found = told(&[SHOP, NGINX, INGRESS], of_routes);
    assert_eq!(found, ["Ingress shop/web <- Deployment edge/controller at http:8080"]);
    let world = live(&[SHOP, NGINX, INGRESS].join("\n---\n"));
    let demand = &of_routes(&world)[0];
    let End::Pod(end) = demand.clients[0].end() else { panic!() };
    assert_eq!((end.namespace, end.namespace_labels.value("team")), ("edge", Some("net")));
    assert_eq!((end.labels.value("app"), end.host_network), (Some("nginx"), false));
}

#[test]
fn a_controller_that_is_not_known_asks_for_nothing() {
    let class = NGINX.split("---").next().unwrap();
    assert_eq!(told(&[SHOP, class, INGRESS], of_routes), [""; 0]);
    let other = INGRESS.replace("nginx", "internal");
    assert_eq!(told(&[SHOP, NGINX, &other], of_routes), [""; 0]);
    let nameless = INGRESS.replace("ingressClassName: nginx, ", "");
    assert_eq!(told(&[SHOP, NGINX, &nameless], of_routes), [""; 0]);
    let default = NGINX.replace(
        "{name: nginx}",
        "{name: nginx, annotations: {ingressclass.kubernetes.io/is-default-class: 'true'}}",
    );
    assert_eq!(told(&[SHOP, &default, &nameless], of_routes).len(), 1);
    let to_nothing = INGRESS.replace("name: web, port", "name: gone, port");
    assert_eq!(told(&[SHOP, NGINX, &to_nothing], of_routes), [""; 0]);
    let idle = NGINX.replace("spec:\n  template", "spec:\n  replicas: 0\n  template");
    assert_eq!(told(&[SHOP, &idle, INGRESS], of_routes), [""; 0]);
    let backend = NGINX
        .replace(
            "app: nginx",
            "app.kubernetes.io/name: ingress-nginx, app.kubernetes.io/component: default-backend",
        )
        .replace("ingress-nginx/controller:v1.13.0", "defaultbackend-amd64:1.5");
    assert_eq!(told(&[SHOP, &backend, INGRESS], of_routes), [""; 0]);
}

#[test]
fn a_controller_can_be_stated() {
    let class = NGINX.split("---").next().unwrap();
    let stated = settings(
        "facts: {ingressControllers: [{name: the proxy, namespace: edge, podLabels: {app: nginx}, serves: [k8s.io/ingress-nginx]}]}",
    );
    let world = world(&[SHOP, class, INGRESS].join("\n---\n"));
    let found = routed(&world, &stated, world.namespace("shop").unwrap());
    assert_eq!(told_of(&found[0], &world), "Ingress shop/web <- the proxy at http:8080");
}

#[test]
fn routes_ask_for_the_proxies_of_their_gateway_and_those_of_openshift_and_traefik_for_theirs() {
    let proxy = |meta: &str, image: &str| {
        format!(
            "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: proxy, namespace: edge}}, spec: {{template: {{metadata: {{labels: {meta}}}, spec: {{hostNetwork: true, containers: [{{image: '{image}'}}]}}}}}}}}"
        )
    };
    let gateway = proxy("{gateway.networking.k8s.io/gateway-name: public}", "envoy");
    let route = "{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: r, namespace: far}, spec: {parentRefs: [{name: public, namespace: edge}], rules: [{backendRefs: [{name: web, namespace: shop, port: 80}]}]}}";
    let found = told(&[SHOP, &gateway, route], of_routes);
    assert_eq!(found, ["HTTPRoute far/r <- Deployment edge/proxy at http:8080"]);
    let other = route.replace("name: public", "name: private");
    assert_eq!(told(&[SHOP, &gateway, &other], of_routes), [""; 0]);

    let router = proxy(
        "{ingresscontroller.operator.openshift.io/deployment-ingresscontroller: default}",
        "x",
    );
    let route = "{apiVersion: route.openshift.io/v1, kind: Route, metadata: {name: r, namespace: shop}, spec: {to: {kind: Service, name: web}, port: {targetPort: PORT}}}";
    for (port, at) in [("http", "http:8080"), ("8443", ":8443"), ("null", "http:8080 probe:9091")] {
        let found = told(&[SHOP, &router, &route.replace("PORT", port)], of_routes);
        assert_eq!(found, [format!("Route shop/r <- Deployment edge/proxy at {at}")]);
    }
    let world = live(&[SHOP, &router, route].join("\n---\n"));
    assert!(of_routes(&world)[0].clients[0].labels.is_none(), "on the host network");

    let traefik = proxy("{app: x}", "docker.io/traefik:v3.5");
    let route = "{apiVersion: traefik.io/v1alpha1, kind: IngressRoute, metadata: {name: r, namespace: shop}, spec: {routes: [{services: [{name: web, port: metrics}]}]}}";
    let found = told(&[SHOP, &traefik, route], of_routes);
    assert_eq!(found, ["IngressRoute shop/r <- Deployment edge/proxy at probe:9091"]);
}

const PROMETHEUS: &str = r"
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata: {name: k8s, namespace: monitoring}
spec: {serviceMonitorSelector: {}, serviceMonitorNamespaceSelector: {}, podMonitorSelector: {matchLabels: {team: a}}, podMonitorNamespaceSelector: {}}
";

const SERVICE_MONITOR: &str = r"
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: web, namespace: shop}
spec: {selector: {matchLabels: {app: web}}, endpoints: [{port: metrics}]}
";

#[test]
fn a_monitor_asks_for_every_prometheus_that_follows_it() {
    let found = told(&[SHOP, PROMETHEUS, SERVICE_MONITOR], of_monitors);
    let expected = "ServiceMonitor shop/web <- Prometheus monitoring/k8s at probe:9091";
    assert_eq!(found, [expected]);
    let second = PROMETHEUS.replace("name: k8s", "name: other");
    assert_eq!(told(&[SHOP, PROMETHEUS, &second, SERVICE_MONITOR], of_monitors).len(), 2);
    let elsewhere = SERVICE_MONITOR
        .replace("namespace: shop", "namespace: far")
        .replace("spec: {", "spec: {namespaceSelector: {any: true}, ");
    assert_eq!(told(&[SHOP, PROMETHEUS, &elsewhere], of_monitors).len(), 1);
    for (prometheus, monitor) in [
        (
            PROMETHEUS.replace(", serviceMonitorNamespaceSelector: {}", ""),
            SERVICE_MONITOR.to_owned(),
        ),
        (PROMETHEUS.replace("serviceMonitorSelector: {}, ", ""), SERVICE_MONITOR.to_owned()),
        (PROMETHEUS.to_owned(), SERVICE_MONITOR.replace("app: web", "app: other")),
        (PROMETHEUS.to_owned(), SERVICE_MONITOR.replace("namespace: shop", "namespace: far")),
        (String::new(), SERVICE_MONITOR.to_owned()),
    ] {
        assert_eq!(
            told(&[SHOP, &prometheus, &monitor], of_monitors),
            [""; 0],
            "{prometheus} {monitor}"
        );
    }
}

#[test]
fn the_pods_of_a_prometheus_are_known_by_its_stateful_set_or_by_what_its_operator_documents() {
    let world = live(&[SHOP, PROMETHEUS, SERVICE_MONITOR].join("\n---\n"));
    let client = of_monitors(&world)[0].clients[0].clone();
    assert_eq!(client.labels.unwrap().value("operator.prometheus.io/name"), Some("k8s"));
    assert!(client.may_have_more_labels);
    let set = "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: prometheus-k8s, namespace: monitoring}, spec: {template: {metadata: {labels: {own: x}}}}}";
    let world = live(&[SHOP, PROMETHEUS, SERVICE_MONITOR, set].join("\n---\n"));
    let client = of_monitors(&world)[0].clients[0].clone();
    assert_eq!(
        (client.labels.unwrap().value("own"), client.may_have_more_labels),
        (Some("x"), false)
    );
}

#[test]
fn a_pod_monitor_asks_at_ports_of_containers() {
    let monitor = "{apiVersion: monitoring.coreos.com/v1, kind: PodMonitor, metadata: {name: web, namespace: shop, labels: {team: a}}, spec: {selector: {matchLabels: {tier: front}}, podMetricsEndpoints: [{port: probe}, {port: gone}]}}";
    let found = told(&[SHOP, PROMETHEUS, monitor], of_monitors);
    assert_eq!(found, ["PodMonitor shop/web <- Prometheus monitoring/k8s at probe:9091"]);
    let unfollowed = monitor.replace("team: a", "team: b");
    assert_eq!(told(&[SHOP, PROMETHEUS, &unfollowed], of_monitors), [""; 0]);
}

#[test]
fn annotations_ask_for_a_prometheus_that_no_operator_runs() {
    let server = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: server, namespace: monitoring}, spec: {template: {spec: {containers: [{image: 'quay.io/prometheus/prometheus:v3.5.0'}]}}}}";
    let annotated = |annotations: &str| {
        SHOP.replace(
            "{labels: {app: web, tier",
            &format!("{{annotations: {annotations}, labels: {{app: web, tier"),
        )
    };
    let asked = annotated("{prometheus.io/scrape: 'true', prometheus.io/port: '9091'}");
    let expected = "pods <- Deployment monitoring/server at probe:9091";
    assert_eq!(told(&[&asked, server], of_monitors), [expected]);
    let anywhere = annotated("{prometheus.io/scrape: 'true'}");
    let nothing = "pods <- Deployment monitoring/server at ";
    assert_eq!(told(&[&anywhere, server], of_monitors), [nothing], "which port is not known");
    assert_eq!(told(&[SHOP, server], of_monitors), [nothing]);
    let managed = server.replace(
        "{template: {",
        "{template: {metadata: {labels: {operator.prometheus.io/name: k8s}}, ",
    );
    assert_eq!(told(&[&asked, &managed], of_monitors), [""; 0]);
    let service = SHOP.replace("labels: {app: web}}\nspec", "labels: {app: web}, annotations: {prometheus.io/scrape: 'true', prometheus.io/port: '9091'}}\nspec");
    let found = told(&[&service, server], of_monitors);
    assert_eq!(found[1], "Service shop/web <- Deployment monitoring/server at probe:9091");
}

#[test]
fn the_api_server_calls_webhooks_and_apis_at_the_target_port() {
    let hook = "{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration, metadata: {name: hook}, webhooks: [{name: a.example, failurePolicy: Ignore, clientConfig: {service: {name: web, namespace: shop, port: 80}}}]}";
    assert_eq!(
        told(&[SHOP, hook], of_calls),
        ["MutatingWebhookConfiguration hook a.example<- the API server at http:8080"]
    );
    let api = "{apiVersion: apiregistration.k8s.io/v1, kind: APIService, metadata: {name: v1.x}, spec: {service: {name: web, namespace: shop, port: 9090}}}";
    assert_eq!(told(&[SHOP, api], of_calls), ["APIService v1.x <- the API server at probe:9091"]);
    assert_eq!(
        told(&[SHOP, &hook.replace("namespace: shop", "namespace: far")], of_calls),
        [""; 0]
    );
    let tunnel = "{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: konnectivity-agent, namespace: kube-system}, spec: {template: {metadata: {labels: {k8s-app: konnectivity-agent}}}}}";
    assert_eq!(
        told(&[SHOP, hook, tunnel], of_calls),
        [
            "MutatingWebhookConfiguration hook a.example<- DaemonSet kube-system/konnectivity-agent at http:8080"
        ]
    );
}

#[test]
fn services_open_to_the_outside_ask_for_clients_that_no_selector_matches() {
    let of = |world: &crate::model::World| exposed(world.namespace("shop").unwrap());
    assert_eq!(told(&[SHOP], of), [""; 0]);
    let open = SHOP.replace(
        "spec: {selector",
        "spec: {type: LoadBalancer, externalTrafficPolicy: Local, selector",
    );
    let found = told(&[&open], of);
    assert_eq!(found, ["Service shop/web <- clients outside the cluster at http:8080 probe:9091"]);
}

#[test]
fn the_index_forgets_what_goes_and_what_turns_elsewhere() {
    let mut world = live(&[SHOP, NGINX, INGRESS].join("\n---\n"));
    let count = |world: &crate::model::World| world.pointing_at("shop").count();
    let ingress = crate::sample::one(INGRESS);
    assert_eq!(count(&world), 1);
    world.put(ingress.clone());
    assert_eq!(count(&world), 1);
    let Object::Route(mut route) = ingress.clone() else { panic!() };
    route.backends[0].namespace = Some("far".to_owned());
    world.put(Object::Route(route));
    assert_eq!((count(&world), world.pointing_at("far").count()), (0, 1));
    world.remove(&ingress.reference());
    assert_eq!(world.pointing_at("far").count(), 0);
    assert_eq!(world.agents().count(), 1);
}
