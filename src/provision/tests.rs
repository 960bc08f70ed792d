use serde_json::{Value, json};

use super::{Desired, DesiredPolicy, LeftOut, Reason, TemplateError, check, desired, is_ours};
use crate::model::{NamespaceView, Settings, World};
use crate::netpol::Direction;
use crate::object::{Kind, Object};
use crate::sample::{live, one, settings, world};

const CLUSTER: &str = include_str!("../../docs/examples/cluster.yaml");

fn with(templates: &str) -> Settings {
    settings(&format!("controller: {{enabled: true, templates: [{templates}]}}"))
}

/// A live cluster with these objects besides DNS and a network plugin, and the namespace `app` with these labels.
fn cluster(labels: &str, others: &str) -> World {
    let app = format!(
        "{{apiVersion: v1, kind: Namespace, metadata: {{name: app, labels: {{kubernetes.io/metadata.name: app, {labels}}}}}}}"
    );
    live(&[CLUSTER, &app, others].join("\n---\n"))
}

fn of(settings: &Settings, world: &World) -> Desired {
    desired(settings, world, world.namespace("app").unwrap())
}

fn names(desired: &Desired) -> Vec<String> {
    desired.policies.iter().map(DesiredPolicy::name).collect()
}

fn said(desired: &Desired) -> Vec<String> {
    desired.left_out.iter().map(ToString::to_string).collect()
}

const RESTRICTED: &str = "portcullis.dev/enforce: restricted";
const ALL: &str =
    "allow-dns, allow-same-namespace, allow-from-ingress-controller, allow-monitoring";

const NGINX: &str = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: nginx, namespace: ingress}, \
    spec: {template: {metadata: {labels: {app.kubernetes.io/name: ingress-nginx, app.kubernetes.io/version: v1}}}}}";
const PROMETHEUS: &str = "{apiVersion: monitoring.coreos.com/v1, kind: Prometheus, metadata: {name: k8s, namespace: monitoring}}";

#[test]
fn the_default_deny_closes_what_the_profile_enforces() {
    for (labels, types) in [
        ("", json!(["Ingress"])),
        ("portcullis.dev/enforce: baseline", json!(["Ingress"])),
        ("portcullis.dev/enforce: baseline, portcullis.dev/warn: restricted", json!(["Ingress"])),
        (RESTRICTED, json!(["Ingress", "Egress"])),
    ] {
        let Desired { policies, left_out, .. } = of(&with(""), &cluster(labels, ""));
        let expected = json!({
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {
                "name": "portcullis-default-deny",
                "namespace": "app",
                "labels": {"app.kubernetes.io/managed-by": "portcullis"},
            },
            "spec": {"podSelector": {}, "policyTypes": types, "ingress": [], "egress": []},
        });
        let found: Vec<Value> = policies.iter().map(|policy| policy.managed("app")).collect();
        assert_eq!((found, left_out), (vec![expected], vec![]), "{labels}");
    }
    let privileged = cluster("portcullis.dev/enforce: privileged", "");
    assert_eq!(of(&with(ALL), &privileged), Desired::default());
    let exempt = settings("namespaces: {exempt: [app]}");
    assert_eq!(of(&exempt, &cluster(RESTRICTED, "")), Desired::default());
}

#[test]
fn templates_come_before_the_default_deny_by_what_is_known() {
    let world = cluster(RESTRICTED, &[NGINX, PROMETHEUS].join("\n---\n"));
    let desired = of(&with(ALL), &world);
    assert_eq!(said(&desired), [""; 0]);
    let specs: Vec<(String, Value)> =
        desired.policies.iter().map(|policy| (policy.name(), policy.spec.clone())).collect();
    let from = |namespace: &str, labels: Value| {
        json!([{
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
            "podSelector": {"matchLabels": labels},
        }])
    };
    let spec = |types: Value, ingress: Value, egress: Value| json!({"podSelector": {}, "policyTypes": types, "ingress": ingress, "egress": egress});
    let prometheus = json!({
        "app.kubernetes.io/instance": "k8s",
        "app.kubernetes.io/name": "prometheus",
        "operator.prometheus.io/name": "k8s",
    });
    let expected = [
        (
            "portcullis-allow-dns",
            spec(
                json!(["Egress"]),
                json!([]),
                json!([{
                    "to": from("kube-system", json!({"k8s-app": "kube-dns"})),
                    "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
                }]),
            ),
        ),
        (
            "portcullis-allow-same-namespace",
            spec(
                json!(["Ingress", "Egress"]),
                json!([{"from": [{"podSelector": {}}]}]),
                json!([{"to": [{"podSelector": {}}]}]),
            ),
        ),
        (
            "portcullis-allow-from-ingress-controller",
            spec(
                json!(["Ingress"]),
                json!([{"from": from("ingress", json!({"app.kubernetes.io/name": "ingress-nginx"}))}]),
                json!([]),
            ),
        ),
        (
            "portcullis-allow-monitoring",
            spec(
                json!(["Ingress"]),
                json!([{"ports": [{"protocol": "TCP"}], "from": from("monitoring", prometheus)}]),
                json!([]),
            ),
        ),
        ("portcullis-default-deny", spec(json!(["Ingress", "Egress"]), json!([]), json!([]))),
    ];
    let expected: Vec<(String, Value)> =
        expected.into_iter().map(|(name, spec)| (name.to_owned(), spec)).collect();
    assert_eq!(specs, expected);
}

#[test]
fn what_is_not_known_is_left_out_and_said() {
    let desired = of(
        &with(ALL),
        &live(
            "{apiVersion: v1, kind: Namespace, metadata: {name: app, labels: {portcullis.dev/enforce: restricted}}}",
        ),
    );
    assert_eq!(names(&desired), ["portcullis-allow-same-namespace", "portcullis-default-deny"]);
    assert_eq!(
        said(&desired),
        [
            "allow-dns is left out: where DNS answers is not known in this cluster",
            "allow-from-ingress-controller is left out: no ingress controller or gateway is known in this cluster",
            "allow-monitoring is left out: no Prometheus is known in this cluster",
        ]
    );
    assert!(desired.left_out.iter().all(|left_out| left_out.reason.may_pass()));
}

#[test]
fn a_template_never_closes_what_the_default_deny_leaves_open() {
    let own = "{name: allow-proxy, spec: {egress: [{to: [{podSelector: {matchLabels: {app: proxy}}}]}], policyTypes: [Egress]}}";
    let templates = format!("allow-dns, allow-same-namespace, {own}");
    let desired = of(&with(&templates), &cluster("", ""));
    assert_eq!(names(&desired), ["portcullis-allow-same-namespace", "portcullis-default-deny"]);
    assert_eq!(desired.policies[0].spec["policyTypes"], json!(["Ingress"]));
    assert_eq!(desired.policies[0].spec["egress"], json!([]));
    let reason = Reason::NotClosed(Direction::Egress);
    let left_out = |name: &str| LeftOut { template: name.to_owned(), reason: reason.clone() };
    assert_eq!(desired.left_out, [left_out("allow-dns"), left_out("allow-proxy")]);
    assert_eq!(
        said(&desired)[1],
        "allow-proxy is left out: egress is open here, and a policy that allows something would close the rest"
    );
}

#[test]
fn own_templates_are_for_the_namespaces_that_they_select() {
    let own = "{name: allow-backup, namespaceSelector: {matchLabels: {backup: daily}}, \
        spec: {ingress: [{from: [{namespaceSelector: {matchLabels: {name: backup}}}]}]}}";
    assert_eq!(names(&of(&with(own), &cluster("", ""))), ["portcullis-default-deny"]);
    let desired = of(&with(own), &cluster("backup: daily", ""));
    assert_eq!(names(&desired), ["portcullis-allow-backup", "portcullis-default-deny"]);
    let expected = json!({
        "podSelector": {},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [{"namespaceSelector": {"matchLabels": {"name": "backup"}}}]}],
        "egress": [],
    });
    assert_eq!(desired.policies[0].spec, expected);
}

#[test]
fn clients_in_the_network_of_nodes_are_let_in_by_addresses_that_are_known() {
    let nginx = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: nginx, namespace: ingress}, spec: {template: \
        {metadata: {labels: {app.kubernetes.io/name: ingress-nginx}}, spec: {hostNetwork: true}}}}";
    let node = "{apiVersion: v1, kind: Node, metadata: {name: a}, status: {addresses: [{type: InternalIP, address: 192.0.2.7}]}}";
    let unknown = of(&with("allow-from-ingress-controller"), &cluster("", nginx));
    assert_eq!(names(&unknown), ["portcullis-default-deny"]);
    assert_eq!(
        said(&unknown),
        [
            "allow-from-ingress-controller does not allow Deployment ingress/nginx: no label or address to select it by is known"
        ]
    );
    let known =
        of(&with("allow-from-ingress-controller"), &cluster("", &[nginx, node].join("\n---\n")));
    assert_eq!(
        known.policies[0].spec["ingress"],
        json!([{"from": [{"ipBlock": {"cidr": "192.0.2.7/32"}}]}])
    );
    assert_eq!(known.left_out, []);
}

#[test]
fn nobody_is_let_in_whom_no_label_tells_from_others() {
    let nginx = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: nginx, namespace: app}, \
        spec: {template: {metadata: {labels: {version: v1}}, spec: {containers: [{name: a, image: 'registry.k8s.io/ingress-nginx/controller:v1'}]}}}}";
    let desired = of(&with("allow-from-ingress-controller"), &cluster("", nginx));
    assert_eq!(names(&desired), ["portcullis-default-deny"]);
    assert_eq!(desired.left_out[0].reason, Reason::NoSelector("Deployment app/nginx".to_owned()));
}

/// Facts can be wrong too: an address that stands for everything opens everything.
#[test]
fn a_template_that_facts_open_too_far_is_left_out() {
    let mut settings = with("allow-from-ingress-controller");
    let facts = crate::sample::settings(
        "facts: {ranges: {nodes: [0.0.0.0/0]}, ingressControllers: [{name: a, namespace: b, hostNetwork: true}]}",
    );
    settings.facts = facts.facts;
    let world = world("{apiVersion: v1, kind: Namespace, metadata: {name: app}}");
    let desired = of(&settings, &world);
    assert_eq!(names(&desired), ["portcullis-default-deny"]);
    assert_eq!(
        said(&desired),
        [
            "allow-from-ingress-controller is left out: it would take the default-deny away for ingress"
        ]
    );
}

fn stored(policy: &Value) -> Object {
    Object::from_value(Kind::NetworkPolicy, policy).unwrap()
}

#[test]
fn a_lower_profile_takes_nothing_away() {
    let settings = with("allow-dns");
    let mut world = cluster(RESTRICTED, "");
    let before = of(&settings, &world);
    assert_eq!(names(&before), ["portcullis-allow-dns", "portcullis-default-deny"]);
    for policy in &before.policies {
        assert!(!policy.is_in(world.namespace("app").unwrap()));
        world.put(stored(&policy.managed("app")));
        assert!(policy.is_in(world.namespace("app").unwrap()));
    }
    for profile in ["baseline", "privileged"] {
        let namespace = format!(
            "{{apiVersion: v1, kind: Namespace, metadata: {{name: app, labels: {{portcullis.dev/enforce: {profile}}}}}}}"
        );
        world.put(one(&namespace));
        assert_eq!(of(&settings, &world), before, "{profile}");
    }
    // Somebody else's policy of that name keeps nothing.
    let mut foreign = before.policies[1].managed("app");
    foreign["metadata"]["labels"] = json!({});
    world.put(stored(&foreign));
    assert_eq!(of(&settings, &world), Desired::default());
}

#[test]
fn a_policy_is_there_when_it_is_ours_and_says_the_same() {
    let deny = &of(&with(""), &cluster("", "")).policies[0];
    let is_in = |change: &dyn Fn(&mut Value)| {
        let mut policy = deny.managed("app");
        change(&mut policy);
        let mut world = World::live();
        world.put(stored(&policy));
        deny.is_in(world.namespace("app").unwrap())
    };
    assert!(is_in(&|_| {}));
    // As the API server stores it.
    assert!(is_in(
        &|policy| policy["spec"] = json!({"podSelector": {}, "policyTypes": ["Ingress"]})
    ));
    assert!(!is_in(&|policy| policy["spec"]["ingress"] = json!([{}])));
    assert!(!is_in(&|policy| policy["spec"]["egress"] = json!([{}])));
    assert!(!is_in(&|policy| policy["spec"]["podSelector"] = json!({"matchLabels": {"a": "b"}})));
    assert!(!is_in(&|policy| policy["spec"]["policyTypes"] = json!(["Ingress", "Egress"])));
    assert!(!is_in(&|policy| policy["metadata"]["labels"] = json!({})));
    assert!(!is_in(
        &|policy| policy["metadata"]["deletionTimestamp"] = json!("2026-11-22T12:00:00Z")
    ));
    assert!(!deny.is_in(&NamespaceView::new("app")));
}

#[test]
fn what_is_ours_has_our_label_and_a_name_like_ours() {
    let policy = |name: &str, label: &str| {
        let text = format!(
            "{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: {name}, namespace: app, labels: {{{label}}}}}, spec: {{}}}}"
        );
        let Object::Policy(policy) = one(&text) else { panic!() };
        is_ours(&policy)
    };
    assert!(policy("portcullis-x", "app.kubernetes.io/managed-by: portcullis"));
    assert!(!policy("x", "app.kubernetes.io/managed-by: portcullis"));
    assert!(!policy("portcullis-x", "app.kubernetes.io/managed-by: Helm"));
    assert!(!policy("portcullis-x", ""));
}

#[test]
fn a_team_gets_the_same_under_plain_names() {
    let deny = &of(&with(""), &cluster("", "")).policies[0];
    let plain = deny.of_team("app");
    assert_eq!(plain["metadata"], json!({"name": "default-deny", "namespace": "app"}));
    assert_eq!(plain["spec"], deny.spec);
}

fn refused(settings: &Settings) -> String {
    check(settings).unwrap_err().to_string()
}

#[test]
fn templates_that_take_the_default_deny_away_are_refused_by_name() {
    for spec in [
        "{ingress: [{}]}",
        "{ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}",
        "{ingress: [{from: [{ipBlock: {cidr: '::/0'}}]}]}",
        "{podSelector: {matchExpressions: [{key: app, operator: DoesNotExist}]}, ingress: [{}]}",
        "{ingress: [{ports: [{protocol: TCP}, {protocol: UDP}, {protocol: SCTP}]}]}",
    ] {
        assert_eq!(
            refused(&with(&format!("allow-dns, {{name: open, spec: {spec}}}"))),
            "controller.templates: open: with it every pod may have every ingress, as if there were no default-deny; narrow what it \
             allows, or the pods that it selects",
            "{spec}"
        );
    }
    let out = "{name: out, spec: {policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.169.254/32]}}]}]}}";
    assert!(refused(&with(out)).contains("out: with it every pod may have every egress"));
    for spec in [
        "{ingress: [{from: [{namespaceSelector: {}}]}]}",
        "{podSelector: {matchLabels: {app: web}}, ingress: [{}]}",
        "{ingress: [{ports: [{port: 443}]}]}",
        "{policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]}]}",
        "{}",
    ] {
        assert_eq!(check(&with(&format!("{ALL}, {{name: a, spec: {spec}}}"))), Ok(()), "{spec}");
    }
}

#[test]
fn templates_that_do_so_together_are_refused_together() {
    let half = |name: &str, cidr: &str, stage: &str| {
        format!(
            "{{name: {name}, namespaceSelector: {{matchLabels: {{stage: {stage}}}}}, \
             spec: {{ingress: [{{from: [{{ipBlock: {{cidr: {cidr}}}}}]}}]}}}}"
        )
    };
    let three = |stage: &str| {
        [
            half("low", "0.0.0.0/1", "a"),
            half("other", "10.0.0.0/8", "a"),
            half("high", "128.0.0.0/1", stage),
        ]
        .join(", ")
    };
    let expected = TemplateError::Opens {
        names: vec!["low".to_owned(), "high".to_owned()],
        direction: Direction::Ingress,
    };
    assert_eq!(check(&with(&three("a"))), Err(expected));
    assert_eq!(check(&with(&three("b"))), Ok(()), "no namespace gets both");
}

#[test]
fn a_template_for_no_namespace_is_refused() {
    let own = "{name: a, namespaceSelector: {matchExpressions: [{key: x, operator: Exists}, {key: x, operator: DoesNotExist}]}, spec: {}}";
    assert_eq!(check(&with(own)), Err(TemplateError::ForNobody { name: "a".to_owned() }));
}

#[test]
fn strict_lets_nobody_in_to_every_pod() {
    let strict = |templates: &str| {
        settings(&format!("strict: true\ncontroller: {{enabled: true, templates: [{templates}]}}"))
    };
    assert_eq!(check(&strict("allow-dns")), Ok(()));
    for name in ["allow-same-namespace", "allow-from-ingress-controller", "allow-monitoring"] {
        assert_eq!(check(&strict(name)), Err(TemplateError::Strict { name: name.to_owned() }));
    }
    let own = |pods: &str| {
        format!(
            "{{name: a, spec: {{podSelector: {pods}, ingress: [{{from: [{{podSelector: {{}}}}]}}]}}}}"
        )
    };
    assert_eq!(check(&strict(&own("{}"))), Err(TemplateError::Strict { name: "a".to_owned() }));
    assert_eq!(check(&strict(&own("{matchLabels: {app: web}}"))), Ok(()));
    let desired = of(&strict("allow-same-namespace"), &cluster("", ""));
    assert_eq!(
        said(&desired),
        ["allow-same-namespace is left out: it would take the default-deny away for ingress"]
    );
}

/// The controller's policies of these settings are in the cluster.
fn provisioned(settings: &Settings, labels: &str) -> World {
    let mut world = cluster(labels, "");
    for policy in of(settings, &world).policies {
        world.put(stored(&policy.managed("app")));
    }
    world
}

#[test]
fn what_no_template_asks_for_any_more_opens_nothing() {
    let world = provisioned(&with("allow-dns, allow-same-namespace"), RESTRICTED);
    let desired = of(&with("allow-dns"), &world);
    assert_eq!(names(&desired), ["portcullis-allow-dns", "portcullis-default-deny"]);
    let expected = DesiredPolicy {
        template: "allow-same-namespace".to_owned(),
        spec: json!({"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "ingress": [], "egress": []}),
    };
    assert_eq!(desired.withdrawn, [expected]);
    assert_eq!(of(&with("allow-dns, allow-same-namespace"), &world).withdrawn, []);
}

#[test]
fn what_is_not_known_any_more_stays_as_it_was() {
    let templates = with("allow-dns");
    let mut world = provisioned(&templates, RESTRICTED);
    let service = crate::object::ObjectRef {
        kind: Kind::Service,
        namespace: Some("kube-system".to_owned()),
        name: "kube-dns".to_owned(),
    };
    world.remove(&service);
    let desired = of(&templates, &world);
    assert_eq!(names(&desired), ["portcullis-default-deny"]);
    assert_eq!((desired.left_out.len(), desired.withdrawn), (1, vec![]));
}

#[test]
fn what_closes_more_than_the_default_deny_is_not_emptied() {
    let mut world = provisioned(&with("allow-dns"), RESTRICTED);
    // Its owner lowers the profile and takes egress out of the default-deny.
    let baseline = cluster("", "");
    world.put(Object::Namespace(
        baseline.namespace("app").unwrap().object.as_deref().unwrap().clone(),
    ));
    world.put(stored(&of(&with(""), &baseline).policies[0].managed("app")));
    let desired = of(&with("allow-dns"), &world);
    assert_eq!(names(&desired), ["portcullis-default-deny"]);
    assert_eq!(desired.withdrawn, []);
}
