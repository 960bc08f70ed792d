//! Random policies over few keys, values, addresses and ports, so that they often meet.

use std::net::IpAddr;

use ipnet::IpNet;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};

use crate::netpol::{
    Block, Families, Labels, Operator, Peer, Peers, Pods, PolicySpec, PolicyTypes, PortMatch,
    Ports, Protocol, Requirement, Rule, Selector, TypesWritten,
};

const KEYS: [&str; 3] = ["a", "b", "c"];
const VALUES: [&str; 2] = ["x", "y"];

/// Every label set over the keys, with the values that selectors mention, one that none mentions, and without.
pub(super) fn label_sets() -> Vec<Labels> {
    let values = [None, Some("x"), Some("y"), Some("z")];
    KEYS.iter().fold(vec![Labels::default()], |sets, key| {
        let with = |labels: &Labels, value: Option<&str>| {
            let mut labels = labels.clone();
            if let Some(value) = value {
                labels.insert(*key, value);
            }
            labels
        };
        sets.iter()
            .flat_map(|labels| values.iter().map(move |value| with(labels, *value)))
            .collect()
    })
}

fn requirements() -> impl Strategy<Value = Requirement> {
    let values = prop::collection::btree_set(select(&VALUES[..]).prop_map(String::from), 1..=2);
    let operators = prop_oneof![
        Just(Operator::DoesNotExist),
        Just(Operator::Exists),
        values.clone().prop_map(Operator::In),
        values.prop_map(Operator::NotIn),
    ];
    (select(&KEYS[..]), operators)
        .prop_map(|(key, operator)| Requirement { key: key.to_owned(), operator })
}

pub(super) fn selectors() -> impl Strategy<Value = Selector> {
    prop::collection::vec(requirements(), 0..4).prop_map(|requirements| Selector { requirements })
}

fn peers() -> impl Strategy<Value = Peer> {
    let pods = (prop::option::of(selectors()), prop::option::of(selectors()))
        .prop_map(|(namespaces, pods)| Peer::Pods(Pods { namespaces, pods }));
    let nets = select(vec!["0.0.0.0/0", "10.0.0.0/8", "203.0.113.0/24", "::/0", "fd00::/8"]);
    let block = (nets.clone(), prop::collection::vec(nets, 0..2)).prop_map(|(cidr, except)| {
        Peer::Block(Block {
            cidr: cidr.parse().unwrap(),
            except: except.iter().map(|net| net.parse().unwrap()).collect(),
        })
    });
    prop_oneof![4 => pods, 4 => block, 1 => Just(Peer::Unreadable)]
}

fn ports() -> impl Strategy<Value = Ports> {
    let protocol = || select(&Protocol::ALL[..]);
    let entry = prop_oneof![
        protocol().prop_map(PortMatch::All),
        protocol().prop_map(|protocol| PortMatch::Name(protocol, "web".to_owned())),
        (protocol(), select(vec![(80, 80), (1, 1023), (1024, 65535)]))
            .prop_map(|(protocol, (first, last))| PortMatch::Range(protocol, first, last)),
        Just(PortMatch::Unreadable),
    ];
    prop_oneof![Just(Ports::Any), prop::collection::vec(entry, 1..3).prop_map(Ports::Some)]
}

pub(super) fn rules() -> impl Strategy<Value = Rule> {
    let peers = prop_oneof![
        1 => Just(Peers::Any),
        3 => prop::collection::vec(peers(), 1..3).prop_map(Peers::Some),
    ];
    (peers, ports()).prop_map(|(peers, ports)| Rule { peers, ports })
}

pub(super) fn policy() -> impl Strategy<Value = PolicySpec> {
    let rules = || prop::collection::vec(rules(), 0..3);
    (selectors(), any::<bool>(), any::<bool>(), rules(), rules()).prop_map(
        |(selector, has_ingress, has_egress, ingress, egress)| PolicySpec {
            selector,
            types: PolicyTypes { ingress: has_ingress, egress: has_egress },
            types_written: TypesWritten::Present,
            egress_written: !egress.is_empty(),
            nulls: Vec::new(),
            ingress,
            egress,
        },
    )
}

pub(super) fn policies() -> impl Strategy<Value = Vec<PolicySpec>> {
    prop::collection::vec(policy(), 0..5)
}

/// The same list twice, the second time in another order.
pub(super) fn shuffled<T: Clone + std::fmt::Debug>(
    lists: impl Strategy<Value = Vec<T>>,
) -> impl Strategy<Value = (Vec<T>, Vec<T>)> {
    lists.prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle()))
}

pub(super) fn small_ranges() -> impl Strategy<Value = Vec<(u8, u8)>> {
    prop::collection::vec(any::<(u8, u8)>(), 0..6)
}

/// Blocks inside 10.0.0.0/24 or `fd00::/120`.
pub(super) fn small_blocks() -> impl Strategy<Value = Block> {
    let net = |v6: bool| {
        (any::<u8>(), 0..=8_u8).prop_map(move |(last, prefix)| -> IpNet {
            let text = if v6 {
                format!("fd00::{last:x}/{}", prefix + 120)
            } else {
                format!("10.0.0.{last}/{}", prefix + 24)
            };
            text.parse::<IpNet>().unwrap().trunc()
        })
    };
    any::<bool>().prop_flat_map(move |v6| {
        (net(v6), prop::collection::vec(net(v6), 0..4))
            .prop_map(|(cidr, except)| Block { cidr, except })
    })
}

/// Rules that admit eighths of a family on sixteenths of the ports, give or take a few ports.
pub(super) fn range_policies() -> impl Strategy<Value = Rule> {
    let net = (any::<bool>(), 0..=3_u8, 0..8_u8).prop_map(|(v6, prefix, eighth)| -> IpNet {
        let text = if v6 {
            format!("{:x}00::/{prefix}", eighth << 5)
        } else {
            format!("{}.0.0.0/{prefix}", eighth << 5)
        };
        text.parse::<IpNet>().unwrap().trunc()
    });
    let blocks = (net.clone(), prop::collection::vec(net, 0..2))
        .prop_map(|(cidr, except)| Peer::Block(Block { cidr, except }));
    let peers = prop_oneof![
        2 => Just(Peers::Any),
        3 => prop::collection::vec(blocks, 1..4).prop_map(Peers::Some),
    ];
    let range = (0..16_u16, 0..16_u16, 1..4_u16).prop_map(|(first, last, slack)| {
        (first * 4096 + slack, last.max(first) * 4096 + 4095 - slack + 1)
    });
    let entry = (select(&Protocol::ALL[..]), prop::option::weighted(0.5, range)).prop_map(
        |(protocol, range)| match range {
            Some((first, last)) => PortMatch::Range(protocol, first, last),
            None => PortMatch::All(protocol),
        },
    );
    let ports = prop_oneof![
        1 => Just(Ports::Any),
        1 => prop::collection::vec(entry, 1..6).prop_map(Ports::Some),
    ];
    (peers, ports).prop_map(|(peers, ports)| Rule { peers, ports })
}

/// One address of each eighth of the families, and one port of each sixteenth of the ports of every protocol.
pub(super) fn samples(families: Families) -> Vec<(IpAddr, Protocol, u16)> {
    let v4 = (0..8_u8).map(|eighth| format!("{}.1.2.3", eighth << 5)).filter(|_| families.v4);
    let v6 = (0..8_u8).map(|eighth| format!("{:x}01::7", eighth << 5)).filter(|_| families.v6);
    let mut samples = Vec::new();
    for address in v4.chain(v6) {
        let address = address.parse().unwrap();
        for protocol in Protocol::ALL {
            samples.extend((0..16_u16).map(|chunk| (address, protocol, chunk * 4096 + 2000)));
        }
    }
    samples
}

/// Specs with right and wrong names, types and values.
pub(super) fn documents() -> impl Strategy<Value = Value> {
    let leaf = select(vec![
        json!(null),
        json!(true),
        json!(80),
        json!(0),
        json!(65536),
        json!(80.5),
        json!(""),
        json!("web"),
        json!("80"),
        json!("TCP"),
        json!("Ingress"),
        json!("Egress"),
        json!("In"),
        json!("Exists"),
        json!("DoesNotExist"),
        json!("10.0.0.0/8"),
        json!("10.1.0.0/16"),
        json!("10.0.0.5/8"),
        json!("not legal"),
        json!({}),
        json!([]),
    ]);
    let names = vec![
        "podSelector",
        "namespaceSelector",
        "matchLabels",
        "matchExpressions",
        "key",
        "operator",
        "values",
        "policyTypes",
        "ingress",
        "egress",
        "from",
        "to",
        "ports",
        "port",
        "endPort",
        "protocol",
        "ipBlock",
        "cidr",
        "except",
        "a b",
    ];
    let anything = leaf.prop_recursive(5, 40, 4, move |inner| {
        let fields = prop::collection::vec((select(names.clone()), inner.clone()), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..3).prop_map(Value::Array),
            fields.prop_map(|fields| {
                Value::Object(
                    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
                )
            }),
        ]
    });
    // Random trees are hardly ever policies: so a legal one, with one place replaced.
    (anything, any::<Index>()).prop_map(|(value, index)| replaced(value, index))
}

fn replaced(value: Value, index: Index) -> Value {
    let selector = json!({"matchLabels": {"a": "x"}, "matchExpressions": [{"key": "b", "operator": "In", "values": ["y"]}]});
    let mut document = json!({
        "podSelector": selector,
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": [{"namespaceSelector": selector, "podSelector": selector}],
            "ports": [{"port": 80, "endPort": 90, "protocol": "UDP"}, {"port": "web"}]}],
        "egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}], "ports": [{"port": 53}]}],
    });
    let mut pointers = Vec::new();
    collect(&document, String::new(), &mut pointers);
    let pointer = index.get(&pointers);
    if let Some(place) = document.pointer_mut(pointer) {
        *place = value;
    }
    document
}

fn collect(value: &Value, pointer: String, pointers: &mut Vec<String>) {
    let fields = value.as_object().into_iter().flat_map(Map::iter);
    for (name, field) in fields {
        collect(field, format!("{pointer}/{name}"), pointers);
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        collect(item, format!("{pointer}/{index}"), pointers);
    }
    pointers.push(pointer);
}
