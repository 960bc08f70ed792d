use serde_json::{Value, json};

use super::{Api, WireSpec, WireTierSpec};
use crate::netpol::calico::{
    AnyPod, DefaultAction, Entity, Expression, Order, Policy, PortEntry, Protocols, Rule,
    RuleAction, RuleProtocol, Spec, parse,
};
use crate::netpol::{Family, Labels, Protocol};

fn read(spec: &Value) -> Spec {
    serde_json::from_value::<WireSpec>(spec.clone()).unwrap().read(false, Api::Served)
}

fn global(spec: &Value) -> Spec {
    serde_json::from_value::<WireSpec>(spec.clone()).unwrap().read(true, Api::Served)
}

/// The only rule of a policy that can be read.
fn rule(rule: &Value) -> Rule {
    let spec = read(&json!({"ingress": [rule]}));
    assert_eq!(spec.unreadable, [], "{rule}");
    spec.ingress[0].clone()
}

fn allow() -> Rule {
    Rule {
        action: RuleAction::Allow,
        protocols: Protocols::default(),
        family: None,
        source: Entity::default(),
        destination: Entity::default(),
        narrowed: false,
    }
}

#[test]
fn an_empty_spec_denies_the_ingress_of_everything() {
    assert_eq!(read(&json!({})), Spec::default());
    assert_eq!(
        read(&json!({"tier": "", "selector": "", "types": null, "ingress": null})),
        Spec::default()
    );
}

#[test]
fn types_default_by_the_rules_that_there_are() {
    let (yes, no) = (Some(true), Some(false));
    let rules = json!([{"action": "Allow"}]);
    for (spec, served, unknown) in [
        (json!({}), (yes, no), (yes, None)),
        (json!({"ingress": rules}), (yes, no), (yes, None)),
        (json!({"egress": rules}), (no, yes), (None, yes)),
        (json!({"ingress": rules, "egress": rules}), (yes, yes), (yes, yes)),
        // Who fills them in differs about empty lists.
        (json!({"ingress": [], "egress": rules}), (None, yes), (None, yes)),
        (json!({"egress": []}), (None, None), (None, None)),
        (json!({"ingress": []}), (yes, no), (yes, None)),
        (json!({"types": [], "ingress": rules}), (yes, None), (yes, None)),
    ] {
        let of = |api| {
            let spec = serde_json::from_value::<WireSpec>(spec.clone()).unwrap().read(false, api);
            (spec.governs_ingress, spec.governs_egress)
        };
        assert_eq!(of(Api::Served), served, "{spec}");
        assert_eq!(of(Api::Stored), (yes, yes), "{spec}");
        assert_eq!(of(Api::Unknown), unknown, "{spec}");
    }
    let written = |types: Value| {
        let spec = read(&json!({"types": types, "egress": rules}));
        (spec.governs_ingress, spec.governs_egress, spec.unreadable.len())
    };
    assert_eq!(written(json!(["Ingress"])), (yes, no, 0));
    assert_eq!(written(json!(["egress", "Ingress", "Ingress"])), (yes, yes, 0));
    assert_eq!(written(json!(["Ingres"])), (None, None, 1));
    assert_eq!(written(json!(["Ingress", "Forward"])), (yes, None, 1));
}

#[test]
fn apis_are_told_apart_by_their_group() {
    assert_eq!(Api::of("projectcalico.org/v3"), Api::Served);
    assert_eq!(Api::of("crd.projectcalico.org/v1"), Api::Stored);
    assert_eq!(Api::of(""), Api::Unknown);
}

#[test]
fn order_and_tier() {
    let spec = read(&json!({"order": 0.5, "tier": "security"}));
    assert_eq!((spec.order, spec.tier.as_str()), (Order::from(0.5), "security"));
    assert_eq!(read(&json!({"order": 10})).order, Order::from(10.0));
    assert_eq!(read(&json!({})).order, Order::LAST);
}

#[test]
fn hosts_alone_are_governed_before_dnat_and_without_tracking() {
    assert!(global(&json!({"doNotTrack": true, "applyOnForward": true})).hosts_only);
    assert!(global(&json!({"preDNAT": true})).hosts_only);
    assert!(!global(&json!({"applyOnForward": true, "preDNAT": false})).hosts_only);
}

#[test]
fn the_subject_of_a_global_policy() {
    let namespace_labels = Labels::from_iter([("team", "blue")]);
    let shop = AnyPod { namespace: "shop", namespace_labels: &namespace_labels };
    let pods = |spec: Value| {
        let spec = global(&spec);
        let selection = Policy { namespace: None, name: "a", spec: &spec }.pods(&shop);
        let certain: Vec<String> = selection.certain.iter().map(ToString::to_string).collect();
        (certain.join(" or "), selection.exact)
    };
    for (spec, certain, exact) in [
        (json!({}), "{}", true),
        (
            json!({"selector": "all()", "namespaceSelector": "has(projectcalico.org/name)"}),
            "{}",
            true,
        ),
        (json!({"namespaceSelector": "projectcalico.org/name != 'kube-system'"}), "{}", true),
        (json!({"namespaceSelector": "projectcalico.org/name not in {'shop'}"}), "", true),
        (json!({"namespaceSelector": "all()", "selector": "app == 'x'"}), "app=x", true),
        (json!({"namespaceSelector": "team == 'blue' && !has(env)"}), "{}", true),
        (json!({"selector": "projectcalico.org/namespace == 'shop' && has(app)"}), "app", true),
        (json!({"serviceAccountSelector": "role == 'x'"}), "", false),
        (json!({"namespaceSelector": "global()"}), "", false),
    ] {
        assert_eq!(pods(spec.clone()), (certain.to_owned(), exact), "{spec}");
    }
}

#[test]
fn actions() {
    for (action, expected) in [
        ("Allow", RuleAction::Allow),
        ("Deny", RuleAction::Deny),
        ("Log", RuleAction::Log),
        ("Pass", RuleAction::Pass),
        ("allow", RuleAction::Allow),
    ] {
        assert_eq!(rule(&json!({"action": action})), Rule { action: expected, ..allow() });
    }
    let strange = read(&json!({"ingress": [{"action": "Accept"}, {}, null]}));
    assert!(strange.ingress.iter().all(|rule| rule.action == RuleAction::Unknown));
    let fields: Vec<&str> = strange.unreadable.iter().map(|note| note.field.as_str()).collect();
    assert_eq!(
        fields,
        ["spec.ingress[0].action", "spec.ingress[1].action", "spec.ingress[2].action"]
    );
}

#[test]
fn protocols_by_name_and_by_number() {
    let one = RuleProtocol::One;
    for (protocol, expected) in [
        (json!("TCP"), one(Protocol::Tcp)),
        (json!("udp"), one(Protocol::Udp)),
        (json!(132), one(Protocol::Sctp)),
        (json!("6"), one(Protocol::Tcp)),
        (json!("ICMP"), RuleProtocol::Other),
        (json!("ICMPv6"), RuleProtocol::Other),
        (json!("UDPLite"), RuleProtocol::Other),
        (json!(1), RuleProtocol::Other),
    ] {
        let found = rule(&json!({"action": "Allow", "protocol": protocol})).protocols;
        assert_eq!(found, Protocols { only: Some(expected), except: None }, "{protocol}");
        let found = rule(&json!({"action": "Allow", "notProtocol": protocol})).protocols;
        assert_eq!(found, Protocols { only: None, except: Some(expected) }, "{protocol}");
    }
    for protocol in [json!("HTTP"), json!(256), json!("")] {
        let spec = read(&json!({"ingress": [{"action": "Allow", "protocol": protocol}]}));
        assert_eq!(spec.ingress[0].protocols.only, Some(RuleProtocol::Unknown), "{protocol}");
        assert_eq!(spec.unreadable[0].field, "spec.ingress[0].protocol");
    }
}

#[test]
fn ports_are_numbers_ranges_and_names() {
    let ports = |ports: Value| {
        let spec = read(&json!({"ingress": [
            {"action": "Allow", "protocol": "TCP", "destination": {"ports": ports}}]}));
        (spec.ingress[0].destination.ports.clone(), spec.unreadable.len())
    };
    let range = PortEntry::Range;
    let name = PortEntry::Name("http-alt".into());
    let listed = json!([80, "8000:8080", "443", "http-alt", "0:65535"]);
    let expected = vec![range(80, 80), range(8000, 8080), range(443, 443), name, range(0, 65535)];
    assert_eq!(ports(listed), (expected, 0));
    for port in [json!(-1), json!(65536), json!("90:80"), json!("1:2:3"), json!("a b"), json!("")] {
        assert_eq!(ports(json!([port])), (vec![PortEntry::Unknown], 1), "{port}");
    }
}

#[test]
fn an_entity_chooses_by_addresses_and_by_what_endpoints_are() {
    let found = rule(&json!({"action": "Allow", "ipVersion": 4, "source": {
        "nets": ["10.0.0.0/8", "192.0.2.1"], "notNets": ["10.1.0.0/16"],
        "selector": "a == 'x'", "notSelector": "b == 'y'", "namespaceSelector": "c == 'z'",
        "serviceAccounts": {"names": ["robot"], "selector": "d == 'w'"}}}));
    let nets = |list: &[&str]| {
        list.iter().map(|net| net.parse::<ipnet::IpNet>().unwrap().into()).collect()
    };
    let expression = |text: &str| Some(parse(text).unwrap());
    let source = Entity {
        selector: expression("a == 'x'"),
        namespaces: expression("pcns.c == 'z'"),
        service_accounts: expression(
            "pcsa.d == 'w' && projectcalico.org/serviceaccount in {'robot'}",
        ),
        not_selector: expression("b == 'y'"),
        nets: Some(nets(&["10.0.0.0/8", "192.0.2.1/32"])),
        not_nets: Some(nets(&["10.1.0.0/16"])),
        ..Entity::default()
    };
    assert_eq!(found, Rule { family: Some(Family::V4), source, ..allow() });
    let empty =
        json!({"nets": [], "notNets": null, "selector": "", "serviceAccounts": {}, "ports": []});
    assert_eq!(rule(&json!({"action": "Allow", "source": empty, "destination": empty})), allow());
}

#[test]
fn what_the_model_does_not_know_narrows() {
    for part in [
        json!({"source": {"protocol": "TCP", "ports": [80]}}),
        json!({"protocol": "TCP", "source": {"notPorts": [80]}}),
        json!({"destination": {"ports": [80]}}),
        json!({"destination": {"services": {"name": "web", "namespace": "shop"}}}),
        json!({"destination": {"domains": ["example.org"]}}),
        json!({"http": {"methods": ["GET"]}}),
        json!({"protocol": "ICMP", "icmp": {"type": 8}}),
    ] {
        let mut written = part.clone();
        written["action"] = json!("Allow");
        assert!(rule(&written).narrowed, "{part}");
    }
    assert!(
        !rule(&json!({"action": "Allow", "protocol": "TCP", "destination": {"ports": [80]}}))
            .narrowed
    );
}

#[test]
fn what_cannot_be_read_is_unknown_in_its_place() {
    let spec = global(&json!({
    "selector": "app = 'x'", "namespaceSelector": "(", "serviceAccountSelector": "has(a",
    "egress": [
        {"action": "Allow", "ipVersion": 5, "destination": {"nets": ["10.0.0.0/8", "ten"], "selector": "a"}},
        {"action": "Deny", "destination": {"notNets": [null]}},
    ]}));
    assert_eq!(spec.selector, Expression::Unknown);
    assert_eq!(spec.namespaces, Expression::Unknown);
    assert_eq!(spec.service_accounts, Expression::Unknown);
    let [allow, deny] = &spec.egress[..] else { panic!("{spec:?}") };
    assert!(allow.narrowed && allow.destination.nets.is_none());
    assert_eq!(allow.destination.selector, Some(Expression::Unknown));
    assert!(deny.narrowed && deny.destination.not_nets.is_none());
    let fields: Vec<&str> = spec.unreadable.iter().map(|note| note.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "spec.selector",
            "spec.namespaceSelector",
            "spec.serviceAccountSelector",
            "spec.egress[0].ipVersion",
            "spec.egress[0].destination.selector",
            "spec.egress[0].destination.nets",
            "spec.egress[1].destination.notNets",
        ]
    );
}

#[test]
fn wrong_json_types_are_errors() {
    for spec in [
        json!({"selector": 1}),
        json!({"order": "1"}),
        json!({"types": "Ingress"}),
        json!({"ingress": {}}),
        json!({"ingress": [{"source": {"nets": "10.0.0.0/8"}}]}),
        json!({"ingress": [{"destination": {"ports": [true]}}]}),
    ] {
        assert!(serde_json::from_value::<WireSpec>(spec.clone()).is_err(), "{spec}");
    }
}

#[test]
fn tiers_deny_unless_they_say_otherwise() {
    let tier = |name: &str, spec: Value| {
        let tier = serde_json::from_value::<WireTierSpec>(spec).unwrap().read(name);
        assert_eq!(tier.name, name);
        (tier.order, tier.default_action)
    };
    let (million, one) = (Order::from(1_000_000.0), Order::from(1.0));
    assert_eq!(tier("a", json!({})), (million, DefaultAction::Deny));
    assert_eq!(tier("a", json!({"order": 1})), (one, DefaultAction::Deny));
    assert_eq!(tier("a", json!({"defaultAction": "Pass"})), (million, DefaultAction::Pass));
    assert_eq!(tier("a", json!({"defaultAction": "Drop"})), (million, DefaultAction::Unknown));
    assert_eq!(tier("adminnetworkpolicy", json!({"order": 1})), (one, DefaultAction::Pass));
}
