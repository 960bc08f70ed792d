//! Ports of rules.

use super::Answer::{self, No, Unknown, Yes};
use super::{Case, Pod};
use crate::netpol::ContainerPort;
use crate::netpol::Protocol::{Sctp, Tcp, Udp};

fn case(ports: &str) -> Case {
    Case::ingress(&format!("[{{fromEntities: [all], toPorts: {ports}}}]"))
}

#[test]
fn entries() {
    for (ports, tcp_80, udp_80, tcp_90) in [
        ("[{ports: [{port: '80', protocol: TCP}]}]", Yes, No, No),
        ("[{ports: [{port: '80', protocol: tcp}]}]", Yes, No, No),
        ("[{ports: [{port: '80', protocol: ANY}]}]", Yes, Yes, No),
        ("[{ports: [{port: '80'}]}]", Yes, Yes, No),
        ("[{ports: [{port: '80', protocol: ''}]}]", Yes, Yes, No),
        ("[{ports: [{port: '0', protocol: TCP}]}]", Yes, No, Yes),
        ("[{ports: [{port: '0'}]}]", Yes, Yes, Yes),
        ("[{ports: [{port: '80', endPort: 100, protocol: TCP}]}]", Yes, No, Yes),
        ("[{ports: [{port: '80', endPort: 0, protocol: TCP}]}]", Yes, No, No),
        ("[{ports: [{port: '80', endPort: 80, protocol: TCP}]}]", Yes, No, No),
        ("[{ports: [{port: '80', protocol: TCP}, {port: '90', protocol: UDP}]}]", Yes, No, No),
        ("[{ports: [{port: '80', protocol: TCP}]}, {ports: [{port: '90'}]}]", Yes, No, Yes),
        ("[{ports: [{port: '0', protocol: ICMP}]}]", No, No, No),
        ("[]", Yes, Yes, Yes),
    ] {
        let case = case(ports);
        let found =
            [(Tcp, 80), (Udp, 80), (Tcp, 90)].map(|(protocol, port)| case.port(protocol, port));
        assert_eq!(found, [tcp_80, udp_80, tcp_90], "{ports}");
    }
    assert_eq!(case("[{ports: [{port: '80'}]}]").port(Sctp, 80), Yes);
}

#[test]
fn icmp_opens_no_port() {
    let of =
        |rule: &str| Case::ingress(&format!("[{{fromEntities: [all], {rule}}}]")).port(Tcp, 80);
    assert_eq!(of("icmps: [{fields: [{type: 8}]}]"), No);
    assert_eq!(of("icmps: []"), Yes);
    assert_eq!(of("icmps: [{}]"), Unknown);
}

fn web(port: u16, sidecar: bool) -> ContainerPort {
    ContainerPort { name: "web".into(), protocol: Tcp, port, sidecar }
}

#[test]
fn names_on_ingress_are_those_of_the_pod_itself() {
    let mut case = case("[{ports: [{port: WEB, protocol: TCP}]}]");
    assert_eq!(case.port(Tcp, 80), No);
    case.subject.ports = vec![web(80, false), web(90, true)];
    assert_eq!([80, 90, 91].map(|port| case.port(Tcp, port)), [Yes, Unknown, No]);
    assert_eq!(case.port(Udp, 80), No);
}

#[test]
fn names_on_egress_may_be_any_number() {
    let case =
        Case::egress("[{toEntities: [all], toPorts: [{ports: [{port: web, protocol: TCP}]}]}]");
    let named = Pod { ports: vec![web(80, false)], ..Pod::of("shop", "") };
    assert_eq!(case.pod(&named), Unknown);
    assert_eq!(case.port(Tcp, 90), Unknown);
    assert_eq!(case.port(Udp, 80), No);
}

#[test]
fn what_is_looked_into_may_be_refused() {
    let with = |rule: &str| -> [Answer; 2] {
        let rules = format!(
            "[{{toEntities: [all], toPorts: [{{ports: [{{port: '80', protocol: TCP}}], {rule}}}]}}]"
        );
        let case = Case::egress(&rules);
        [case.port(Tcp, 80), case.port(Tcp, 90)]
    };
    for rule in [
        "rules: {http: [{method: GET}]}",
        "rules: {http: []}",
        "rules: {kafka: [{topic: a}]}",
        "rules: {l7proto: x}",
        "rules: {dns: [{matchName: example.com}]}",
        "rules: {dns: [{matchPattern: '*.example.com'}]}",
        "serverNames: [example.com]",
        "terminatingTLS: {secret: {name: a}}",
        "listener: {name: a}",
    ] {
        assert_eq!(with(rule), [Unknown, No], "{rule}");
    }
    for rule in
        ["rules: {}", "rules: null", "serverNames: []", "rules: {dns: [{matchPattern: '*'}]}"]
    {
        assert_eq!(with(rule), [Yes, No], "{rule}");
    }
}

#[test]
fn a_plain_rule_beside_one_that_looks_into_it_allows_all() {
    let case = Case::ingress(
        "[{fromEntities: [all], toPorts: [{ports: [{port: '80'}], rules: {http: [{method: GET}]}}]}, {fromEndpoints: [{}]}]",
    );
    assert_eq!(case.pod(&Pod::of("shop", "")), Yes);
    assert_eq!(case.pod(&Pod::of("data", "")), Unknown);
}
