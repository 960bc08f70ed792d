//! Small random clusters over few names, labels, addresses and ports, so that they often meet.

use std::net::IpAddr;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::written::{Written, written};
use crate::netpol::calico::{Api, NetworkSet, Spec, Tier, WireSpec, WireTierSpec};
use crate::netpol::{ContainerPort, Labels, Protocol};

#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    /// Name and labels.
    pub(crate) namespaces: Vec<(&'static str, Labels)>,
    pub(crate) pods: Vec<Pod>,
    pub(crate) policies: Vec<Policy>,
    pub(crate) tiers: Vec<(&'static str, Option<f64>, &'static str)>,
    pub(crate) sets: Vec<Set>,
    /// The ports that Kubernetes' own policies allow, in the direction that is asked about.
    pub(crate) standard: Option<u16>,
}

#[derive(Clone, Debug)]
pub(crate) struct Pod {
    /// Its place in the namespaces.
    pub(crate) namespace: usize,
    pub(crate) labels: Labels,
    pub(crate) service_account: &'static str,
    pub(crate) address: IpAddr,
    pub(crate) ports: Vec<ContainerPort>,
    pub(crate) host_network: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Policy {
    pub(crate) namespace: Option<&'static str>,
    pub(crate) name: &'static str,
    pub(crate) tier: &'static str,
    pub(crate) order: Option<f64>,
    pub(crate) selector: Option<Written>,
    pub(crate) namespaces: Option<Written>,
    pub(crate) types: Vec<&'static str>,
    pub(crate) ingress: Vec<Rule>,
    pub(crate) egress: Vec<Rule>,
}

#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) action: &'static str,
    pub(crate) protocol: Option<&'static str>,
    pub(crate) not_protocol: Option<&'static str>,
    pub(crate) source: Entity,
    pub(crate) destination: Entity,
    pub(crate) ports: Vec<Value>,
    pub(crate) not_ports: Vec<Value>,
}

#[derive(Clone, Debug)]
pub(crate) struct Entity {
    pub(crate) nets: Vec<&'static str>,
    pub(crate) not_nets: Vec<&'static str>,
    pub(crate) selector: Option<Written>,
    pub(crate) not_selector: Option<Written>,
    pub(crate) namespaces: Option<Written>,
    pub(crate) service_accounts: Vec<&'static str>,
}

#[derive(Clone, Debug)]
pub(crate) struct Set {
    pub(crate) namespace: Option<usize>,
    pub(crate) labels: Labels,
    pub(crate) net: &'static str,
}

const NAMES: [&str; 4] = ["a", "a-b", "b", "c"];
const NETS: [&str; 6] =
    ["0.0.0.0/0", "10.0.0.0/8", "10.0.1.0/24", "10.0.1.7", "203.0.113.0/24", "fd00::/8"];

fn selector() -> impl Strategy<Value = Option<Written>> {
    let keys =
        &["a", "b", "projectcalico.org/namespace", "pcns.a", "projectcalico.org/serviceaccount"];
    prop::option::weighted(0.6, written(keys, &["x", "y", "app", "robot"], 2))
}

fn namespaces() -> impl Strategy<Value = Option<Written>> {
    prop::option::weighted(0.3, written(&["a", "projectcalico.org/name"], &["x", "y", "app"], 2))
}

fn labels() -> impl Strategy<Value = Labels> {
    let value = || prop::option::of(select(vec!["x", "y"]));
    (value(), value()).prop_map(|(a, b)| {
        [("a", a), ("b", b)].into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
    })
}

fn nets() -> impl Strategy<Value = Vec<&'static str>> {
    prop_oneof![3 => Just(vec![]), 1 => prop::collection::vec(select(&NETS[..]), 1..3)]
}

fn entity() -> impl Strategy<Value = Entity> {
    let accounts = prop_oneof![5 => Just(vec![]), 1 => Just(vec!["robot"])];
    let not_selector = prop_oneof![3 => Just(None), 1 => selector()];
    (nets(), nets(), selector(), not_selector, namespaces(), accounts).prop_map(
        |(nets, not_nets, selector, not_selector, namespaces, service_accounts)| Entity {
            nets,
            not_nets,
            selector,
            not_selector,
            namespaces,
            service_accounts,
        },
    )
}

fn rule() -> impl Strategy<Value = Rule> {
    let action = select(vec!["Allow", "Allow", "Deny", "Pass", "Log"]);
    let protocol = prop::option::of(select(vec!["TCP", "UDP", "ICMP"]));
    let not_protocol = prop::option::weighted(0.2, select(vec!["TCP", "SCTP"]));
    let entry = || select(vec![json!(80), json!("web"), json!("53:443"), json!("81")]);
    let ports = move || prop_oneof![2 => Just(vec![]), 1 => prop::collection::vec(entry(), 1..3)];
    let ends = (
        prop_oneof![1 => Just(None), 1 => entity().prop_map(Some)],
        prop_oneof![3 => Just(None), 1 => entity().prop_map(Some)],
        any::<bool>(),
    );
    (action, protocol, not_protocol, ends, ports(), ports()).prop_map(
        |(action, protocol, not_protocol, (one, other, swap), ports, not_ports)| {
            let nothing = Entity {
                nets: vec![],
                not_nets: vec![],
                selector: None,
                not_selector: None,
                namespaces: None,
                service_accounts: vec![],
            };
            let (one, other) = (one.unwrap_or_else(|| nothing.clone()), other.unwrap_or(nothing));
            let (source, destination) = if swap { (other, one) } else { (one, other) };
            // The API refuses ports without a protocol that has some.
            let has_ports = matches!(protocol, Some("TCP" | "UDP"));
            let of = |ports: Vec<Value>| if has_ports { ports } else { vec![] };
            Rule {
                action,
                protocol,
                not_protocol,
                source,
                destination,
                ports: of(ports),
                not_ports: of(not_ports),
            }
        },
    )
}

fn policy() -> impl Strategy<Value = Policy> {
    let namespace = prop::option::of(select(vec!["app", "data"]));
    let order = select(vec![None, Some(10.0), Some(999.5), Some(1001.0), Some(-1.0)]);
    let tier = select(vec!["default", "default", "first", "last"]);
    let types = select(vec![vec![], vec!["Ingress"], vec!["Egress"], vec!["Ingress", "Egress"]]);
    let rules = || prop::collection::vec(rule(), 0..3);
    let place = (namespace, select(&NAMES[..]), tier, order);
    (place, selector(), namespaces(), types, rules(), rules()).prop_map(
        |((namespace, name, tier, order), selector, namespaces, types, ingress, egress)| Policy {
            namespaces: if namespace.is_none() { namespaces } else { None },
            namespace,
            name,
            tier,
            order,
            selector,
            types,
            ingress,
            egress,
        },
    )
}

fn pod() -> impl Strategy<Value = Pod> {
    let port = select(vec![
        ("web", Protocol::Tcp, 80),
        ("web", Protocol::Udp, 81),
        ("other", Protocol::Tcp, 53),
    ]);
    let ports = prop::collection::vec(port, 0..3).prop_map(|ports| {
        let port = |(name, protocol, port)| ContainerPort {
            name: String::from(name),
            protocol,
            port,
            sidecar: false,
        };
        ports.into_iter().map(port).collect()
    });
    let address = select(vec!["10.0.1.7", "10.0.1.8", "10.0.2.1", "10.1.0.1"]);
    let account = select(vec!["robot", "default"]);
    (0..2_usize, labels(), account, address, ports, prop::bool::weighted(0.1)).prop_map(
        |(namespace, labels, service_account, address, ports, host_network)| Pod {
            namespace,
            labels,
            service_account,
            ports,
            host_network,
            address: address.parse().unwrap(),
        },
    )
}

pub(crate) fn clusters() -> impl Strategy<Value = Cluster> {
    let namespaces =
        (labels(), labels()).prop_map(|(app, data)| vec![("app", app), ("data", data)]);
    let action = || select(vec!["Deny", "Deny", "Pass"]);
    let tiers =
        (action(), action(), prop::option::of(Just(2.0))).prop_map(|(first, last, order)| {
            vec![
                ("first", Some(1.0), first),
                ("last", Some(3_000_000.0), last),
                ("default", order, "Deny"),
            ]
        });
    let set = (
        prop::option::of(0..2_usize),
        labels(),
        select(vec!["203.0.113.0/24", "192.0.2.0/25", "10.0.1.0/24"]),
    )
        .prop_map(|(namespace, labels, net)| Set { namespace, labels, net });
    let pods = prop::collection::vec(pod(), 2..4);
    let policies = prop::collection::vec(policy(), 1..5);
    let standard = prop::option::weighted(0.3, select(vec![80, 443]));
    (namespaces, pods, policies, tiers, prop::collection::vec(set, 0..3), standard).prop_map(
        |(namespaces, pods, policies, tiers, sets, standard)| Cluster {
            namespaces,
            pods,
            policies,
            tiers,
            sets,
            standard,
        },
    )
}

impl Cluster {
    pub(crate) fn read_tiers(&self) -> Vec<Tier> {
        let tier = |(name, order, action): &(&str, Option<f64>, &str)| {
            let spec = json!({"order": order, "defaultAction": action});
            serde_json::from_value::<WireTierSpec>(spec).unwrap().read(name)
        };
        self.tiers.iter().map(tier).collect()
    }

    pub(crate) fn read_sets(&self) -> Vec<NetworkSet> {
        let namespace = |index: usize| {
            let (name, labels) = &self.namespaces[index];
            ((*name).to_owned(), labels.clone())
        };
        let set = |set: &Set| NetworkSet {
            namespace: set.namespace.map(namespace),
            labels: set.labels.clone(),
            addresses: set.net.parse::<ipnet::IpNet>().unwrap().into(),
            names_ports: false,
        };
        self.sets.iter().map(set).collect()
    }

    /// Whether no two policies of one tier have the same order.
    pub(crate) fn is_ordered(&self) -> bool {
        let mut places: Vec<_> = self
            .policies
            .iter()
            .map(|policy| (policy.tier, format!("{:?}", policy.order)))
            .collect();
        places.sort();
        places.windows(2).all(|pair| pair[0] != pair[1])
    }
}

impl Policy {
    pub(crate) fn read(&self) -> Spec {
        let spec = serde_json::from_value::<WireSpec>(self.spec()).unwrap();
        let spec = spec.read(self.namespace.is_none(), Api::Served);
        assert_eq!(spec.unreadable, []);
        spec
    }

    pub(crate) fn document(&self) -> Value {
        let kind = self.namespace.map_or("GlobalNetworkPolicy", |_| "NetworkPolicy");
        let name = format!("{}.{}", self.tier, self.name);
        json!({"apiVersion": "projectcalico.org/v3", "kind": kind,
            "metadata": {"name": name, "namespace": self.namespace}, "spec": self.spec()})
    }

    fn spec(&self) -> Value {
        let text = |written: &Option<Written>| written.as_ref().map(Written::text);
        // Empty lists mean one thing or another by who reads them.
        let rules = |rules: &[Rule]| {
            let documents = rules.iter().map(Rule::document).collect::<Vec<_>>();
            (!documents.is_empty()).then_some(documents)
        };
        let types = (!self.types.is_empty()).then_some(&self.types);
        json!({
            "tier": self.tier, "order": self.order, "selector": text(&self.selector), "types": types,
            "namespaceSelector": text(&self.namespaces),
            "ingress": rules(&self.ingress), "egress": rules(&self.egress),
        })
    }
}

impl Rule {
    fn document(&self) -> Value {
        let mut document = json!({
            "action": self.action, "protocol": self.protocol, "notProtocol": self.not_protocol,
            "source": self.source.document(), "destination": self.destination.document(),
        });
        document["destination"]["ports"] = json!(self.ports);
        document["destination"]["notPorts"] = json!(self.not_ports);
        document
    }
}

impl Entity {
    fn document(&self) -> Value {
        let text = |written: &Option<Written>| written.as_ref().map(Written::text);
        json!({
            "nets": self.nets, "notNets": self.not_nets,
            "selector": text(&self.selector), "notSelector": text(&self.not_selector),
            "namespaceSelector": text(&self.namespaces), "serviceAccounts": {"names": self.service_accounts},
        })
    }
}
