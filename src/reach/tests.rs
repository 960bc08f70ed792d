//! Questions and answers.

use proptest::prelude::*;
use proptest::sample::Index;

use super::{Ends, Reach, Verdict, from, reach, to, verify};
use crate::connections::laws::cluster::clusters;
use crate::connections::network;
use crate::model::{Settings, World};
use crate::object::Kind;
use crate::sample::{object, world};

const STATE: &str = "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: default-deny, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress:
  - {from: [{podSelector: {matchLabels: {app: admin}}}]}
  - {from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: pg}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Egress]
  egress: [{to: [{podSelector: {matchLabels: {app: db}}}, {ipBlock: {cidr: 192.0.2.0/24}}]}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web}]}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, ports: [{name: pg, containerPort: 5432}]}]}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: ops}
spec: {template: {metadata: {labels: {app: agent}}, spec: {hostNetwork: true}}}
";

#[track_caller]
fn ask(source: &str, target: &str) -> Reach {
    ask_in(&world(STATE), source, target)
}

#[track_caller]
fn ask_in(world: &World, source: &str, target: &str) -> Reach {
    let (target, port) = to(target).unwrap();
    let ends = Ends::of(world);
    let network = network(world, &Settings::default());
    reach(&ends, &network, &from(source).unwrap(), &target, port).unwrap()
}

#[test]
fn ends_are_written_as_people_write_them() {
    for (text, shown, port) in [
        ("shop/deployment/web", "shop/deployment/web", None),
        ("shop/Deploy/web:80", "shop/deployment/web", Some("TCP 80")),
        ("shop/sts/db:5432/UDP", "shop/statefulset/db", Some("UDP 5432")),
        (
            "shop/app=web,app.kubernetes.io/name=x:53/udp",
            "shop/app=web,app.kubernetes.io/name=x",
            Some("UDP 53"),
        ),
        ("shop/", "shop/", None),
        ("10.0.0.1", "10.0.0.1", None),
        ("10.0.0.1:443", "10.0.0.1", Some("TCP 443")),
        ("fd00::1", "fd00::1", None),
        ("[fd00::1]:443/TCP", "fd00::1", Some("TCP 443")),
    ] {
        let (end, found) = to(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(end.to_string(), shown);
        assert_eq!(found.map(|port| port.to_string()).as_deref(), port, "{text}");
    }
}

#[test]
fn what_is_no_end_is_refused_with_what_was_expected() {
    for (text, part) in [
        ("", "NAMESPACE/KIND/NAME"),
        ("web", "NAMESPACE/KIND/NAME"),
        ("shop/web", "NAMESPACE/KIND/NAME"),
        ("/deployment/web", "NAMESPACE/KIND/NAME"),
        ("shop/deployment/", "NAMESPACE/KIND/NAME"),
        ("shop/ingress/web", "no kind of workload"),
        ("shop/svc/web", "policies know no Services"),
        ("shop/app=a b", "no label"),
        ("shop/deployment/web:0", "no port"),
        ("shop/deployment/web:http", "no port"),
        ("shop/deployment/web:80/ICMP", "no port"),
        ("[fd00::1", "brackets"),
        ("[fd00::1]443", "brackets"),
    ] {
        let error = to(text).unwrap_err();
        assert!(error.contains(part), "{text}: {error}");
    }
    assert!(from("shop/deployment/web:80").unwrap_err().contains("has no port"));
}

#[test]
fn the_rules_that_decide_are_named() {
    let found = ask("shop/deployment/web", "shop/statefulset/db:5432");
    assert_eq!(found.verdict, Verdict::Allow);
    assert_eq!(found.because(), ["shop/db", "shop/web"]);
    let admitting: Vec<_> = found.sides.iter().flat_map(|side| &side.admitting).collect();
    let rule = |name: &str, path: &str| (name.to_owned(), path.to_owned());
    assert_eq!(
        admitting,
        [&rule("shop/web", "/spec/egress/0"), &rule("shop/db", "/spec/ingress/1")]
    );
}

#[test]
fn what_is_missing_is_named_and_mended() {
    let found = ask("shop/deployment/web", "shop/statefulset/db:80");
    assert_eq!(found.verdict, Verdict::Deny);
    assert_eq!(found.because(), ["shop/db", "shop/default-deny"]);
    let missing = found.missing();
    assert_eq!((missing.len(), missing[0].direction.as_str()), (1, "ingress"));
    let fix = found.fix.expect("one policy would do");
    assert_eq!(fix.objects.len(), 1);
    assert_eq!(fix.objects[0]["spec"]["ingress"][0]["ports"][0]["port"], 80);
}

#[test]
fn both_sides_are_mended_where_both_deny() {
    let found = ask("shop/statefulset/db", "shop/deployment/web:80");
    let types: Vec<_> = found
        .fix
        .unwrap()
        .objects
        .iter()
        .map(|object| object["spec"]["policyTypes"][0].clone())
        .collect();
    assert_eq!(types, ["Egress", "Ingress"]);
}

#[test]
fn a_pod_that_does_not_exist_is_judged_by_its_labels() {
    assert_eq!(ask("shop/app=admin", "shop/statefulset/db:1").missing()[0].direction, "egress");
    assert_eq!(ask("shop/app=web,x=y", "shop/statefulset/db:5432").verdict, Verdict::Allow);
    assert_eq!(ask("ops/app=web", "shop/statefulset/db:5432").verdict, Verdict::Deny);
}

#[test]
fn addresses_are_ends() {
    assert_eq!(ask("shop/deployment/web", "192.0.2.7:443").verdict, Verdict::Allow);
    let denied = ask("shop/deployment/web", "198.51.100.1:443");
    assert_eq!(denied.verdict, Verdict::Deny);
    let egress = &denied.fix.unwrap().objects[0]["spec"]["egress"][0];
    assert_eq!(egress["to"][0]["ipBlock"]["cidr"], "198.51.100.1/32");
}

#[test]
fn the_host_network_is_not_governed() {
    let found = ask("ops/daemonset/agent", "192.0.2.7:443");
    assert_eq!(found.verdict, Verdict::Allow);
    assert!(found.sides[0].host_network);
    let found = ask("ops/daemonset/agent", "shop/statefulset/db:5432");
    assert_eq!(
        (found.verdict, found.fix),
        (Verdict::Deny, None),
        "no selector matches the host network"
    );
}

#[test]
fn where_policies_may_exist_that_nobody_could_read_nothing_is_told() {
    let mut state = world(STATE);
    state.hide(Kind::Node);
    assert_eq!(ask_in(&state, "shop/deployment/web", "shop/sts/db:5432").verdict, Verdict::Allow);
    state.hide(Kind::ClusterNetworkPolicy);
    for target in ["shop/sts/db:5432", "shop/sts/db:80", "192.0.2.7:443"] {
        let answer = ask_in(&state, "shop/deployment/web", target);
        assert_eq!((answer.verdict, answer.fix), (Verdict::Unknown, None), "{target}");
    }
}

#[test]
fn without_a_port_the_ports_are_told() {
    let found = ask("shop/deployment/web", "shop/statefulset/db");
    assert_eq!(found.verdict, Verdict::Allow);
    assert!(found.ports.allowed.contains(crate::netpol::Protocol::Tcp, 5432));
    assert!(!found.ports.allowed.contains(crate::netpol::Protocol::Tcp, 80));
}

#[test]
fn an_end_that_does_not_exist_is_told_with_what_is_there() {
    let world = world(STATE);
    let ends = Ends::of(&world);
    let network = network(&world, &Settings::default());
    let ask = |name: &str| {
        let target = to("shop/statefulset/db:1").unwrap();
        reach(&ends, &network, &from(name).unwrap(), &target.0, target.1).unwrap_err().to_string()
    };
    assert_eq!(
        ask("shop/deployment/wep"),
        "shop/deployment/wep does not exist; in shop there are deployment/web, statefulset/db"
    );
    assert_eq!(
        ask("shopp/app=web"),
        "namespace shopp does not exist; there are the namespaces ops, shop"
    );
}

#[test]
fn the_proof_is_a_list_of_commands_with_a_caution() {
    let world = world(STATE);
    let ends = Ends::of(&world);
    let (source, (target, port)) =
        (from("shop/deployment/web").unwrap(), to("shop/sts/db:5432").unwrap());
    let labels = (ends.labels(&source), ends.labels(&target));
    let commands = verify(&source, &target, port.unwrap(), (labels.0.as_ref(), labels.1.as_ref()));
    for part in [
        "--labels=app=web",
        "-l app=db",
        "kubectl -n shop debug",
        "Caution: a Service",
        "nc -z -v -w 3 \"$TARGET\" 5432",
    ] {
        assert!(commands.contains(part), "{part} is not in\n{commands}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The fix is tried before it is offered, so it is enough that there is one. What the Admin tier denies, no NetworkPolicy
    /// can allow.
    #[test]
    fn whatever_is_denied_between_pods_can_be_allowed(mut cluster in clusters(), one in any::<Index>(), other in any::<Index>()) {
        cluster.tiered.clear();
        let world = World::from_objects(cluster.documents().iter().map(object));
        let pod = |index: Index| {
            let pod = index.get(&cluster.pods);
            let text = |field: &str| pod["metadata"][field].as_str().unwrap().to_owned();
            let on_host = pod["spec"]["hostNetwork"] == true;
            (from(&format!("{}/pod/{}", text("namespace"), text("name"))).unwrap(), on_host)
        };
        let ((source, _), (target, on_host)) = (pod(one), pod(other));
        prop_assume!(source != target && !on_host);
        let (_, port) = to("x/:80").unwrap();
        let ends = Ends::of(&world);
        let network = network(&world, &Settings::default());
        let found = reach(&ends, &network, &source, &target, port).unwrap();
        prop_assert_eq!(found.verdict == Verdict::Deny, found.fix.is_some(), "{} to {}\n{}", source, target, cluster);
    }
}

const TIERS: &str = "
---
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: no-agents}
spec:
  tier: Admin
  priority: 10
  subject: {namespaces: {}}
  ingress:
  - {action: Accept, from: [{namespaces: {matchLabels: {team: ops}}}], protocols: [{tcp: {destinationPort: {number: 9100}}}]}
  - {action: Pass, from: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: shop}}}]}
  - {action: Deny, from: [{namespaces: {}}]}
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: BaselineAdminNetworkPolicy
metadata: {name: default}
spec:
  subject: {namespaces: {}}
  ingress: [{action: Deny, from: [{namespaces: {}}]}]
---
{apiVersion: v1, kind: Namespace, metadata: {name: mon, labels: {team: ops}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: scraper, namespace: mon}, spec: {}}
---
{apiVersion: v1, kind: Pod, metadata: {name: other, namespace: mon}, spec: {}}
";

#[test]
fn the_policies_of_the_tiers_are_named_where_they_decide() {
    let text = format!("{STATE}{TIERS}");
    let world = world(&text);
    let ends = Ends::of(&world);
    let network = network(&world, &Settings::default());
    let ask = |source: &str, target: &str| {
        let (target, port) = to(target).unwrap();
        let found = reach(&ends, &network, &from(source).unwrap(), &target, port).unwrap();
        (found.verdict, found.because(), found.fix.is_some())
    };
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<String>>();
    for (source, target, verdict, because, mended) in [
        (
            "mon/pod/scraper",
            "shop/statefulset/db:9100",
            Verdict::Allow,
            names(&["no-agents"]),
            false,
        ),
        // No NetworkPolicy can mend what the Admin tier denies.
        (
            "mon/pod/scraper",
            "shop/statefulset/db:5432",
            Verdict::Deny,
            names(&["no-agents"]),
            false,
        ),
        (
            "shop/deployment/web",
            "shop/statefulset/db:5432",
            Verdict::Allow,
            names(&["shop/db", "shop/web"]),
            false,
        ),
        (
            "shop/statefulset/db",
            "shop/deployment/web:80",
            Verdict::Deny,
            names(&["shop/default-deny"]),
            true,
        ),
        ("mon/pod/scraper", "mon/pod/other:80", Verdict::Deny, names(&["no-agents"]), false),
        ("shop/deployment/web", "mon/pod/other:80", Verdict::Deny, names(&["default"]), true),
    ] {
        assert_eq!(ask(source, target), (verdict, because, mended), "{source} to {target}");
    }
}

const CILIUM: &str = "
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: front, namespace: edge}
spec:
  endpointSelector: {matchLabels: {app: front}}
  ingress: [{fromEntities: [world], toPorts: [{ports: [{port: '8443', protocol: TCP}]}]}]
---
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata: {name: no-ops}
spec:
  endpointSelector: {matchLabels: {app: db}}
  ingressDeny: [{fromEndpoints: [{matchLabels: {'k8s:io.kubernetes.pod.namespace': ops}}]}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: ops, namespace: shop}
spec: {podSelector: {matchLabels: {app: db}}, ingress: [{from: [{namespaceSelector: {}}]}]}
---
{apiVersion: v1, kind: Pod, metadata: {name: front, namespace: edge, labels: {app: front}}, spec: {}}
---
{apiVersion: v1, kind: Pod, metadata: {name: other, namespace: edge, labels: {app: other}}, spec: {}}
---
{apiVersion: v1, kind: Pod, metadata: {name: tool, namespace: ops, labels: {app: tool}}, spec: {}}
";

/// Its policies and `NetworkPolicies` add up, and what it denies nothing allows (SEMANTICS 7.2).
#[test]
fn the_policies_of_cilium_decide_with_the_others() {
    let text = format!("{STATE}{CILIUM}");
    let world = world(&text);
    let ends = Ends::of(&world);
    let network = network(&world, &Settings::default());
    let ask = |source: &str, target: &str| {
        let (target, port) = to(target).unwrap();
        let found = reach(&ends, &network, &from(source).unwrap(), &target, port).unwrap();
        (found.verdict, found.because())
    };
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<String>>();
    for (source, target, verdict, because) in [
        ("203.0.113.7", "edge/pod/front:8443", Verdict::Allow, names(&["edge/front"])),
        ("203.0.113.7", "edge/pod/front:80", Verdict::Deny, names(&["edge/front"])),
        ("edge/pod/other", "edge/pod/front:8443", Verdict::Deny, names(&["edge/front"])),
        ("edge/pod/front", "edge/pod/other:80", Verdict::Allow, names(&[])),
        ("edge/pod/other", "shop/statefulset/db:80", Verdict::Allow, names(&["shop/ops"])),
        (
            "ops/pod/tool",
            "shop/statefulset/db:80",
            Verdict::Deny,
            names(&["no-ops", "shop/db", "shop/default-deny", "shop/ops"]),
        ),
    ] {
        assert_eq!(ask(source, target), (verdict, because), "{source} to {target}");
    }
}

#[test]
fn policies_of_calico_decide_with_the_others() {
    let calico = |kind: &str, namespace: &str, spec: &str| {
        format!(
            "---\n{{apiVersion: projectcalico.org/v3, kind: {kind}, metadata: {{name: a{namespace}}}, spec: {{{spec}}}}}\n"
        )
    };
    let global = |spec: &str| calico("GlobalNetworkPolicy", "", spec);
    let denial =
        |order: u16| format!("order: {order}, selector: all(), ingress: [{{action: Deny}}]");
    let tier = "---\n{apiVersion: projectcalico.org/v3, kind: Tier, metadata: {name: first}, spec: {order: 1}}\n";
    let db = "order: 7, selector: \"app == 'db'\", ingress: [{action: Log}, {action: Allow}]";
    for (policy, port, verdict, because) in [
        (global("selector: all()"), 5432, Verdict::Allow, vec!["shop/db", "shop/web"]),
        (global("selector: all()"), 80, Verdict::Deny, vec!["a", "shop/db", "shop/default-deny"]),
        (global(&denial(2000)), 5432, Verdict::Allow, vec!["shop/db", "shop/web"]),
        (global(&denial(1000)), 5432, Verdict::Unknown, vec!["a", "shop/db", "shop/default-deny"]),
        (global(&denial(999)), 5432, Verdict::Deny, vec!["a"]),
        (global(db), 80, Verdict::Allow, vec!["a", "shop/web"]),
        (global("tier: lost"), 5432, Verdict::Unknown, vec!["a", "shop/db", "shop/default-deny"]),
        (format!("{}{tier}", global("tier: first")), 5432, Verdict::Deny, vec!["a"]),
        (
            format!("{}{tier}", global("tier: first, ingress: [{action: Pass}]")),
            5432,
            Verdict::Allow,
            vec!["shop/db", "shop/web"],
        ),
        (
            calico("NetworkPolicy", ", namespace: shop", &denial(999)),
            5432,
            Verdict::Deny,
            vec!["shop/a"],
        ),
        (
            calico("NetworkPolicy", ", namespace: ops", &denial(999)),
            5432,
            Verdict::Allow,
            vec!["shop/db", "shop/web"],
        ),
        (
            format!("{}{CILIUM}", global("selector: all()")),
            5432,
            Verdict::Unknown,
            vec!["shop/db", "shop/default-deny", "shop/ops"],
        ),
    ] {
        let world = world(&format!("{STATE}{policy}"));
        let (target, port) = to(&format!("shop/statefulset/db:{port}")).unwrap();
        let ends = Ends::of(&world);
        let network = network(&world, &Settings::default());
        let source = from("shop/deployment/web").unwrap();
        let found = reach(&ends, &network, &source, &target, port).unwrap();
        assert_eq!(
            (found.verdict, found.because()),
            (verdict, because.iter().map(ToString::to_string).collect()),
            "{policy}"
        );
    }
}
