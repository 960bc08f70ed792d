//! What is read of the kinds that tell facts about the cluster.

use crate::sample::one;

use super::{
    Backend, Call, Exposure, Kind, MonitoredNamespaces, Object, PortRef, Route, ScrapePort,
};

fn route(yaml: &str) -> Route {
    match one(yaml) {
        Object::Route(route) => route,
        other => panic!("{other:?}"),
    }
}

fn backend(namespace: Option<&str>, service: &str, port: Option<PortRef>) -> Backend {
    Backend { namespace: namespace.map(str::to_owned), service: service.to_owned(), port }
}

fn named(name: &str) -> PortRef {
    PortRef::Name(name.to_owned())
}

#[test]
fn an_ingress_names_its_class_and_every_service_once() {
    let ingress = route(
        r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop, annotations: {kubernetes.io/ingress.class: old}}
spec:
  defaultBackend: {service: {name: web, port: {name: http}}}
  rules:
  - http: {paths: [{backend: {service: {name: web, port: {name: http}}}}, {backend: {service: {name: api, port: {number: 80}}}}]}
  - http: {paths: [{backend: {resource: {kind: Bucket, name: files}}}]}
  - host: nothing.example
",
    );
    assert_eq!(ingress.class.as_deref(), Some("old"));
    let api = backend(None, "api", Some(PortRef::Number(80)));
    assert_eq!(ingress.backends, [api, backend(None, "web", Some(named("http")))]);
}

#[test]
fn routes_of_the_gateway_api_name_gateways_and_services() {
    for (version, kind) in
        [("v1", "HTTPRoute"), ("v1", "GRPCRoute"), ("v1alpha2", "TCPRoute"), ("v1", "TLSRoute")]
    {
        let found = route(&format!(
            "apiVersion: gateway.networking.k8s.io/{version}\nkind: {kind}\nmetadata: {{name: a}}\nspec:\n  \
             parentRefs: [{{name: public, namespace: edge}}, {{name: own}}, {{kind: Service, name: mesh}}]\n  \
             rules: [{{backendRefs: [{{name: web, port: 80}}, {{name: far, namespace: b, port: 81}}, {{group: x.io, kind: Service, name: files}}]}}]\n"
        ));
        let edge = (Some("edge".to_owned()), "public".to_owned());
        assert_eq!(found.gateways, [edge, (None, "own".to_owned())], "{kind}");
        let web = backend(None, "web", Some(PortRef::Number(80)));
        assert_eq!(found.backends, [web, backend(Some("b"), "far", Some(PortRef::Number(81)))]);
    }
}

#[test]
fn routes_of_openshift_and_traefik_name_services() {
    let of_openshift = route(
        "{apiVersion: route.openshift.io/v1, kind: Route, metadata: {name: a}, spec: {to: {kind: Service, name: web}, \
         alternateBackends: [{kind: Service, name: next}], port: {targetPort: http}}}",
    );
    assert_eq!(
        of_openshift.backends,
        [backend(None, "next", Some(named("http"))), backend(None, "web", Some(named("http")))]
    );
    let of_traefik = route(
        "{apiVersion: traefik.io/v1alpha1, kind: IngressRoute, metadata: {name: a}, spec: {routes: [{services: [\
         {name: web, port: '80'}, {name: api, namespace: b, port: http}, {kind: TraefikService, name: weighted}, {name: all}]}]}}",
    );
    assert_eq!(
        of_traefik.backends,
        [
            backend(None, "all", None),
            backend(None, "web", Some(PortRef::Number(80))),
            backend(Some("b"), "api", Some(named("http"))),
        ]
    );
}

#[test]
fn the_api_server_calls_services_and_no_urls() {
    let call = |name: &str, port, fails| Call {
        name: name.to_owned(),
        namespace: "tools".to_owned(),
        service: "hook".to_owned(),
        port,
        fails,
    };
    let hooks = one(r"
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: hooks}
webhooks:
- {name: a.example, clientConfig: {service: {name: hook, namespace: tools}}}
- {name: b.example, failurePolicy: Ignore, clientConfig: {service: {name: hook, namespace: tools, port: 8443}}}
- {name: c.example, clientConfig: {url: 'https://hook.example'}}
- {name: d.example}
");
    let Object::Callback(hooks) = hooks else { panic!("{hooks:?}") };
    assert_eq!(hooks.calls, [call("a.example", 443, true), call("b.example", 8443, false)]);
    let api = "{apiVersion: apiregistration.k8s.io/v1, kind: APIService, metadata: {name: v1.x}, spec: {service: SERVICE}}";
    for (service, calls) in
        [("{name: hook, namespace: tools, port: 443}", vec![call("", 443, true)]), ("null", vec![])]
    {
        match one(&api.replace("SERVICE", service)) {
            Object::Callback(found) => assert_eq!(found.calls, calls, "{service}"),
            other => panic!("{other:?}"),
        }
    }
    let definition = one(r"
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: certificates.example}
spec:
  group: example
  names: {kind: Certificate}
  versions: [{name: v1, served: true}, {name: v1alpha1, served: false}]
  conversion: {strategy: Webhook, webhook: {clientConfig: {service: {name: hook, namespace: tools}}}}
");
    let Object::CustomResourceDefinition(definition) = definition else { panic!("{definition:?}") };
    assert_eq!((definition.group.as_str(), definition.versions.len()), ("example", 1));
    assert_eq!(definition.conversion, Some(call("", 443, true)));
}

#[test]
fn monitors_say_which_ports_of_which_namespaces() {
    let monitor = |kind: &str, spec: &str| {
        let yaml = format!(
            "{{apiVersion: monitoring.coreos.com/v1, kind: {kind}, metadata: {{name: a}}, spec: {spec}}}"
        );
        match one(&yaml) {
            Object::Monitor(monitor) => monitor,
            other => panic!("{other:?}"),
        }
    };
    let of_services = monitor(
        "ServiceMonitor",
        "{selector: {}, namespaceSelector: {matchNames: [a, b]}, endpoints: [{port: http}, {targetPort: 9090}, {targetPort: web}, {}]}",
    );
    assert_eq!(of_services.namespaces, MonitoredNamespaces::Named(vec!["a".into(), "b".into()]));
    assert!(of_services.selector.is_everything());
    assert_eq!(
        of_services.ports,
        [
            ScrapePort::Named("http".to_owned()),
            ScrapePort::Target(PortRef::Number(9090)),
            ScrapePort::Target(PortRef::Name("web".to_owned())),
        ]
    );
    let of_pods = monitor(
        "PodMonitor",
        "{namespaceSelector: {any: true}, podMetricsEndpoints: [{port: metrics}, {portNumber: 8080}]}",
    );
    assert_eq!((of_pods.kind, of_pods.namespaces), (Kind::PodMonitor, MonitoredNamespaces::Any));
    assert!(!of_pods.selector.matches(&[("app", "web")].into_iter().collect()));
    assert_eq!(
        of_pods.ports,
        [ScrapePort::Named("metrics".to_owned()), ScrapePort::Target(PortRef::Number(8080))]
    );
}

#[test]
fn of_a_node_stays_what_tells_about_its_network() {
    let node = one(r"
apiVersion: v1
kind: Node
metadata: {name: a, labels: {team: x}, annotations: {projectcalico.org/IPv4Address: 10.0.0.1/24, node.alpha.kubernetes.io/ttl: '0'}}
spec: {podCIDR: 10.244.0.0/24, podCIDRs: [10.244.0.0/24, 'fd00:244::/64', nonsense]}
status:
  addresses: [{type: InternalIP, address: 10.0.0.1}, {type: Hostname, address: a}, {type: ExternalIP, address: 192.0.2.1}]
  nodeInfo: {kubeletVersion: v1.33.4+k3s1}
");
    let Object::Node(node) = node else { panic!("{node:?}") };
    assert_eq!(node.meta.annotations.len(), 1);
    assert_eq!((node.addresses.len(), node.pod_ranges.len()), (2, 2));
    assert_eq!(node.kubelet, "v1.33.4+k3s1");
}

#[test]
fn of_config_maps_stay_a_few_keys_of_two() {
    let data = |name: &str| {
        let yaml = format!(
            "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}, namespace: kube-system}}, \
             data: {{enable-policy: always, debug: 'true', enable-network-policy-controller: 'true'}}}}"
        );
        match one(&yaml) {
            Object::ConfigMap(map) => map.data.into_keys().collect::<Vec<String>>(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(data("cilium-config"), ["enable-policy"]);
    assert_eq!(data("amazon-vpc-cni"), ["enable-network-policy-controller"]);
    assert_eq!(data("secrets"), [""; 0]);
}

#[test]
fn containers_are_kept_where_agents_and_controllers_are() {
    let spec = "{metadata: {annotations: {prometheus.io/scrape: 'true', prometheus.io/port: many}}, spec: {containers: \
                [{name: a, image: b, args: [--run], env: [{name: EXPECT_NPC, value: '0'}, {name: PASSWORD, value: x}]}]}}";
    let workload = |api_version: &str, kind: &str| {
        let yaml = format!(
            "{{apiVersion: {api_version}, kind: {kind}, metadata: {{name: a}}, spec: {{template: {spec}}}}}"
        );
        match one(&yaml) {
            Object::Workload(workload) => workload,
            other => panic!("{other:?}"),
        }
    };
    let agent = workload("apps/v1", "DaemonSet");
    assert_eq!(agent.template.scrape.map(|scrape| scrape.port), Some(None));
    let [container] = agent.containers.as_slice() else { panic!("{agent:?}") };
    assert_eq!((container.arguments.len(), container.environment.len()), (1, 1));
    let [container] = &workload("apps/v1", "Deployment").containers[..] else { panic!() };
    assert_eq!((container.image.as_str(), container.arguments.len()), ("b", 0));
    assert!(workload("apps/v1", "ReplicaSet").containers.is_empty());
    let pod = spec.replace("metadata: {", "metadata: {name: a, ");
    let pod = one(&pod.replacen('{', "{apiVersion: v1, kind: Pod, ", 1));
    let Object::Workload(pod) = pod else { panic!("{pod:?}") };
    assert!(pod.containers.is_empty() && pod.template.scrape.is_some());
}

#[test]
fn a_service_says_who_reaches_it() {
    let service = |spec: &str| {
        let yaml =
            format!("{{apiVersion: v1, kind: Service, metadata: {{name: a}}, spec: {spec}}}");
        match one(&yaml) {
            Object::Service(service) => service,
            other => panic!("{other:?}"),
        }
    };
    let open =
        service("{type: LoadBalancer, externalTrafficPolicy: Local, ipFamilies: [IPv6, IPv4]}");
    assert_eq!((open.exposure, open.keeps_client_address), (Exposure::LoadBalancer, true));
    assert_eq!(open.families.len(), 2);
    let headless = service("{clusterIP: None}");
    assert!(headless.headless && headless.cluster_ips.is_empty());
    assert_eq!(headless.exposure, Exposure::ClusterIp);
}
