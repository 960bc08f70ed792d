//! Whom policies select, and in which directions they isolate.

use serde_json::json;

use super::Answer::{No, Yes};
use super::{Case, Pod};
use crate::netpol::cilium::fixtures::{decided, policy};
use crate::netpol::cilium::{Governing, Placed, Scoped, Specs};
use crate::netpol::{Direction, End, Labels, Network, Protocol, Selector};
use Direction::{Egress, Ingress};

fn isolates(spec: &str) -> (Option<bool>, Option<bool>) {
    let policy = policy(spec);
    let placed = Placed { home: Some("shop"), specs: &policy };
    let pod = Pod::of("shop", "app=web");
    (placed.isolates(&pod.end(), Ingress), placed.isolates(&pod.end(), Egress))
}

#[test]
fn f35_a_rule_without_peers_denies_all() {
    let case = Case::ingress("[{}]");
    assert_eq!(case.pod(&Pod::of("shop", "app=db")), No);
    assert_eq!(case.address("203.0.113.7/32"), No);
    assert_eq!(isolates("{endpointSelector: {}, ingress: [{}]}"), (Some(true), Some(false)));
}

#[test]
fn no_rule_is_no_effect() {
    for rules in ["[]", "null"] {
        let case = Case::ingress(rules);
        assert_eq!(case.pod(&Pod::of("shop", "app=db")), Yes, "{rules}");
    }
    assert_eq!(isolates("{endpointSelector: {}}"), (Some(false), Some(false)));
}

#[test]
fn a_direction_with_a_rule_is_isolated_unless_it_says_otherwise() {
    for (sections, ingress, egress) in [
        ("ingress: [{}]", true, false),
        ("ingressDeny: [{}]", true, false),
        ("egress: [{}]", false, true),
        ("egressDeny: [{toEntities: [world]}]", false, true),
        ("ingress: [{}], egress: [{}]", true, true),
        ("ingress: [{}], enableDefaultDeny: {ingress: false}", false, false),
        ("ingress: [{}], egress: [{}], enableDefaultDeny: {ingress: false}", false, true),
        ("ingress: [{}], enableDefaultDeny: {ingress: true, egress: true}", true, false),
        ("ingress: [], enableDefaultDeny: {ingress: true}", false, false),
    ] {
        let (found_ingress, found_egress) =
            isolates(&format!("{{endpointSelector: {{}}, {sections}}}"));
        assert_eq!(found_ingress, Some(ingress), "{sections}");
        assert_eq!(found_egress, Some(egress), "{sections}");
    }
}

#[test]
fn any_policy_that_asks_for_isolation_wins() {
    let open = policy(
        "{endpointSelector: {}, ingress: [{fromEntities: [world]}], enableDefaultDeny: {ingress: false}}",
    );
    let closed = policy("{endpointSelector: {}, ingress: [{}]}");
    let pod = Pod::of("shop", "app=web");
    let placed = |policy| Placed { home: Some("shop"), specs: policy };
    for (policies, isolated) in
        [(vec![&open], false), (vec![&open, &closed], true), (vec![&closed, &open], true)]
    {
        let policies = policies.into_iter().map(placed);
        let governing = Governing::of(policies, &pod.end(), Ingress).unwrap();
        assert_eq!(governing.isolates(), Some(isolated));
    }
}

#[test]
fn a_policy_selects_pods_of_its_own_namespace() {
    for (home, selector, namespace, selected) in [
        (Some("shop"), "{}", "shop", true),
        (Some("shop"), "{}", "data", false),
        (None, "{}", "data", true),
        (Some("shop"), "{matchLabels: {app: web}}", "shop", true),
        (Some("shop"), "{matchLabels: {'k8s:app': web}}", "shop", true),
        (Some("shop"), "{matchLabels: {'any:app': web}}", "shop", true),
        (Some("shop"), "{matchLabels: {app: db}}", "shop", false),
        // Cilium takes the one away; the other contradicts the namespace that it adds.
        (Some("shop"), "{matchLabels: {'k8s:io.kubernetes.pod.namespace': data}}", "shop", true),
        (Some("shop"), "{matchLabels: {'k8s:io.kubernetes.pod.namespace': data}}", "data", false),
        (Some("shop"), "{matchLabels: {io.kubernetes.pod.namespace: data}}", "shop", false),
        (None, "{matchLabels: {io.kubernetes.pod.namespace: data}}", "data", true),
        (None, "{matchLabels: {io.kubernetes.pod.namespace: data}}", "shop", false),
        (None, "{matchLabels: {'k8s:io.cilium.k8s.namespace.labels.team': data}}", "data", true),
        (None, "{matchLabels: {io.cilium.k8s.namespace.labels.team: data}}", "shop", false),
        (None, "{matchLabels: {io.cilium.k8s.policy.serviceaccount: default}}", "shop", true),
        (None, "{matchLabels: {io.cilium.k8s.policy.serviceaccount: admin}}", "shop", false),
        (None, "{matchLabels: {'reserved:host': ''}}", "shop", false),
        (
            None,
            "{matchExpressions: [{key: io.kubernetes.pod.namespace, operator: NotIn, values: [kube-system]}]}",
            "kube-system",
            false,
        ),
    ] {
        let policy = policy(&format!("{{endpointSelector: {selector}, ingress: [{{}}]}}"));
        let placed = Placed { home, specs: &policy };
        let pod = Pod::of(namespace, "app=web");
        assert_eq!(placed.selects(&pod.end()), Some(selected), "{home:?} {selector} {namespace}");
        assert_eq!(placed.isolates(&pod.end(), Ingress), Some(selected));
        assert_eq!(placed.selects(&pod.on_host().end()), Some(false), "the host network");
    }
}

#[test]
fn spec_and_specs_both_count() {
    let spec = json!({"endpointSelector": {"matchLabels": {"app": "web"}}, "ingress": [{}]});
    let other = json!({"endpointSelector": {"matchLabels": {"app": "db"}}, "egress": [{}]});
    let policy = Specs::read(Some(&spec), Some(&json!([other])));
    let placed = Placed { home: Some("shop"), specs: &policy };
    for (labels, ingress, egress) in
        [("app=web", true, false), ("app=db", false, true), ("app=x", false, false)]
    {
        let pod = Pod::of("shop", labels);
        assert_eq!(placed.isolates(&pod.end(), Ingress), Some(ingress), "{labels}");
        assert_eq!(placed.isolates(&pod.end(), Egress), Some(egress), "{labels}");
    }
    assert_eq!(Specs::read(None, None), Specs::default());
}

#[test]
fn node_selectors_are_about_nodes() {
    let policy = policy("{nodeSelector: {}, ingress: [{}]}");
    let placed = Placed { home: None, specs: &policy };
    assert_eq!(placed.selects(&Pod::of("shop", "").end()), Some(false));
    assert_eq!(placed.isolated_in("shop", &Labels::default(), Ingress), [Scoped::Nobody]);
}

#[test]
fn pods_of_a_namespace_are_a_selector_over_their_labels() {
    let selector = |value| serde_json::from_value::<Selector>(value).unwrap();
    let web = || Scoped::Pods(selector(json!({"matchLabels": {"app": "web"}})));
    let all = || Scoped::Pods(Selector::default());
    for (home, written, scoped) in [
        (Some("shop"), "{}", all()),
        (Some("data"), "{}", Scoped::Nobody),
        (None, "{}", all()),
        (None, "{matchLabels: {'k8s:app': web}}", web()),
        (None, "{matchLabels: {app: web, io.kubernetes.pod.namespace: shop}}", web()),
        (None, "{matchLabels: {app: web, io.kubernetes.pod.namespace: data}}", Scoped::Nobody),
        (None, "{matchExpressions: [{key: io.kubernetes.pod.namespace, operator: Exists}]}", all()),
        (None, "{matchLabels: {io.cilium.k8s.namespace.labels.team: shop}}", all()),
        (None, "{matchLabels: {io.cilium.k8s.namespace.labels.team: x}}", Scoped::Nobody),
        (None, "{matchLabels: {io.cilium.k8s.policy.serviceaccount: x}}", Scoped::Undecided),
        (
            None,
            "{matchExpressions: [{key: io.cilium.k8s.policy.serviceaccount, operator: Exists}]}",
            all(),
        ),
        (None, "{matchLabels: {io.cilium.k8s.policy.cluster: x}}", Scoped::Undecided),
        (None, "{matchLabels: {kubernetes.io/os: linux}}", Scoped::Undecided),
        (None, "{matchLabels: {'reserved:init': ''}}", Scoped::Nobody),
        (None, "{matchLabels: {a: 'not legal'}}", Scoped::Undecided),
    ] {
        let policy = policy(&format!("{{endpointSelector: {written}, ingress: [{{}}]}}"));
        let placed = Placed { home, specs: &policy };
        let labels = Labels::from_iter([("team", "shop")]);
        assert_eq!(placed.isolated_in("shop", &labels, Ingress), [scoped], "{home:?} {written}");
        assert_eq!(placed.isolated_in("shop", &labels, Egress), [], "{home:?} {written}");
    }
}

#[test]
fn what_is_denied_beats_what_is_allowed() {
    let spec = "{endpointSelector: {}, ingress: [{fromEntities: [all]}], ingressDeny: [{fromEndpoints: [{matchLabels: {app: bad}}], toPorts: [{ports: [{port: '80', protocol: TCP}]}]}]}";
    let case = Case::new(Ingress, spec);
    assert_eq!(case.pod(&Pod::of("shop", "app=bad")), No);
    assert_eq!(case.pod(&Pod::of("shop", "app=good")), Yes);
    // Elsewhere the label does not count: a CiliumNetworkPolicy means its own namespace.
    assert_eq!(case.pod(&Pod::of("data", "app=bad")), Yes);
    let denies = Case::new(
        Ingress,
        "{endpointSelector: {}, ingressDeny: [{}], enableDefaultDeny: {ingress: false}}",
    );
    assert_eq!(denies.pod(&Pod::of("shop", "")), Yes, "a denial of nobody");
}

#[test]
fn allowances_of_several_policies_add_up() {
    let one = policy("{endpointSelector: {}, ingress: [{fromEntities: [world]}]}");
    let other =
        policy("{endpointSelector: {matchLabels: {app: web}}, ingress: [{fromEndpoints: [{}]}]}");
    let placed = [&one, &other].map(|policy| Placed { home: Some("shop"), specs: policy });
    let (subject, peer) = (Pod::of("shop", "app=web"), Pod::of("shop", ""));
    let end = End::Pod(peer.end());
    let decided = decided(placed, Ingress, &Network::default(), &subject, &end);
    assert!(decided.allowed.contains(Protocol::Tcp, 80));
}

#[test]
fn label_keys_are_those_of_pods() {
    let policy = policy(
        "{endpointSelector: {matchLabels: {'k8s:app': web}}, ingress: [{fromEndpoints: [{matchLabels: {tier: x, io.kubernetes.pod.namespace: data}}]}], egressDeny: [{toEndpoints: [{matchExpressions: [{key: 'any:zone', operator: Exists}]}]}]}",
    );
    let keys: Vec<&str> = policy.label_keys().collect();
    assert_eq!(keys, ["app", "tier", "zone"]);
}
