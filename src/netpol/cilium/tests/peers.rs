//! Whom rules let in and out.

use super::Answer::{No, Unknown, Yes};
use super::{Case, Pod, addresses};
use crate::netpol::{Families, Network};

#[test]
fn endpoints_are_of_the_own_namespace_unless_it_is_named() {
    for (home, peer, own, other) in [
        (Some("shop"), "{}", Yes, No),
        (None, "{}", Yes, Yes),
        (Some("shop"), "{matchLabels: {app: db}}", Yes, No),
        (Some("shop"), "{matchLabels: {app: x}}", No, No),
        (None, "{matchLabels: {app: db}}", Yes, Yes),
        (Some("shop"), "{matchLabels: {io.kubernetes.pod.namespace: data}}", No, Yes),
        (Some("shop"), "{matchLabels: {'k8s:io.kubernetes.pod.namespace': data}}", No, Yes),
        (
            Some("shop"),
            "{matchExpressions: [{key: 'k8s:io.kubernetes.pod.namespace', operator: Exists}]}",
            Yes,
            Yes,
        ),
        (Some("shop"), "{matchLabels: {io.cilium.k8s.namespace.labels.team: data}}", No, Yes),
        (
            Some("shop"),
            "{matchLabels: {'k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name': data, app: db}}",
            No,
            Yes,
        ),
        (Some("shop"), "{matchLabels: {io.cilium.k8s.policy.serviceaccount: default}}", Yes, No),
        (Some("shop"), "{matchLabels: {io.cilium.k8s.policy.serviceaccount: x}}", No, No),
        // Only the agent knows the name of the cluster.
        (Some("shop"), "{matchLabels: {io.cilium.k8s.policy.cluster: east}}", Unknown, No),
    ] {
        let mut case = Case::ingress(&format!("[{{fromEndpoints: [{peer}]}}]"));
        case.home = home;
        assert_eq!(case.pod(&Pod::of("shop", "app=db")), own, "{home:?} {peer}");
        assert_eq!(case.pod(&Pod::of("data", "app=db")), other, "{home:?} {peer}");
        assert_eq!(case.address("203.0.113.7/32"), No, "{peer}");
    }
}

#[test]
fn endpoints_are_never_nodes_or_addresses() {
    for case in [
        Case::ingress("[{fromEndpoints: [{}]}]"),
        Case::ingress("[{fromEndpoints: [{}]}]").of_cluster(),
        Case::egress("[{toEndpoints: [{}]}]").of_cluster(),
    ] {
        assert_eq!(case.pod(&Pod::of("shop", "app=db").on_host()), No);
        assert_eq!(case.address("203.0.113.7/32"), No);
    }
}

#[test]
fn reserved_labels_choose_nodes() {
    let mut case =
        Case::ingress("[{fromEndpoints: [{matchLabels: {'reserved:kube-apiserver': ''}}]}]");
    let node = Pod {
        addresses: vec!["10.9.0.1".parse().unwrap()],
        ..Pod::of("kube-system", "").on_host()
    };
    assert_eq!(case.pod(&node), Unknown);
    assert_eq!(case.pod(&Pod::of("shop", "")), No);
    case.network.api_server = Some(addresses("10.9.0.1/32"));
    assert_eq!(case.pod(&node), Yes);
    case.network.api_server = Some(addresses("10.9.0.2/32"));
    assert_eq!(case.pod(&node), No);
}

#[test]
fn an_empty_list_of_peers_matches_nobody() {
    for rule in [
        "{fromEndpoints: []}",
        "{fromEndpoints: [], toPorts: [{ports: [{port: '80'}]}]}",
        "{fromCIDR: [], toPorts: [{ports: [{port: '80'}]}]}",
        "{fromCIDRSet: [], toPorts: [{ports: [{port: '80'}]}]}",
        "{fromEntities: [], toPorts: [{ports: [{port: '80'}]}]}",
        "{toPorts: []}",
    ] {
        let case = Case::ingress(&format!("[{rule}]"));
        assert_eq!(case.pod(&Pod::of("shop", "")), No, "{rule}");
        assert_eq!(case.address("203.0.113.7/32"), No, "{rule}");
    }
    // Null is no list.
    let case = Case::ingress("[{fromEndpoints: null, toPorts: [{ports: [{port: '80'}]}]}]");
    assert_eq!(case.pod(&Pod::of("shop", "")), Yes);
}

#[test]
fn ports_without_peers_are_for_everyone() {
    let case = Case::ingress("[{toPorts: [{ports: [{port: '80', protocol: TCP}]}]}]");
    assert_eq!(case.pod(&Pod::of("data", "")), Yes);
    assert_eq!(case.pod(&Pod::of("data", "").on_host()), Yes);
    assert_eq!(case.address("203.0.113.7/32"), Yes);
}

#[test]
fn entities() {
    for (entities, pod, node, world) in [
        ("[all]", Yes, Yes, Yes),
        ("[cluster]", Yes, Yes, Unknown),
        ("[world]", No, No, Yes),
        ("[cluster, world]", Yes, Yes, Yes),
        ("[host]", No, Unknown, Unknown),
        ("[remote-node]", No, Unknown, Unknown),
        ("[host, remote-node]", No, Yes, Unknown),
        ("[kube-apiserver]", No, Unknown, Unknown),
        ("[ingress]", No, No, Unknown),
        ("[health]", No, No, Unknown),
        ("[init]", No, No, Unknown),
        ("[unmanaged]", No, No, Unknown),
        ("[none]", No, No, No),
    ] {
        let case = Case::ingress(&format!("[{{fromEntities: {entities}}}]"));
        assert_eq!(case.pod(&Pod::of("data", "")), pod, "{entities} and a pod");
        assert_eq!(case.pod(&Pod::of("data", "").on_host()), node, "{entities} and a node");
        assert_eq!(case.address("203.0.113.7/32"), world, "{entities} and an address");
    }
}

#[test]
fn two_rules_for_both_kinds_of_nodes_are_for_every_node() {
    let case = Case::ingress("[{fromEntities: [host]}, {fromEntities: [remote-node]}]");
    assert_eq!(case.pod(&Pod::of("data", "").on_host()), Yes);
}

#[test]
fn the_world_by_family() {
    let mut case = Case::egress("[{toEntities: [world-ipv6]}]");
    case.network.families = Families::DUAL;
    for (peer, expected) in [
        ("203.0.113.7/32", No),
        ("2001:db8::1/128", Yes),
        ("203.0.113.7/32,2001:db8::1/128", Unknown),
    ] {
        assert_eq!(case.address(peer), expected, "{peer}");
    }
}

#[test]
fn known_addresses_of_nodes_and_of_the_api_server() {
    let network = Network {
        nodes: Some(addresses("10.9.0.0/24")),
        api_server: Some(addresses("203.0.113.1/32")),
        ..Network::default()
    };
    for (rules, node, api_server, world) in [
        ("[{toEntities: [world]}]", No, Yes, Yes),
        ("[{toEntities: [host, remote-node]}]", Yes, Unknown, Unknown),
        ("[{toEntities: [kube-apiserver]}]", No, Yes, No),
        ("[{toEntities: [cluster]}]", Yes, Yes, Unknown),
        // Whether blocks match nodes depends on the agent's options.
        ("[{toCIDR: [0.0.0.0/0]}]", Unknown, Yes, Yes),
        ("[{toCIDR: [203.0.113.1]}]", No, Yes, No),
    ] {
        let case = Case { network: network.clone(), ..Case::egress(rules) };
        assert_eq!(case.address("10.9.0.7/32"), node, "{rules} and a node");
        assert_eq!(case.address("203.0.113.1/32"), api_server, "{rules} and the API server");
        assert_eq!(case.address("198.51.100.0/24"), world, "{rules} and others");
        // Some of them are nodes.
        assert_eq!(case.address("10.0.0.0/8"), if node == world { node } else { Unknown });
    }
}

#[test]
fn blocks_match_addresses_outside_and_no_pods() {
    let inside = Pod { addresses: vec!["10.1.0.1".parse().unwrap()], ..Pod::of("shop", "") };
    for (rule, far, excepted, part) in [
        ("{toCIDR: [10.0.0.0/8]}", Yes, Yes, Yes),
        ("{toCIDR: [10.0.0.5/8]}", Yes, Yes, Yes),
        ("{toCIDR: [10.2.0.1]}", Yes, No, No),
        ("{toCIDRSet: [{cidr: 10.0.0.0/8, except: [10.1.0.0/16]}]}", Yes, No, Unknown),
        (
            "{toCIDRSet: [{cidr: 10.0.0.0/8, except: [10.1.0.0/16]}, {cidr: 10.1.0.0/16}]}",
            Yes,
            Yes,
            Unknown,
        ),
        ("{toCIDR: [192.0.2.0/24]}", No, No, No),
    ] {
        let case = Case::egress(&format!("[{rule}]"));
        assert_eq!(case.address("10.2.0.1/32"), far, "{rule}");
        assert_eq!(case.address("10.1.0.1/32"), excepted, "{rule}");
        assert_eq!(case.address("10.1.0.0/16,10.3.0.0/16"), part, "{rule}");
        assert_eq!(case.pod(&inside), No, "{rule}");
        assert_eq!(case.pod(&Pod::of("shop", "")), No, "{rule}");
    }
}

#[test]
fn blocks_may_match_nodes_by_their_addresses() {
    let node = |address: &str| Pod {
        addresses: vec![address.parse().unwrap()],
        ..Pod::of("kube-system", "").on_host()
    };
    let case = Case::egress("[{toCIDR: [10.0.0.0/8]}]");
    assert_eq!(case.pod(&node("10.1.0.1")), Unknown);
    assert_eq!(case.pod(&node("192.0.2.1")), No);
    assert_eq!(case.pod(&Pod::of("kube-system", "").on_host()), Unknown);
}

#[test]
fn blocks_match_pods_where_the_plugin_is_known_to() {
    let inside = Pod { addresses: vec!["10.1.0.1".parse().unwrap()], ..Pod::of("shop", "") };
    let mut case = Case::egress("[{toCIDR: [10.0.0.0/8]}]");
    case.network.blocks_match_pods = Some(true);
    assert_eq!(case.pod(&inside), Yes);
    assert_eq!(case.pod(&Pod::of("shop", "")), Unknown);
    case.network.blocks_match_pods = Some(false);
    assert_eq!(case.pod(&inside), No);
}

#[test]
fn blocks_tell_addresses_apart() {
    use crate::netpol::cilium::Governing;
    let case = Case::egress(
        "[{toCIDRSet: [{cidr: 10.0.0.0/8, except: [10.1.0.0/16]}]}, {toCIDR: [192.0.2.1]}]",
    );
    let network = Network { nodes: Some(addresses("10.9.0.0/24")), ..Network::default() };
    let governing = Governing::of([case.placed()], &case.subject.end(), case.direction).unwrap();
    let blocks: Vec<_> = governing.blocks(&network).cloned().collect();
    let except = addresses("10.0.0.0/8").difference(&addresses("10.1.0.0/16"));
    assert_eq!(blocks, [except.clone(), addresses("192.0.2.1/32"), addresses("10.9.0.0/24")]);
    let named: Vec<_> = case.policy.blocks().cloned().collect();
    assert_eq!(named, [except, addresses("192.0.2.1/32")]);
}
