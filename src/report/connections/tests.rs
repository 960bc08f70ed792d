//! What people and programs read of connections.

use ipnet::IpNet;
use serde_json::json;

use super::{ConnectionsReport, Row, Side, Span, dot, html, ports, text};
use crate::connections::{connections, network};
use crate::model::Settings;
use crate::netpol::Protocol;
use crate::sample::world;

fn span(protocol: Protocol, first: u16, last: u16) -> Span {
    Span { protocol, first, last }
}

fn rows(yaml: &str) -> Vec<Row> {
    let world = world(yaml);
    let found = connections(&world, &network(&world, &Settings::default()));
    ConnectionsReport::new(&found, Vec::new()).connections
}

fn workload(name: &str) -> Side {
    Side::Workload { kind: "Deployment", namespace: "app".to_owned(), name: name.to_owned() }
}

/// Deployments `a`, `b`, `c` and so on of namespace `app`, isolated for ingress but for same-namespace traffic.
fn open_namespace(names: &[&str]) -> String {
    let policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: own, namespace: app}\n\
         spec: {podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {}}]}]}\n";
    let deployments = names.iter().map(|name| {
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: app}}\n\
             spec: {{template: {{metadata: {{labels: {{app: {name}}}}}, spec: {{}}}}}}\n"
        )
    });
    std::iter::once(policy.to_owned()).chain(deployments).collect()
}

#[test]
fn ports_are_told_as_people_write_them() {
    let all = |protocol| span(protocol, 1, u16::MAX);
    for (spans, words) in [
        (vec![span(Protocol::Tcp, 80, 80), span(Protocol::Tcp, 443, 443)], "TCP 80,443"),
        (vec![span(Protocol::Udp, 53, 53), span(Protocol::Tcp, 53, 53)], "TCP 53, UDP 53"),
        (vec![span(Protocol::Tcp, 8000, 8080)], "TCP 8000-8080"),
        (vec![all(Protocol::Tcp)], "all TCP"),
        (Protocol::ALL.map(all).to_vec(), "everything"),
    ] {
        assert_eq!(ports(&spans), words);
    }
}

#[test]
fn addresses_are_told_the_shorter_way() {
    for (blocks, words) in [
        (vec!["0.0.0.0/0"], "0.0.0.0/0"),
        (vec!["10.0.0.0/8", "192.168.0.0/16"], "10.0.0.0/8, 192.168.0.0/16"),
        (vec!["0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/3"], "0.0.0.0/0 except 224.0.0.0/3"),
        (vec!["0.0.0.0/0", "8000::/1"], "0.0.0.0/0, 8000::/1"),
    ] {
        let addresses: Vec<IpNet> = blocks.iter().map(|net| net.parse().unwrap()).collect();
        assert_eq!(Side::Addresses { addresses }.to_string(), words);
    }
}

#[test]
fn the_json_shape_is_stable() {
    let rows = rows(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: web, namespace: app}\n\
         spec: {podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{from: [{ipBlock: {cidr: 192.0.2.0/24}}], ports: [{port: 80}]}]}\n\
         ---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: app}\nspec: {template: {}}\n",
    );
    let report = ConnectionsReport { connections: rows, errors: Vec::new() };
    let expected = json!({"connections": [{
        "from": {"addresses": ["192.0.2.0/24"]},
        "to": {"kind": "Deployment", "namespace": "app", "name": "web"},
        "allowed": [{"protocol": "TCP", "first": 80, "last": 80}],
        "unknown": []
    }]});
    assert_eq!(serde_json::to_value(&report).unwrap(), expected);
}

#[test]
fn all_workloads_of_a_namespace_are_one_line() {
    let text = text(&rows(&open_namespace(&["a", "b", "c", "d"])));
    assert!(text.contains("Deployment app/a\n  from every workload: everything\n"), "{text}");
    assert_eq!(text.matches("from ").count(), 4, "{text}");
}

#[test]
fn few_workloads_are_named() {
    let text = text(&rows(&open_namespace(&["a", "b"])));
    assert!(text.contains("  from Deployment app/b: everything\n"), "{text}");
}

#[test]
fn nothing_possible_is_said_so() {
    assert_eq!(text(&[]), "No workload may connect to anything.\n");
}

#[test]
fn unknown_ports_are_told_apart_and_dashed() {
    let unknown = vec![span(Protocol::Tcp, 80, 80)];
    let row = Row { from: workload("a"), to: workload("b"), allowed: Vec::new(), unknown };
    assert_eq!(row.words(), "unknown: TCP 80");
    let graph = dot(&[row]);
    let edge =
        r#""Deployment app/a" -> "Deployment app/b" [label="unknown: TCP 80", style=dashed];"#;
    assert!(graph.contains(edge), "{graph}");
}

#[test]
fn names_cannot_break_out_of_a_format() {
    let evil = workload(r#"x"><script>alert(1)</script>"#);
    let row = Row { from: evil.clone(), to: evil, allowed: Vec::new(), unknown: Vec::new() };
    let page = html(std::slice::from_ref(&row));
    assert!(!page.contains("<script>alert"), "{page}");
    assert!(page.contains("&lt;script&gt;"), "{page}");
    assert!(dot(&[row]).contains(r#"x\"><script>"#));
}

#[test]
fn the_page_needs_nothing_from_elsewhere() {
    let page = html(&rows(&open_namespace(&["a", "b", "c"])));
    for outside in ["http:", "https:", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    // Nine pairs among themselves, three outwards.
    assert_eq!((page.matches("<svg").count(), page.matches("<path").count()), (1, 12), "{page}");
}
