//! What only the cluster knows, and what cannot be read: possible, never certain.

use super::Answer::{No, Unknown, Yes};
use super::{Case, Pod};
use crate::netpol::Direction::{Egress, Ingress};
use crate::netpol::cilium::{Placed, Scoped, Specs};
use crate::netpol::{Labels, Protocol};

#[test]
fn names_and_groups_are_addresses_that_only_the_cluster_knows() {
    for rule in [
        "{toFQDNs: [{matchName: example.com}]}",
        "{toGroups: [{aws: {securityGroupsIds: [sg-1]}}]}",
        "{toCIDRSet: [{cidrGroupRef: a}]}",
        "{toCIDRSet: [{cidrGroupSelector: {}}]}",
    ] {
        let case = Case::egress(&format!("[{rule}]"));
        assert_eq!(case.address("203.0.113.7/32"), Unknown, "{rule}");
        assert_eq!(case.pod(&Pod::of("shop", "")), No, "{rule}");
        assert_eq!(case.placed().isolates(&case.subject.end(), Egress), Some(true), "{rule}");
    }
    let ports = "[{toFQDNs: [{matchName: a.b}], toPorts: [{ports: [{port: '443'}]}]}]";
    assert_eq!(Case::egress(ports).address("203.0.113.7/32"), No);
}

#[test]
fn services_may_be_anything() {
    let case = Case::egress("[{toServices: [{k8sService: {serviceName: a, namespace: b}}]}]");
    assert_eq!(case.pod(&Pod::of("shop", "")), Unknown);
    assert_eq!(case.address("203.0.113.7/32"), Unknown);
    let case = Case::egress("[{toServices: []}]");
    assert_eq!(case.pod(&Pod::of("shop", "")), No);
}

#[test]
fn what_pods_must_fulfil_does_not_count_since_1_19() {
    let rules = "[{fromEndpoints: [{}]}, {fromRequires: [{matchLabels: {env: prod}}]}]";
    let case = Case::ingress(rules);
    assert_eq!(case.pod(&Pod::of("shop", "env=prod")), Yes);
    assert_eq!(case.pod(&Pod::of("shop", "env=test")), Unknown);
    assert_eq!(case.pod(&Pod::of("data", "env=prod")), No);
    // Entities never had to fulfil it.
    let case =
        Case::ingress("[{fromEntities: [all]}, {fromRequires: [{matchLabels: {env: prod}}]}]");
    assert_eq!(case.pod(&Pod::of("shop", "env=test")), Yes);
}

#[test]
fn who_must_prove_who_it_is_may_fail() {
    let of = |mode: &str| {
        let rules = format!(
            "[{{fromEndpoints: [{{}}], authentication: {{mode: {mode}}}}}, {{fromEndpoints: [{{}}], toPorts: [{{ports: [{{port: '80'}}]}}]}}]"
        );
        Case::ingress(&rules).pod(&Pod::of("shop", ""))
    };
    assert_eq!(of("required"), Unknown, "a wider rule asks for it on behalf of the narrower");
    assert_eq!(of("disabled"), Yes);
}

#[test]
fn labels_outside_of_identities_may_not_count() {
    let case = Case::ingress("[{fromEndpoints: [{matchLabels: {kubernetes.io/os: linux}}]}]");
    assert_eq!(case.pod(&Pod::of("shop", "kubernetes.io/os=linux")), Unknown);
    assert_eq!(case.pod(&Pod::of("shop", "kubernetes.io/os=windows")), Unknown);
    assert_eq!(case.pod(&Pod::of("shop", "")), No);
}

/// Objects that Cilium refuses, or that some configuration refuses: nothing of them is certain.
#[test]
fn a_policy_that_may_be_refused_is_possible_as_a_whole() {
    for rules in [
        "[{fromEndpoints: [{}], fromEntities: [world]}]",
        "[{fromEndpoints: [{}], fromNodes: [{}]}]",
        "[{fromNodes: [{}]}, {fromEndpoints: [{}]}]",
        "[{fromEndpoints: [{}]}, {fromEntities: [everyone]}]",
        "[{fromEndpoints: [{}]}, {fromCIDR: [everywhere]}]",
        "[{fromEndpoints: [{}]}, {fromCIDR: ['::ffff:10.0.0.0/104']}]",
        "[{fromEndpoints: [{}]}, {fromCIDRSet: [{cidr: 10.0.0.0/8, except: [192.0.2.0/24]}]}]",
        "[{fromEndpoints: [{}]}, {fromCIDRSet: [{cidr: 10.0.0.1}]}]",
        "[{fromEndpoints: [{}]}, {fromEndpoints: [{matchLabels: {a: 'not legal'}}]}]",
        "[{fromEndpoints: [{}]}, {fromEndpoints: [{matchExpressions: [{key: a, operator: In}]}]}]",
        "[{fromEndpoints: [{}]}, {fromEndpoints: [{matchLables: {a: b}}]}]",
        "[{fromEndpoints: [{}]}, {fromEndpoint: [{}]}]",
        "[{fromEndpoints: [{}]}, {toEndpoints: [{}]}]",
        "[{fromEndpoints: [{}]}, {fromEndpoints: {}}]",
        "[{fromEndpoints: [{}]}, null]",
        "[{fromEndpoints: [{}]}, 7]",
        "[{fromEndpoints: [{}]}, {toPorts: 7}]",
        "[{fromEndpoints: [{}]}, {toPorts: [{ports: [{port: 80}]}]}]",
        "[{fromEndpoints: [{}]}, {toPorts: [{ports: [{port: '80', protocol: QUIC}]}]}]",
        "[{fromEndpoints: [{}]}, {toPorts: [{ports: [{port: '99999'}]}]}]",
        "[{fromEndpoints: [{}]}, {toPorts: [{ports: [{protocol: TCP}]}]}]",
        "[{fromEndpoints: [{}]}, {toPorts: [{ports: [{port: '53'}], rules: {dns: [{matchPattern: '*'}]}}]}]",
        "[{fromEndpoints: [{}]}, {toPorts: [{ports: [{port: '53'}]}], icmps: [{fields: [{type: 8}]}]}]",
    ] {
        let case = Case::ingress(rules);
        let placed = case.placed();
        assert_eq!(case.pod(&Pod::of("shop", "app=db")), Unknown, "{rules}");
        assert_eq!(placed.isolates(&case.subject.end(), Ingress), None, "{rules}");
        let scoped = placed.isolated_in("shop", &Labels::default(), Ingress);
        assert_eq!(scoped, [Scoped::Undecided], "{rules}");
    }
}

#[test]
fn a_spec_that_may_be_refused_may_isolate_nobody() {
    for spec in [
        "{ingress: [{}]}",
        "{endpointSelector: null, ingress: [{}]}",
        "{endpointSelector: {}, nodeSelector: {}, ingress: [{}]}",
        "{endpointSelector: [], ingress: [{}]}",
        "{endpointSelector: {}, ingress: [{}], enableDefaultDeny: 7}",
        "{endpointSelector: {}, ingress: [{}], enableDefaultDeny: {ingress: 'yes'}}",
        "{endpointSelector: {}, ingress: [{}], ingres: [{}]}",
        "{endpointSelector: {}, ingress: {}}",
        "[]",
        "7",
    ] {
        let case = Case::new(Ingress, spec);
        assert_eq!(case.placed().isolates(&case.subject.end(), Ingress), None, "{spec}");
        assert_eq!(case.pod(&Pod::of("shop", "")), Unknown, "{spec}");
        let elsewhere = Case { home: Some("data"), ..case };
        assert_eq!(elsewhere.pod(&Pod::of("shop", "")), Yes, "{spec} in another namespace");
    }
    let specs = serde_json::json!({"endpointSelector": {}});
    let policy = Specs::read(None, Some(&specs));
    let placed = Placed { home: Some("shop"), specs: &policy };
    assert_eq!(placed.selects(&Pod::of("shop", "").end()), None);
    assert_eq!(placed.isolates(&Pod::of("shop", "").end(), Ingress), None);
}

#[test]
fn port_ranges_that_make_no_sense_may_be_any_port() {
    for entry in
        ["{port: '90', endPort: 80}", "{port: web, endPort: 80}", "{port: '0', endPort: 80}"]
    {
        let case =
            Case::ingress(&format!("[{{fromEntities: [all], toPorts: [{{ports: [{entry}]}}]}}]"));
        assert_eq!(case.port(Protocol::Tcp, 7), Unknown, "{entry}");
        assert_eq!(case.placed().isolates(&case.subject.end(), Ingress), Some(true), "{entry}");
    }
    let case = Case::ingress("[{fromEntities: [all], toPorts: [{}]}]");
    assert_eq!(case.port(Protocol::Tcp, 7), Unknown);
    assert_eq!(case.placed().isolates(&case.subject.end(), Ingress), Some(true));
}
