//! Policies beside the DNS servers: what would stop all names is refused, and what mends is not.

use super::{Ask, policy};

const KUBE_SYSTEM: &str = "{apiVersion: v1, kind: Namespace, metadata: {name: kube-system}}";
const SERVICE: &str = "{apiVersion: v1, kind: Service, metadata: {name: kube-dns, namespace: kube-system}, spec: {selector: {k8s-app: kube-dns}, ports: [{name: dns, protocol: UDP, port: 53}, {name: dns-tcp, port: 53}]}}";
const SERVERS: &str = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: coredns, namespace: kube-system}, spec: {template: {metadata: {labels: {k8s-app: kube-dns}}}}}";
const RULE: &str = "ingress-without-dns-clients";

fn of_kube_system(name: &str, spec: &str) -> String {
    policy(name, spec).replace("namespace: shop", "namespace: kube-system")
}

fn default_deny() -> String {
    of_kube_system("default-deny", "{podSelector: {}, policyTypes: [Ingress]}")
}

fn allow_dns() -> String {
    of_kube_system(
        "allow-dns",
        "{podSelector: {matchLabels: {k8s-app: kube-dns}}, policyTypes: [Ingress], ingress: [{from: [{namespaceSelector: {}}]}]}",
    )
}

#[test]
fn a_default_deny_beside_the_dns_servers_waits_for_their_allowance() {
    let state = [KUBE_SYSTEM, SERVICE, SERVERS];
    let verdict = Ask::create(&state, &default_deny()).denied_by(&[RULE]);
    assert!(!verdict.needs.is_empty(), "it is confirmed by live reads");
    Ask::create(&state, &default_deny()).on_dry_run().warned_by(&[RULE]);
    Ask::create(&[KUBE_SYSTEM, SERVICE, SERVERS, &allow_dns()], &default_deny()).admitted();
}

#[test]
fn the_allowance_of_the_dns_servers_stays() {
    let state = [KUBE_SYSTEM, SERVICE, SERVERS, &default_deny()];
    Ask::delete(&state, &allow_dns()).denied_by(&[RULE]);
    let narrowed = allow_dns().replace("namespaceSelector: {}", "podSelector: {}");
    Ask::update(&state, &allow_dns(), &narrowed).denied_by(&[RULE]);
    Ask::delete(&[KUBE_SYSTEM, SERVICE, SERVERS], &allow_dns()).admitted();
}

#[test]
fn what_is_wrong_already_is_said_and_never_refused() {
    let state = [KUBE_SYSTEM, SERVICE, SERVERS];
    let same =
        default_deny().replace("{name: default-deny", "{labels: {team: a}, name: default-deny");
    Ask::update(&state, &default_deny(), &same).warned_by(&[RULE]);
    let state = [KUBE_SYSTEM, SERVICE, SERVERS, &default_deny()];
    Ask::create(&state, &allow_dns()).admitted();
    let other = of_kube_system("x", "{podSelector: {matchLabels: {a: b}}, policyTypes: [Ingress]}");
    Ask::create(&state, &other).admitted();
    // Another policy answers for the servers now, and they were cut off before.
    let metrics =
        allow_dns().replace("[{from: [{namespaceSelector: {}}]}]", "[{ports: [{port: 9153}]}]");
    Ask::create(&state, &metrics).warned_by(&[RULE]);
}

#[test]
fn from_half_of_dns_to_none_is_refused() {
    let state = [KUBE_SYSTEM, SERVICE, SERVERS];
    let with = |ports: &str| allow_dns().replace("{}}]}]", &format!("{{}}}}], ports: {ports}}}]"));
    let (udp, none) = (with("[{protocol: UDP, port: 53}]"), with("[{port: 9153}]"));
    Ask::create(&state, &udp).warned_by(&[RULE]);
    Ask::update(&state, &udp, &none).denied_by(&[RULE]);
    Ask::update(&state, &none, &udp).warned_by(&[RULE]);
}

#[test]
fn the_workload_of_the_servers_is_never_refused_for_it() {
    let dns = |object: &str| {
        object
            .replace("kube-system", "openshift-dns")
            .replace("name: kube-dns", "name: dns-default")
    };
    let state = [dns(KUBE_SYSTEM), dns(SERVICE), dns(&default_deny())];
    let state: Vec<&str> = state.iter().map(String::as_str).collect();
    Ask::create(&state, &dns(SERVERS)).warned_by(&[RULE]);
}
