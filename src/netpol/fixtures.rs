//! Policies as people write them, and what they mean: the regression set.

use std::net::IpAddr;

use serde_json::Value;

use super::{
    AllowSet, Answer, Coverage, Destination, Direction, Families, Labels, Level, PolicySpec,
    Protocol, Selector, coverage, validate,
};
use Direction::{Egress, Ingress};

/// The specs in `yaml`, one per document.
fn specs(yaml: &str) -> Vec<PolicySpec> {
    serde_saphyr::from_multiple(yaml).unwrap()
}

fn labels(text: &str) -> Labels {
    text.split(',').filter_map(|label| label.split_once('=')).collect()
}

fn cover_in(yaml: &str, direction: Direction, families: Families) -> Coverage {
    let specs = specs(yaml);
    let policies: Vec<&PolicySpec> = specs.iter().collect();
    coverage(&policies, direction, families)
}

fn level(yaml: &str, direction: Direction) -> Level {
    let coverage = cover_in(yaml, direction, Families::default());
    assert!(!coverage.undecided);
    assert_eq!(coverage.witness.is_some(), coverage.level == Level::None);
    coverage.level
}

fn witness(yaml: &str, direction: Direction) -> Option<Labels> {
    cover_in(yaml, direction, Families::default()).witness
}

/// A connection of the pods labelled `pod` in the namespace `app`.
fn admits(
    yaml: &str,
    (pod, direction): (&str, Direction),
    peer: &Destination<'_>,
    (port, protocol): (u16, Protocol),
) -> Answer {
    let specs = specs(yaml);
    let policies: Vec<&PolicySpec> = specs.iter().collect();
    AllowSet::of(&policies, "app", &labels(pod), direction).admits(peer, protocol, port)
}

/// A pod with `labels` in the namespace `name`, which has its own name as a label.
fn from_pod(
    yaml: &str,
    towards: (&str, Direction),
    (name, pod): (&str, &str),
    port: (u16, Protocol),
) -> Answer {
    let namespace = Labels::from_iter([("kubernetes.io/metadata.name", name)]);
    let pod = labels(pod);
    let peer = Destination { pod: Some((name, &namespace, &pod)), addresses: &[], port_name: None };
    admits(yaml, towards, &peer, port)
}

fn from_address(yaml: &str, towards: (&str, Direction), address: &str) -> Answer {
    let addresses: [IpAddr; 1] = [address.parse().unwrap()];
    let peer = Destination { pod: None, addresses: &addresses, port_name: None };
    admits(yaml, towards, &peer, (443, Protocol::Tcp))
}

/// What the API server would refuse in a policy with this spec.
fn refused(yaml: &str) -> Vec<String> {
    let spec: Value = serde_saphyr::from_str(yaml).unwrap();
    let object = serde_json::json!({"metadata": {"name": "p"}, "spec": spec});
    validate(&object).into_iter().map(|invalid| invalid.path).collect()
}

const DENY_INGRESS: &str = "podSelector: {}\n";
const ALLOW_ALL: &str = "podSelector: {}\ningress: [{}]\n";
const EXISTS_AND_NOT: &str = "
podSelector: {matchExpressions: [{key: tier, operator: Exists}]}
---
podSelector: {matchExpressions: [{key: tier, operator: DoesNotExist}]}
";
const GAP: &str = "
podSelector: {matchExpressions: [{key: app, operator: In, values: [a]}]}
---
podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [a, b]}]}
";

#[test]
fn f1_the_empty_pod_selector_denies_ingress_only() {
    assert_eq!(level(DENY_INGRESS, Ingress), Level::Strict);
    assert_eq!(level(DENY_INGRESS, Egress), Level::None);
    assert_eq!(witness(DENY_INGRESS, Egress), Some(Labels::default()));
}

#[test]
fn f2_both_types_deny_both() {
    let yaml = "podSelector: {}\npolicyTypes: [Ingress, Egress]\n";
    assert_eq!((level(yaml, Ingress), level(yaml, Egress)), (Level::Strict, Level::Strict));
}

#[test]
fn f3_an_empty_egress_denies_no_egress() {
    for yaml in ["podSelector: {}\negress: []\n", "podSelector: {}\negress:\n"] {
        assert_eq!(level(yaml, Egress), Level::None, "{yaml}");
        assert!(specs(yaml)[0].egress_written, "{yaml}");
    }
}

#[test]
fn f4_rules_of_a_direction_that_types_do_not_name_are_ignored() {
    let yaml = "podSelector: {}\npolicyTypes: [Ingress]\negress: [{ports: [{port: 443}]}]\n";
    let policy = &specs(yaml)[0];
    assert_eq!((policy.egress.len(), policy.rules(Egress).len()), (1, 0));
    assert_eq!((level(yaml, Ingress), level(yaml, Egress)), (Level::Strict, Level::None));
}

#[test]
fn f5_egress_rules_without_types_deny_ingress_too() {
    let yaml = "podSelector: {}\negress: [{ports: [{port: 443}]}]\n";
    assert_eq!((level(yaml, Ingress), level(yaml, Egress)), (Level::Strict, Level::Isolated));
}

#[test]
fn f6_an_allow_all_for_everyone_opens_the_default_deny() {
    assert_eq!(level(&format!("{DENY_INGRESS}---\n{ALLOW_ALL}"), Ingress), Level::Open);
}

#[test]
fn f7_a_targeted_allow_all_leaves_the_level() {
    let yaml =
        format!("{DENY_INGRESS}---\npodSelector: {{matchLabels: {{app: web}}}}\ningress: [{{}}]\n");
    assert_eq!(level(&yaml, Ingress), Level::Strict);
    let specs = specs(&yaml);
    let policies: Vec<&PolicySpec> = specs.iter().collect();
    let web = AllowSet::of(&policies, "app", &labels("app=web"), Ingress);
    assert!(web.is_everything(Families::DUAL));
}

#[test]
fn f8_exists_and_does_not_exist_cover_together() {
    assert_eq!(level(EXISTS_AND_NOT, Ingress), Level::Strict);
}

#[test]
fn f9_a_gap_between_in_and_not_in_is_found() {
    assert_eq!(witness(GAP, Ingress), Some(labels("app=b")));
}

#[test]
fn f10_a_label_escapes_does_not_exist() {
    let yaml = "podSelector: {matchExpressions: [{key: app, operator: DoesNotExist}]}\n";
    assert_eq!(witness(yaml, Ingress), Some(labels("app=other")));
}

#[test]
fn f11_the_empty_port_is_all_of_tcp() {
    let yaml = "podSelector: {}\ningress: [{ports: [{}]}]\n";
    for (protocol, answer) in
        [(Protocol::Tcp, Answer::Yes), (Protocol::Udp, Answer::No), (Protocol::Sctp, Answer::No)]
    {
        assert_eq!(from_pod(yaml, ("", Ingress), ("x", ""), (7, protocol)), answer, "{protocol}");
    }
    assert_eq!(level(yaml, Ingress), Level::Isolated);
}

#[test]
fn f12_a_dns_rule_without_protocol_is_tcp() {
    let yaml = "podSelector: {}\npolicyTypes: [Egress]\negress: [{ports: [{port: 53}]}]\n";
    let dns = ("kube-system", "k8s-app=kube-dns");
    assert_eq!(from_pod(yaml, ("", Egress), dns, (53, Protocol::Tcp)), Answer::Yes);
    assert_eq!(from_pod(yaml, ("", Egress), dns, (53, Protocol::Udp)), Answer::No);
}

#[test]
fn f13_a_pod_selector_alone_stays_in_its_namespace() {
    let yaml = "
podSelector: {}
policyTypes: [Egress]
egress:
- to: [{podSelector: {matchLabels: {k8s-app: kube-dns}}}]
  ports: [{port: 53, protocol: UDP}]
";
    for (namespace, answer) in [("kube-system", Answer::No), ("app", Answer::Yes)] {
        let peer = (namespace, "k8s-app=kube-dns");
        assert_eq!(from_pod(yaml, ("", Egress), peer, (53, Protocol::Udp)), answer, "{namespace}");
    }
}

#[test]
fn f24_a_peer_that_names_nobody_is_refused() {
    assert_eq!(refused("{ingress: [{from: [{}]}]}"), ["/spec/ingress/0/from/0"]);
}

#[test]
fn f25_a_port_number_in_quotes_is_refused() {
    let yaml = "ingress: [{ports: [{port: \"80\"}]}]";
    assert_eq!(refused(yaml), ["/spec/ingress/0/ports/0/port"]);
    assert_eq!(level(yaml, Ingress), Level::Strict);
    assert!(refused("ingress: [{ports: [{port: 80}]}]").is_empty());
}

#[test]
fn f26_an_exception_of_everything_is_refused() {
    let yaml = "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/8]}}]}]";
    assert_eq!(refused(yaml), ["/spec/ingress/0/from/0/ipBlock/except/0"]);
    assert_eq!(level(yaml, Ingress), Level::Strict);
}

#[test]
fn f27_two_halves_are_all_of_ipv4() {
    let yaml = "
podSelector: {}
ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/1}}, {ipBlock: {cidr: 128.0.0.0/1}}]}]
";
    assert_eq!(level(yaml, Ingress), Level::Open);
    assert_eq!(cover_in(yaml, Ingress, Families::DUAL).level, Level::Isolated);
    assert_eq!(from_address(yaml, ("", Ingress), "203.0.113.9"), Answer::Yes);
    assert_eq!(from_address(yaml, ("", Ingress), "2001:db8::1"), Answer::No);
}

/// The twelve numbered examples of coverage, by their numbers.
#[test]
fn the_examples_of_coverage() {
    let same_namespace = "podSelector: {}\ningress: [{from: [{podSelector: {}}]}]\n";
    let examples = [
        (1, DENY_INGRESS.to_owned(), Level::Strict),
        (2, "podSelector: {}\negress: [{}]\n".to_owned(), Level::Strict),
        (3, EXISTS_AND_NOT.to_owned(), Level::Strict),
        (4, GAP.to_owned(), Level::None),
        (
            5,
            "podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [a]}]}\n".into(),
            Level::None,
        ),
        (6, same_namespace.to_owned(), Level::Isolated),
        (7, format!("{DENY_INGRESS}---\n{same_namespace}"), Level::Isolated),
        (8, format!("{DENY_INGRESS}---\n{ALLOW_ALL}"), Level::Open),
        (
            9,
            "podSelector: {}\ningress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]\n".into(),
            Level::Open,
        ),
        (
            10,
            "podSelector: {}\ningress: [{from: [{namespaceSelector: {}}]}]\n".into(),
            Level::Isolated,
        ),
        (11, "podSelector: {}\ningress: [{ports: [{}]}]\n".into(), Level::Isolated),
        (12, String::new(), Level::None),
    ];
    for (number, yaml, expected) in &examples {
        assert_eq!(level(yaml, Ingress), *expected, "example {number}");
    }
    assert_eq!(level(&examples[1].1, Egress), Level::Open, "example 2");
    assert_eq!(witness(&examples[3].1, Ingress), Some(labels("app=b")), "example 4");
    assert_eq!(witness(&examples[4].1, Ingress), Some(labels("app=a")), "example 5");
    let dual = cover_in(&examples[8].1, Ingress, Families::DUAL);
    assert_eq!(dual.level, Level::Isolated, "example 9");
}

#[test]
fn a_selector_that_never_matches_covers_nothing() {
    for selector in [
        "{matchExpressions: [{key: a, operator: Exists}, {key: a, operator: DoesNotExist}]}",
        "{matchExpressions: [{key: a, operator: Near}]}",
        "{matchExpressions: [{key: a, operator: NotIn, values: []}]}",
    ] {
        let yaml = format!("podSelector: {selector}\n");
        assert_eq!(witness(&yaml, Ingress), Some(Labels::default()), "{selector}");
        assert_eq!(specs(&yaml)[0].selector.is_equivalent(&Selector::nothing()), Some(true));
    }
}

#[test]
fn yaml_and_json_are_read_alike() {
    let yaml = "
podSelector: {matchLabels: {app: web, version: \"1\"}}
policyTypes: [Egress]
egress:
- to:
  - namespaceSelector:
    podSelector: {matchExpressions: [{key: tier, operator: NotIn, values: [a, b]}]}
  - ipBlock: {cidr: 10.0.0.5/8, except: [10.1.0.0/16]}
  ports: [{port: 8000, endPort: 8100}, {port: dns, protocol: UDP}, {}]
";
    let value: Value = serde_saphyr::from_str(yaml).unwrap();
    assert_eq!(specs(yaml), [serde_json::from_value(value).unwrap()]);
}
