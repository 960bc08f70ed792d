use serde_json::{Value, json};

use super::{Form, Tier, TierGoverning, TieredSpec, closed, validate_tiered};
use crate::netpol::{
    AddressSet, Decided, Direction, End, Families, Labels, Network, PodEnd, PortSet, PortSets,
    Protocol, decide,
};

use Direction::{Egress, Ingress};

fn spec(form: Form, spec: &Value) -> TieredSpec {
    TieredSpec::read(form, spec).unwrap()
}

/// A `ClusterNetworkPolicy` about all pods.
fn cluster(tier: &str, priority: i64, rules: &Value) -> TieredSpec {
    let mut value = json!({"tier": tier, "priority": priority, "subject": {"namespaces": {}}});
    for (direction, rules) in rules.as_object().unwrap() {
        value[direction] = rules.clone();
    }
    spec(Form::Cluster, &value)
}

fn pod<'a>(namespace: &'a str, labels: &'a Labels, of_namespace: &'a Labels) -> PodEnd<'a> {
    PodEnd {
        namespace,
        namespace_labels: of_namespace,
        labels,
        service_account: "default",
        ports: &[],
        addresses: &[],
        host_network: false,
    }
}

/// What `policies` decide about a pod without labels and another one.
fn decided(policies: &[TieredSpec], direction: Direction, network: &Network) -> Decided {
    let nothing = Labels::default();
    let subject = pod("shop", &nothing, &nothing);
    let peer = End::Pod(pod("data", &nothing, &nothing));
    about(policies, direction, network, &subject, &peer)
}

fn about(
    policies: &[TieredSpec],
    direction: Direction,
    network: &Network,
    subject: &PodEnd<'_>,
    peer: &End<'_>,
) -> Decided {
    let stages = [Tier::Admin, Tier::Baseline].into_iter().filter_map(|tier| {
        let governing = TierGoverning::of(policies, tier, subject, direction)?;
        Some(governing.stage(network, subject, peer))
    });
    decide(&stages.collect::<Vec<_>>())
}

fn tcp(first: u16, last: u16) -> PortSets {
    PortSets::of(|protocol| match protocol {
        Protocol::Tcp => [(first, last)].into_iter().collect(),
        _ => PortSet::default(),
    })
}

fn allowed(ports: PortSets) -> Decided {
    Decided { allowed: ports, unknown: PortSets::default() }
}

const PODS: &str = "namespaces";

fn rule(action: &str, direction: Direction, protocols: &Value) -> Value {
    let peers = if direction == Ingress { "from" } else { "to" };
    let mut rule = json!({"action": action, peers: [{PODS: {}}]});
    if !protocols.is_null() {
        rule["protocols"] = protocols.clone();
    }
    rule
}

#[test]
fn lower_priority_decides_first_and_a_pass_leaves_the_tier() {
    let port = json!([{"tcp": {"destinationPort": {"number": 80}}}]);
    let deny = cluster("Admin", 20, &json!({"ingress": [rule("Deny", Ingress, &Value::Null)]}));
    let accept = cluster("Admin", 10, &json!({"ingress": [rule("Accept", Ingress, &port)]}));
    let pass = cluster("Admin", 10, &json!({"ingress": [rule("Pass", Ingress, &port)]}));
    let network = Network::default();
    let both = decided(&[deny.clone(), accept], Ingress, &network);
    assert_eq!(both, allowed(tcp(80, 80)));
    assert_eq!(decided(&[deny.clone(), pass.clone()], Ingress, &network), allowed(tcp(80, 80)));
    let baseline =
        cluster("Baseline", 0, &json!({"ingress": [rule("Deny", Ingress, &Value::Null)]}));
    assert_eq!(decided(&[deny, pass, baseline], Ingress, &network), Decided::default());
}

#[test]
fn a_direction_without_rules_is_left_alone() {
    let deny = cluster("Admin", 1, &json!({"ingress": [rule("Deny", Ingress, &Value::Null)]}));
    assert_eq!(decided(&[deny], Egress, &Network::default()), Decided::everything());
}

#[test]
fn of_equal_priorities_nobody_knows_which_decides() {
    let port = json!([{"tcp": {"destinationPort": {"range": {"start": 80, "end": 90}}}}]);
    let deny = cluster("Admin", 5, &json!({"ingress": [rule("Deny", Ingress, &Value::Null)]}));
    let accept = cluster("Admin", 5, &json!({"ingress": [rule("Accept", Ingress, &port)]}));
    let found = decided(&[deny.clone(), accept.clone()], Ingress, &Network::default());
    assert_eq!(found, Decided { allowed: PortSets::default(), unknown: tcp(80, 90) });
    assert_eq!(decided(&[accept, deny], Ingress, &Network::default()), found);
}

#[test]
fn networks_hold_pods_too_and_names_no_addresses() {
    let rules = json!({"egress": [{"action": "Deny", "to": [{"networks": ["0.0.0.0/0"]}]}]});
    let deny = [cluster("Admin", 1, &rules)];
    assert_eq!(decided(&deny, Egress, &Network::default()), Decided::default());
    let ignored = Network { blocks_match_pods: Some(false), ..Network::default() };
    assert_eq!(decided(&deny, Egress, &ignored), Decided::everything());

    let rules = json!({"egress": [{"action": "Deny", "to": [{"networks": ["10.0.0.0/8"]}],
        "protocols": [{"destinationNamedPort": "web"}]}]});
    let named = [cluster("Admin", 1, &rules)];
    assert_eq!(decided(&named, Egress, &Network::default()), Decided::everything());
}

#[test]
fn nodes_and_domain_names_are_not_known() {
    let nothing = Labels::default();
    let subject = pod("shop", &nothing, &nothing);
    let outside = AddressSet::from("192.0.2.0/24".parse::<ipnet::IpNet>().unwrap());
    let peer = End::Addresses(&outside);
    for peers in [json!([{"nodes": {}}]), json!([{"domainNames": ["example.org"]}])] {
        let rules = json!({"egress": [{"action": "Accept", "to": peers},
            {"action": "Deny", "to": [{"networks": ["0.0.0.0/0"]}]}]});
        let policies = [cluster("Admin", 1, &rules)];
        let network = Network::default();
        let found = about(&policies, Egress, &network, &subject, &peer);
        assert_eq!(
            found,
            Decided { allowed: PortSets::default(), unknown: PortSets::everything() }
        );
        assert_eq!(decided(&policies, Egress, &network), Decided::default(), "a pod is neither");
    }
}

#[test]
fn an_unknown_peer_fails_closed() {
    let of = |action: &str, peer: &Value| {
        let rules = json!({"ingress": [{"action": action, "from": [peer]},
            rule("Deny", Ingress, &json!([{"tcp": {}}]))]});
        decided(&[cluster("Admin", 1, &rules)], Ingress, &Network::default())
    };
    let all_but_tcp = allowed(PortSets::everything().difference(&tcp(1, 65535)));
    for peer in [json!({}), json!({"workloads": {}}), json!({"namespaces": {}, "pods": {}})] {
        assert_eq!(of("Accept", &peer), all_but_tcp, "{peer}");
        assert_eq!(of("Deny", &peer), Decided::default(), "{peer}");
        assert_eq!(of("Pass", &peer), Decided::default(), "{peer}");
    }
}

#[test]
fn a_word_that_nobody_knows_is_unknown_and_a_tier_is_an_error() {
    let rules = json!({"ingress": [rule("Allow", Ingress, &Value::Null)]});
    let found = decided(&[cluster("Admin", 1, &rules)], Ingress, &Network::default());
    assert_eq!(found.allowed, PortSets::default());
    assert_eq!(found.unknown, PortSets::everything());
    let error = TieredSpec::read(Form::Cluster, json!({"tier": "Middle"})).unwrap_err();
    assert!(error.to_string().contains("`Middle` is no tier"), "{error}");
}

#[test]
fn both_versions_say_the_same_in_their_own_words() {
    let old = spec(
        Form::Admin,
        &json!({"priority": 7, "subject": {"pods": {"namespaceSelector": {}, "podSelector": {}}},
            "ingress": [{"action": "Allow", "from": [{"namespaces": {}}],
                "ports": [{"portNumber": {"protocol": "TCP", "port": 80}}, {"portRange": {"start": 1, "end": 9}},
                    {"namedPort": "web"}]}]}),
    );
    let new = spec(
        Form::Cluster,
        &json!({"tier": "Admin", "priority": 7, "subject": {"namespaces": {}},
            "ingress": [{"action": "Accept", "from": [{"namespaces": {}}],
                "protocols": [{"tcp": {"destinationPort": {"number": 80}}},
                    {"tcp": {"destinationPort": {"range": {"start": 1, "end": 9}}}}, {"destinationNamedPort": "web"}]}]}),
    );
    assert_eq!(old, new);
    let baseline = spec(Form::Baseline, &json!({"priority": 7, "subject": {"namespaces": {}}}));
    assert_eq!((baseline.tier, baseline.priority), (Tier::Baseline, 0));
}

/// F38: the words of one version in the other.
#[test]
fn words_of_another_version_are_refused_with_the_right_ones() {
    let subject = json!({"namespaces": {}});
    let refused = |form, kind: &str, spec: &Value| {
        let object = json!({"kind": kind, "metadata": {"name": "default"}, "spec": spec});
        let found = validate_tiered(form, &object).into_iter();
        found.map(|invalid| format!("{}: {}", invalid.path, invalid.reason)).collect::<Vec<_>>()
    };
    let rule = |action: &str, ports: &str| json!([{"action": action, "from": [{"namespaces": {}}], ports: []}]);
    let new = json!({"tier": "Admin", "priority": 1, "subject": subject, "ingress": rule("Allow", "ports")});
    assert_eq!(
        refused(Form::Cluster, "ClusterNetworkPolicy", &new),
        [
            "/spec/ingress/0/ports: policy.networking.k8s.io/v1alpha2 has no `ports`, and would drop it: write `protocols`",
            "/spec/ingress/0/action: `Allow` is called `Accept` in policy.networking.k8s.io/v1alpha2",
        ]
    );
    let old = json!({"tier": "Admin", "priority": 1, "subject": subject, "ingress": rule("Accept", "protocols")});
    assert_eq!(
        refused(Form::Admin, "AdminNetworkPolicy", &old),
        [
            "/spec/tier: `tier` is a field of policy.networking.k8s.io/v1alpha2: a ClusterNetworkPolicy",
            "/spec/ingress/0/protocols: policy.networking.k8s.io/v1alpha1 has no `protocols`, and would drop it: write `ports`",
            "/spec/ingress/0/action: `Accept` is called `Allow` in policy.networking.k8s.io/v1alpha1",
        ]
    );
    let pass = json!({"subject": subject, "ingress": rule("Pass", "ports")});
    assert_eq!(
        refused(Form::Baseline, "BaselineAdminNetworkPolicy", &pass),
        ["/spec/ingress/0/action: `Pass` is no action; write one of Allow, Deny"]
    );
    let bad = json!({"tier": "Admin", "priority": 2000, "egress": [{"action": "Deny", "to": [{}]}], "ingress": [{"action": "Deny"}]});
    let paths: Vec<String> = refused(Form::Cluster, "ClusterNetworkPolicy", &bad)
        .into_iter()
        .filter_map(|line| line.split(':').next().map(str::to_owned))
        .collect();
    assert_eq!(
        paths,
        ["/spec/priority", "/spec/subject", "/spec/ingress/0/from", "/spec/egress/0/to/0"]
    );
    let good = json!({"tier": "Admin", "priority": 1, "subject": subject,
        "ingress": rule("Accept", "protocols"), "egress": []});
    assert_eq!(refused(Form::Cluster, "ClusterNetworkPolicy", &good), Vec::<String>::new());
}

fn closes(policies: &[TieredSpec], direction: Direction, families: Families) -> bool {
    let all: Vec<&TieredSpec> = policies.iter().collect();
    closed(&policies[0], &all, &Labels::default(), direction, families).is_some()
}

#[test]
fn a_tier_closes_what_it_denies_to_everyone() {
    let v4 = Families::default();
    let deny = |direction| rule("Deny", direction, &Value::Null);
    let networks = |list: &Value| json!({"action": "Deny", "to": [{"networks": list}]});
    let accept_web = json!({"action": "Accept", "from": [{"namespaces": {}}],
        "protocols": [{"tcp": {"destinationPort": {"number": 80}}}]});
    let some = json!({"action": "Accept", "from": [{"namespaces": {"matchLabels": {"a": "b"}}}]});
    for (rules, direction, families, closes_it) in [
        (json!({"ingress": [deny(Ingress)]}), Ingress, v4, true),
        (json!({"ingress": [deny(Ingress)]}), Egress, v4, false),
        (json!({"ingress": [accept_web, some, deny(Ingress)]}), Ingress, v4, true),
        (
            json!({"ingress": [rule("Accept", Ingress, &Value::Null), deny(Ingress)]}),
            Ingress,
            v4,
            false,
        ),
        (
            json!({"ingress": [rule("Pass", Ingress, &Value::Null), deny(Ingress)]}),
            Ingress,
            v4,
            false,
        ),
        (
            json!({"ingress": [deny(Ingress), rule("Accept", Ingress, &Value::Null)]}),
            Ingress,
            v4,
            true,
        ),
        (json!({"ingress": [rule("Deny", Ingress, &json!([{"tcp": {}}]))]}), Ingress, v4, false),
        (
            json!({"ingress": [rule("Deny", Ingress, &json!([{"tcp": {}}, {"udp": {}}])),
            rule("Deny", Ingress, &json!([{"sctp": {}}]))]}),
            Ingress,
            v4,
            true,
        ),
        (json!({"ingress": [{"action": "Deny", "from": [{}]}]}), Ingress, v4, false),
        (
            json!({"ingress": [rule("Alow", Ingress, &Value::Null), deny(Ingress)]}),
            Ingress,
            v4,
            false,
        ),
        (json!({"egress": [deny(Egress)]}), Egress, v4, false),
        (json!({"egress": [networks(&json!(["0.0.0.0/0"]))]}), Egress, v4, true),
        (json!({"egress": [networks(&json!(["0.0.0.0/1", "128.0.0.0/1"]))]}), Egress, v4, true),
        (json!({"egress": [networks(&json!(["0.0.0.0/0"]))]}), Egress, Families::DUAL, false),
        (
            json!({"egress": [networks(&json!(["0.0.0.0/0", "::/0"]))]}),
            Egress,
            Families::DUAL,
            true,
        ),
    ] {
        let policies = [cluster("Baseline", 5, &rules)];
        assert_eq!(closes(&policies, direction, families), closes_it, "{direction} {rules}");
    }
}

#[test]
fn what_may_come_first_may_open_it() {
    let deny = json!({"ingress": [rule("Deny", Ingress, &Value::Null)]});
    let open = |action: &str| json!({"ingress": [rule(action, Ingress, &Value::Null)]});
    for (tier, other, priority, action, stays) in [
        ("Admin", "Admin", 9, "Accept", true),
        ("Admin", "Admin", 5, "Accept", false),
        ("Admin", "Admin", 1, "Pass", false),
        ("Admin", "Baseline", 1, "Accept", true),
        ("Baseline", "Admin", 9, "Accept", false),
        ("Baseline", "Admin", 1, "Pass", true),
        ("Baseline", "Baseline", 1, "Deny", true),
    ] {
        let policies = [cluster(tier, 5, &deny), cluster(other, priority, &open(action))];
        let case = format!("{tier} beside {other} {priority} {action}");
        assert_eq!(closes(&policies, Ingress, Families::default()), stays, "{case}");
    }
    let elsewhere = spec(
        Form::Cluster,
        &json!({"tier": "Admin", "priority": 1, "subject": {"namespaces": {"matchLabels": {"a": "b"}}},
            "ingress": open("Accept")["ingress"]}),
    );
    let policies = [cluster("Admin", 5, &deny), elsewhere];
    assert!(closes(&policies, Ingress, Families::default()), "it is about other namespaces");
}
