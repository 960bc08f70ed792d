use crate::model::{DnsPort, Settings};
use crate::netpol::{Labels, Protocol};
use crate::sample::{live, settings, world};

use super::{ApiServer, Dns, DnsServer, api_server, dns};

const KUBE_DNS: &str = r"
apiVersion: v1
kind: Service
metadata: {name: rke2-coredns, namespace: kube-system, labels: {k8s-app: kube-dns}}
spec:
  clusterIP: 10.96.0.10
  selector: {k8s-app: kube-dns}
  ports:
  - {name: dns, protocol: UDP, port: 53}
  - {name: dns-tcp, port: 53}
  - {name: metrics, port: 9153}
";

const PODS: &str = r"
apiVersion: v1
kind: Pod
metadata: {name: coredns-a, namespace: kube-system, labels: {k8s-app: kube-dns, app: coredns}}
spec: {containers: [{ports: [{name: dns, protocol: UDP, containerPort: 5300}, {name: dns-tcp, containerPort: 5300}]}]}
";

const SLICES: &str = r#"
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: dns-4, namespace: kube-system, labels: {kubernetes.io/service-name: rke2-coredns}}
endpoints:
- {addresses: [10.1.0.4], targetRef: {kind: Pod, namespace: kube-system, name: coredns-a}}
- {addresses: [10.1.0.5], conditions: {ready: false}, targetRef: {kind: Pod, namespace: kube-system, name: coredns-b}}
ports: [{name: dns, protocol: UDP, port: 5300}, {name: dns-tcp, port: 5300}, {name: metrics, port: 9153}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: dns-6, namespace: kube-system, labels: {kubernetes.io/service-name: rke2-coredns}}
endpoints: [{addresses: ["fd00::4"], targetRef: {kind: Pod, namespace: kube-system, name: coredns-a}}]
ports: [{name: dns, protocol: UDP, port: 5300}, {name: dns-tcp, port: 5300}]
"#;

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().copied().collect()
}

fn ports(number: u16, udp: &str, tcp: &str) -> Vec<DnsPort> {
    let port = |protocol, name: &str| DnsPort { protocol, port: number, name: name.to_owned() };
    vec![port(Protocol::Udp, udp), port(Protocol::Tcp, tcp)]
}

fn found(yaml: &[&str]) -> Option<Dns> {
    dns(&live(&yaml.join("---")), &Settings::default())
}

fn kube_dns(own: &[(&str, &str)]) -> DnsServer {
    DnsServer {
        namespace: "kube-system".to_owned(),
        namespace_labels: labels(&[("kubernetes.io/metadata.name", "kube-system")]),
        labels: Some(labels(own)),
        may_have_more_labels: false,
        selector: labels(&[("k8s-app", "kube-dns")]),
        addresses: Vec::new(),
        ports: ports(53, "", ""),
    }
}

#[test]
fn ready_endpoints_give_pods_addresses_of_both_families_and_real_ports() {
    let dns = found(&[KUBE_DNS, PODS, SLICES]).unwrap();
    let server = DnsServer {
        addresses: vec!["10.1.0.4".parse().unwrap(), "fd00::4".parse().unwrap()],
        ports: ports(5300, "dns", "dns-tcp"),
        ..kube_dns(&[("app", "coredns"), ("k8s-app", "kube-dns")])
    };
    assert_eq!(dns.servers, [server]);
    assert_eq!(dns.service, ["10.96.0.10".parse::<std::net::IpAddr>().unwrap()]);
}

#[test]
fn an_endpoint_whose_pod_is_not_known_has_at_least_the_labels_of_the_selector() {
    let dns = found(&[KUBE_DNS, SLICES]).unwrap();
    assert_eq!(dns.servers.len(), 1);
    assert!(dns.servers[0].may_have_more_labels);
    assert_eq!(dns.servers[0].labels, Some(labels(&[("k8s-app", "kube-dns")])));
}

#[test]
fn without_endpoints_the_selector_finds_pods_and_named_ports_are_resolved_there() {
    let named = KUBE_DNS
        .replace("port: 53}", "port: 53, targetPort: dns-tcp}")
        .replace("UDP, port: 53, targetPort: dns-tcp", "UDP, port: 53, targetPort: dns");
    let dns = found(&[&named, PODS]).unwrap();
    let own = [("app", "coredns"), ("k8s-app", "kube-dns")];
    let server = DnsServer { ports: ports(5300, "dns", "dns-tcp"), ..kube_dns(&own) };
    assert_eq!(dns.servers, [server]);
    assert_eq!(found(&[&named]), None, "a named port leads nowhere without a pod");
}

#[test]
fn without_pods_the_service_alone_tells_labels_and_numbers() {
    let server = DnsServer { may_have_more_labels: true, ..kube_dns(&[("k8s-app", "kube-dns")]) };
    assert_eq!(found(&[KUBE_DNS]).unwrap().servers, [server]);
}

#[test]
fn a_server_on_the_host_network_is_no_pod_for_any_selector() {
    let host = PODS.replace("spec: {", "spec: {hostNetwork: true, ");
    let dns = found(&[KUBE_DNS, &host, SLICES]).unwrap();
    assert_eq!(dns.servers[0].labels, None);
    assert!(dns.servers[0].destination(&dns.servers[0].ports[0]).pod.is_none());
}

#[test]
fn other_services_and_namespaces_are_no_dns() {
    assert_eq!(found(&[&KUBE_DNS.replace("kube-system", "shop")]), None);
    assert_eq!(found(&[&KUBE_DNS.replace("{k8s-app: kube-dns}", "{k8s-app: other}")]), None);
    assert_eq!(found(&[&KUBE_DNS.replace("protocol: UDP, ", "")]), None);
    assert!(
        found(&[&KUBE_DNS
            .replace("rke2-coredns", "kube-dns")
            .replace(", labels: {k8s-app: kube-dns}", "")])
        .is_some()
    );
}

#[test]
fn openshift_has_its_own_names_and_port() {
    let service = r"
apiVersion: v1
kind: Service
metadata: {name: dns-default, namespace: openshift-dns}
spec:
  selector: {dns.operator.openshift.io/daemonset-dns: default}
  ports:
  - {name: dns, protocol: UDP, port: 53, targetPort: dns}
  - {name: dns-tcp, port: 53, targetPort: dns-tcp}
";
    let pods = r"
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: dns-default, namespace: openshift-dns}
spec:
  template:
    metadata: {labels: {dns.operator.openshift.io/daemonset-dns: default}}
    spec: {containers: [{ports: [{name: dns, protocol: UDP, containerPort: 5353}, {name: dns-tcp, containerPort: 5353}]}]}
";
    let dns = found(&[service, pods]).unwrap();
    assert_eq!(dns.servers[0].namespace, "openshift-dns");
    assert_eq!(dns.servers[0].ports, ports(5353, "dns", "dns-tcp"));
}

#[test]
fn settings_count_only_where_the_world_does_not_know() {
    let stated = settings(
        "facts: {dns: {namespace: dns, namespaceLabels: {team: net}, podLabels: {app: unbound}, addresses: [10.1.0.4, 10.1.0.5]}}",
    );
    let fallback = dns(&world(""), &stated).unwrap();
    assert_eq!(fallback.servers.len(), 2);
    let server = &fallback.servers[1];
    assert_eq!(
        server.namespace_labels,
        labels(&[("kubernetes.io/metadata.name", "dns"), ("team", "net")])
    );
    assert_eq!(
        (server.labels.clone(), server.ports.clone()),
        (Some(labels(&[("app", "unbound")])), ports(53, "dns", "dns-tcp"))
    );
    assert_eq!(dns(&world(KUBE_DNS), &stated).unwrap().servers[0].namespace, "kube-system");
    assert_eq!(dns(&world(""), &Settings::default()), None);
}

const KUBERNETES: &str = r"
apiVersion: v1
kind: Service
metadata: {name: kubernetes, namespace: default}
spec: {clusterIP: 10.96.0.1, ports: [{name: https, port: 443, targetPort: 6443}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: kubernetes, namespace: default, labels: {kubernetes.io/service-name: kubernetes}}
endpoints:
- {addresses: [172.18.0.3]}
- {addresses: [172.18.0.2]}
- {addresses: [172.18.0.4], conditions: {ready: false}}
ports: [{name: https, port: 6443}]
";

#[test]
fn the_api_server_is_its_service_and_its_ready_endpoints() {
    let server = api_server(&live(KUBERNETES), &Settings::default()).unwrap();
    let expected = ApiServer {
        service: vec!["10.96.0.1".parse().unwrap()],
        service_port: 443,
        endpoints: vec![
            ("172.18.0.2/32".parse().unwrap(), 6443),
            ("172.18.0.3/32".parse().unwrap(), 6443),
        ],
    };
    assert_eq!(server, expected);
}

#[test]
fn an_api_server_that_is_half_known_is_not_known() {
    let service = KUBERNETES.split("---").next().unwrap();
    assert_eq!(api_server(&live(service), &Settings::default()), None);
    let stated = settings("facts: {apiServer: {service: [10.0.0.1], endpoints: [172.18.0.0/28]}}");
    let server = api_server(&live(service), &stated).unwrap();
    assert_eq!(server.service, ["10.96.0.1".parse::<std::net::IpAddr>().unwrap()]);
    assert_eq!(server.endpoints, [("172.18.0.0/28".parse().unwrap(), 6443)]);
    assert!(api_server(&world(""), &stated).is_some());
}

#[test]
fn a_cache_on_every_node_answers_where_it_says_and_cloud_dns_on_gke_may() {
    let cache = |spec: &str| {
        let yaml = r"
{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: node-local-dns, namespace: kube-system}, spec: {template: {spec: SPEC}}}";
        let dns = found(&[KUBE_DNS, &yaml.replace("SPEC", spec)]).unwrap();
        dns.node_cache.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(cache("{hostNetwork: true}"), "10.96.0.10 169.254.20.10");
    let told = "{hostNetwork: true, containers: [{args: [-localip, '169.254.25.10,10.96.0.10', -conf, /x]}]}";
    assert_eq!(cache(told), "10.96.0.10 169.254.25.10");
    assert_eq!(cache("{}"), "", "redirected to by Cilium, it is a pod like others");
    let node = "
{apiVersion: v1, kind: Node, metadata: {name: a, labels: {cloud.google.com/gke-nodepool: a}}}";
    let gke = found(&[KUBE_DNS, node]).unwrap();
    assert!(gke.node_cache.contains(&"169.254.169.254".parse().unwrap()));
    let stated = settings("facts: {dns: {podLabels: {}, addresses: [169.254.169.254]}}");
    let cloud = dns(&world(KUBE_DNS), &stated).unwrap();
    assert_eq!((cloud.servers.len(), &cloud.servers[0].labels), (1, &None));
    let elsewhere = settings("facts: {dns: {podLabels: {}, addresses: [192.0.2.53]}}");
    assert!(dns(&world(KUBE_DNS), &elsewhere).unwrap().servers[0].labels.is_some());
}
