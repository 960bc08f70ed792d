//! The sentences of SEMANTICS 7.3, one by one.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::{Api, Governing, NetworkSet, Policy, Spec, Tier, WireSpec, WireTierSpec};
use crate::netpol::{
    Action, AddressSet, Decided, Direction, End, Labels, Network, PodEnd, PortSet, PortSets,
    Protocol, Rest, Stage, Step, decide,
};

/// Policies and tiers as they are written; no sets with labels.
#[derive(Default)]
struct Cluster {
    policies: Vec<(Option<&'static str>, &'static str, Spec)>,
    tiers: Vec<Tier>,
    sets: Vec<NetworkSet>,
    standard: Option<Stage>,
}

impl Cluster {
    fn global(mut self, name: &'static str, spec: &Value) -> Self {
        let spec = serde_json::from_value::<WireSpec>(spec.clone()).unwrap();
        self.policies.push((None, name, spec.read(true, Api::Served)));
        self
    }

    fn namespaced(mut self, namespace: &'static str, name: &'static str, spec: &Value) -> Self {
        let spec = serde_json::from_value::<WireSpec>(spec.clone()).unwrap();
        self.policies.push((Some(namespace), name, spec.read(false, Api::Served)));
        self
    }

    fn tier(mut self, name: &str, spec: &Value) -> Self {
        let spec = serde_json::from_value::<WireTierSpec>(spec.clone()).unwrap();
        self.tiers.push(spec.read(name));
        self
    }

    /// `NetworkPolicies` that isolate the pod and allow this port.
    fn standard(mut self, port: u16) -> Self {
        let ports = PortSets::of(|_| [(port, port)].into_iter().collect());
        let steps = vec![Step::certain(Action::Accept, ports)];
        self.standard = Some(Stage { steps, rest: Rest::Denied });
        self
    }

    /// What is decided about the ingress of a pod of `shop` from another one.
    fn ingress(&self, from: &Pod) -> Decided {
        let shop = pod("shop", &[("app", "web")]);
        self.decide(&shop, &End::Pod(from.end()), Direction::Ingress)
    }

    /// What is decided about the egress of a pod of `shop` to an address.
    fn egress(&self, to: &str) -> Decided {
        let addresses = AddressSet::from(ipnet::IpNet::from(to.parse::<IpAddr>().unwrap()));
        self.decide(&pod("shop", &[("app", "web")]), &End::Addresses(&addresses), Direction::Egress)
    }

    fn decide(&self, subject: &Pod, peer: &End<'_>, direction: Direction) -> Decided {
        let policies = self.policies.iter();
        let policies =
            policies.map(|(namespace, name, spec)| Policy { namespace: *namespace, name, spec });
        let end = subject.end();
        let sets = Some(self.sets.clone().into());
        let governing = Governing::of(policies, &self.tiers, sets, &end, direction);
        match governing {
            Some(governing) => {
                decide(&governing.stages(&Network::default(), &end, peer, self.standard.clone()))
            }
            None => decide(self.standard.as_slice()),
        }
    }
}

struct Pod {
    namespace: &'static str,
    namespace_labels: Labels,
    labels: Labels,
    address: IpAddr,
}

impl Pod {
    fn end(&self) -> PodEnd<'_> {
        PodEnd {
            namespace: self.namespace,
            namespace_labels: &self.namespace_labels,
            labels: &self.labels,
            service_account: "robot",
            ports: &[],
            addresses: std::slice::from_ref(&self.address),
            host_network: false,
        }
    }
}

fn pod(namespace: &'static str, labels: &[(&str, &str)]) -> Pod {
    Pod {
        namespace,
        namespace_labels: Labels::from_iter([("name", namespace)]),
        labels: labels.iter().copied().collect(),
        address: "10.0.0.7".parse().unwrap(),
    }
}

fn client() -> Pod {
    pod("shop", &[("app", "client")])
}

fn everything() -> Decided {
    Decided::everything()
}

fn nothing() -> Decided {
    Decided::default()
}

fn unknown() -> Decided {
    Decided { allowed: PortSets::default(), unknown: PortSets::everything() }
}

fn tcp(first: u16, last: u16) -> PortSets {
    let ports: PortSet = [(first, last)].into_iter().collect();
    PortSets::of(
        |protocol| if protocol == Protocol::Tcp { ports.clone() } else { PortSet::default() },
    )
}

fn only(allowed: PortSets) -> Decided {
    Decided { allowed, unknown: PortSets::default() }
}

fn allow() -> Value {
    json!([{"action": "Allow"}])
}

#[test]
fn a_policy_without_rules_denies_the_ingress_of_the_pods_that_it_selects() {
    let cluster = Cluster::default().global("deny", &json!({"selector": "all()"}));
    assert_eq!(cluster.ingress(&client()), nothing());
    assert_eq!(cluster.egress("192.0.2.1"), everything());
    let elsewhere = Cluster::default().global("deny", &json!({"selector": "app == 'api'"}));
    assert_eq!(elsewhere.ingress(&client()), everything());
}

#[test]
fn egress_rules_alone_govern_egress_alone() {
    let rules = json!([{"action": "Allow", "protocol": "TCP", "destination": {"ports": [443]}}]);
    let cluster = Cluster::default().global("egress", &json!({"egress": rules}));
    assert_eq!(cluster.ingress(&client()), everything());
    assert_eq!(cluster.egress("192.0.2.1"), only(tcp(443, 443)));
}

#[test]
fn the_first_rule_that_matches_decides() {
    let rules = json!([
        {"action": "Log"},
        {"action": "Deny", "protocol": "TCP", "destination": {"ports": ["1:100"]}},
        {"action": "Allow", "protocol": "TCP", "destination": {"ports": ["1:200"]}},
    ]);
    let cluster = Cluster::default().global("a", &json!({"ingress": rules}));
    assert_eq!(cluster.ingress(&client()), only(tcp(101, 200)));
}

#[test]
fn the_lower_order_is_first_and_none_is_last() {
    let deny = json!([{"action": "Deny"}]);
    let both = |denies: Value, allows: Value| {
        let cluster = Cluster::default().global("deny", &json!({"order": denies, "ingress": deny}));
        cluster.global("allow", &json!({"order": allows, "ingress": allow()})).ingress(&client())
    };
    assert_eq!(both(json!(1), json!(2)), nothing());
    assert_eq!(both(json!(2), json!(1.5)), everything());
    assert_eq!(both(json!(null), json!(1e9)), everything());
    assert_eq!(both(json!(1e9), json!(null)), nothing());
    // By name: allow comes before deny.
    assert_eq!(both(json!(1), json!(1)), everything());
}

#[test]
fn where_versions_differ_about_the_order_what_policies_disagree_on_is_unknown() {
    let deny = json!([{"action": "Deny", "protocol": "TCP", "destination": {"ports": ["1:100"]}}]);
    let cluster = Cluster::default()
        .global("a", &json!({"ingress": allow()}))
        .global("a-b", &json!({"ingress": deny}));
    let rest = PortSets::everything().difference(&tcp(1, 100));
    assert_eq!(cluster.ingress(&client()), Decided { allowed: rest, unknown: tcp(1, 100) });
}

#[test]
fn tiers_are_tried_in_their_order_and_deny_unless_they_pass() {
    let tier = |action: &str| {
        Cluster::default().tier("first", &json!({"order": 1, "defaultAction": action}))
    };
    let web = json!([{"action": "Allow", "protocol": "TCP", "destination": {"ports": [80]}}]);
    let in_first = json!({"tier": "first", "ingress": web});
    assert_eq!(tier("Deny").global("first.a", &in_first).ingress(&client()), only(tcp(80, 80)));
    assert_eq!(tier("Pass").global("first.a", &in_first).ingress(&client()), everything());
    let both = tier("Pass").global("first.a", &in_first).global("b", &json!({}));
    assert_eq!(both.ingress(&client()), only(tcp(80, 80)));
    let not_selected = json!({"tier": "first", "selector": "!all()", "ingress": web});
    assert_eq!(tier("Deny").global("first.a", &not_selected).ingress(&client()), everything());
}

#[test]
fn pass_leaves_the_tier_and_what_no_tier_decides_is_allowed() {
    let rules = json!([
        {"action": "Pass", "protocol": "TCP"},
        {"action": "Allow", "protocol": "TCP", "destination": {"ports": [80]}},
    ]);
    let cluster = || {
        Cluster::default()
            .tier("first", &json!({"order": 1}))
            .global("first.a", &json!({"tier": "first", "ingress": rules}))
    };
    assert_eq!(cluster().ingress(&client()), only(tcp(1, 65535)));
    assert_eq!(cluster().global("deny", &json!({})).ingress(&client()), nothing());
}

#[test]
fn policies_of_kubernetes_stand_at_order_1000_of_the_default_tier() {
    let policy = |order: f64, action: &str| {
        let rules =
            json!([{"action": action, "protocol": "TCP", "destination": {"ports": ["1:100"]}}]);
        Cluster::default().standard(80).global("a", &json!({"order": order, "ingress": rules}))
    };
    let eighty = PortSets::of(|_| [(80, 80)].into_iter().collect());
    assert_eq!(policy(999.0, "Deny").ingress(&client()), only(eighty.difference(&tcp(80, 80))));
    assert_eq!(policy(1001.0, "Deny").ingress(&client()), only(eighty.clone()));
    assert_eq!(policy(1001.0, "Allow").ingress(&client()), only(eighty.union(&tcp(1, 100))));
    assert_eq!(
        policy(1000.0, "Deny").ingress(&client()),
        Decided { allowed: eighty.difference(&tcp(80, 80)), unknown: tcp(80, 80) }
    );
    let elsewhere = Cluster::default()
        .standard(80)
        .tier("first", &json!({"order": 1, "defaultAction": "Pass"}))
        .global("first.a", &json!({"tier": "first"}));
    assert_eq!(elsewhere.ingress(&client()), only(eighty));
}

#[test]
fn a_policy_of_a_tier_that_is_not_known_leaves_open_what_it_may_decide() {
    let allow = json!([{"action": "Allow", "protocol": "TCP"}]);
    let lost = json!({"tier": "lost", "ingress": allow});
    let open = Cluster::default().global("lost.a", &lost);
    assert_eq!(open.ingress(&client()), unknown());
    let closed = Cluster::default().global("lost.a", &lost).global("deny", &json!({}));
    assert_eq!(
        closed.ingress(&client()),
        Decided { allowed: PortSets::default(), unknown: tcp(1, 65535) }
    );
    let elsewhere = json!({"tier": "lost", "selector": "!all()"});
    assert_eq!(Cluster::default().global("lost.a", &elsewhere).ingress(&client()), everything());
}

#[test]
fn policies_of_hosts_alone_do_not_govern_pods_and_forwarding_does_not_matter() {
    for field in ["doNotTrack", "preDNAT"] {
        let spec = json!({field: true, "applyOnForward": true});
        assert_eq!(
            Cluster::default().global("a", &spec).ingress(&client()),
            everything(),
            "{field}"
        );
    }
    let forwarded = Cluster::default().global("a", &json!({"applyOnForward": true}));
    assert_eq!(forwarded.ingress(&client()), nothing());
}

#[test]
fn a_namespaced_policy_means_endpoints_of_its_namespace_unless_it_names_others() {
    let other = pod("other", &[("app", "client")]);
    let from = |source: Value| {
        let rules = json!([{"action": "Allow", "source": source}]);
        let cluster = Cluster::default().namespaced("shop", "a", &json!({"ingress": rules}));
        (cluster.ingress(&client()), cluster.ingress(&other))
    };
    let web = json!({"selector": "app == 'client'"});
    assert_eq!(from(web.clone()), (everything(), nothing()));
    assert_eq!(from(json!({"notSelector": "app == 'api'"})), (everything(), nothing()));
    assert_eq!(from(json!({"serviceAccounts": {"names": ["robot"]}})), (everything(), nothing()));
    assert_eq!(from(json!({"nets": ["10.0.0.0/8"]})), (everything(), everything()));
    assert_eq!(from(json!({"namespaceSelector": "all()"})), (everything(), everything()));
    assert_eq!(from(json!({"namespaceSelector": "global()"})), (nothing(), nothing()));
    let named = json!({"namespaceSelector": "projectcalico.org/name == 'other'"});
    assert_eq!(from(named), (nothing(), everything()));
    let rules = json!([{"action": "Allow", "source": web}]);
    let global = Cluster::default().global("a", &json!({"ingress": rules}));
    assert_eq!(global.ingress(&other), everything());
}

#[test]
fn the_destination_of_an_ingress_rule_narrows_the_pods_that_it_is_about() {
    let to = |destination: Value| {
        let rules = json!([{"action": "Allow", "destination": destination}]);
        Cluster::default().global("a", &json!({"ingress": rules})).ingress(&client())
    };
    assert_eq!(to(json!({"selector": "app == 'web'"})), everything());
    assert_eq!(to(json!({"selector": "app == 'api'"})), nothing());
    assert_eq!(to(json!({"nets": ["10.0.0.7/32"]})), everything());
    assert_eq!(to(json!({"notNets": ["10.0.0.0/8"]})), nothing());
}

#[test]
fn selectors_match_the_addresses_of_sets() {
    let set = |labels: &[(&str, &str)]| NetworkSet {
        namespace: None,
        labels: labels.iter().copied().collect(),
        addresses: "192.0.2.0/24".parse::<ipnet::IpNet>().unwrap().into(),
        names_ports: false,
    };
    let rules = json!([{"action": "Allow", "destination": {"selector": "role == 'db'"}}]);
    let mut cluster = Cluster::default().global("a", &json!({"egress": rules}));
    assert_eq!(cluster.egress("192.0.2.1"), nothing());
    cluster.sets = vec![set(&[("role", "db")])];
    assert_eq!(cluster.egress("192.0.2.1"), everything());
    assert_eq!(cluster.egress("198.51.100.1"), nothing());
    cluster.sets = vec![set(&[("role", "web")])];
    assert_eq!(cluster.egress("192.0.2.1"), nothing());
}

#[test]
fn while_the_sets_are_not_known_addresses_may_match_and_pods_are_matched_by_their_labels() {
    let rules = json!([{"action": "Allow", "source": {"selector": "app == 'client'"}}]);
    let spec = serde_json::from_value::<WireSpec>(json!({"ingress": rules})).unwrap();
    let spec = spec.read(true, Api::Served);
    let policy = Policy { namespace: None, name: "a", spec: &spec };
    let web = pod("shop", &[("app", "web")]);
    let end = web.end();
    let governing = Governing::of([policy], &[], None, &end, Direction::Ingress).unwrap();
    let from = |peer: &End<'_>| decide(&governing.stages(&Network::default(), &end, peer, None));
    let outside = AddressSet::from("192.0.2.0/24".parse::<ipnet::IpNet>().unwrap());
    assert_eq!(from(&End::Addresses(&outside)), unknown());
    assert_eq!(from(&End::Pod(client().end())), everything());
    assert_eq!(from(&End::Pod(end)), nothing());
}

#[test]
fn what_cannot_be_read_is_neither_protection_nor_permission() {
    let strange = Cluster::default().global("a", &json!({"selector": "("}));
    assert_eq!(strange.ingress(&client()), unknown());
    let action = json!([{"action": "Accept", "protocol": "TCP"}]);
    let strange = Cluster::default().global("a", &json!({"ingress": action}));
    let decided = Decided { allowed: PortSets::default(), unknown: tcp(1, 65535) };
    assert_eq!(strange.ingress(&client()), decided);
    let http = json!([{"action": "Allow", "protocol": "TCP", "http": {"methods": ["GET"]}}]);
    assert_eq!(
        Cluster::default().global("a", &json!({"ingress": http})).ingress(&client()),
        decided
    );
}

#[test]
fn rules_of_one_ip_version_leave_the_other_out() {
    let rules = json!([{"action": "Allow", "ipVersion": 6}]);
    let cluster = Cluster::default().global("a", &json!({"egress": rules}));
    assert_eq!(cluster.egress("192.0.2.1"), nothing());
    assert_eq!(cluster.egress("2001:db8::1"), nothing(), "the pod has no IPv6 address");
    let rules = json!([{"action": "Allow", "ipVersion": 4}]);
    let cluster = Cluster::default().global("a", &json!({"egress": rules}));
    assert_eq!(cluster.egress("192.0.2.1"), everything());
}
