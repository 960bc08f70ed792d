//! Cilium with `enable-policy: always`: what no policy allows is denied, to every pod.

use super::{Party, connections, network};
use crate::model::Settings;
use crate::reach::{Ends, Reach, Verdict, from, reach, to};
use crate::sample::live;

const PODS: &str = "
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop}, spec: {template: {metadata: {labels: {app: web}}, spec: {}}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: db, namespace: shop}, spec: {template: {metadata: {labels: {app: db}}, spec: {}}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: node, namespace: shop}, spec: {template: {metadata: {labels: {app: node}}, spec: {hostNetwork: true}}}}
";

/// A `NetworkPolicy` lets `db` in, a policy of Cilium that isolates nobody lets `web` out.
const POLICIES: &str = "
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: db, namespace: shop}, spec: {podSelector: {matchLabels: {app: db}},
  ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 5432}]}]}}
---
{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: web, namespace: shop}, spec: {endpointSelector: {matchLabels: {app: web}},
  enableDefaultDeny: {egress: false}, egress: [{toEndpoints: [{}]}]}}
";

fn cluster(mode: &str, policies: &str) -> String {
    format!(
        "{PODS}---\n{{apiVersion: apps/v1, kind: DaemonSet, metadata: {{name: cilium, namespace: kube-system}}, spec: {{template: {{spec: {{\
         hostNetwork: true, containers: [{{name: cilium-agent, image: 'quay.io/cilium/cilium:v1.18.4'}}]}}}}}}}}\n---\n\
         {{apiVersion: v1, kind: ConfigMap, metadata: {{name: cilium-config, namespace: kube-system}}, data: {{enable-policy: {mode}}}}}\n---\n{policies}"
    )
}

/// Who may connect to whom at all, as `web -> db`, without the host network.
fn possible(text: &str) -> Vec<String> {
    let world = live(text);
    let name = |party: &Party| match party {
        Party::Workload(reference) => reference.name.clone(),
        Party::Addresses(_) => "outside".to_owned(),
    };
    let found = connections(&world, &network(&world, &Settings::default()));
    let pairs = found.iter().map(|found| [name(&found.from), name(&found.to)]);
    let governed = pairs.filter(|pair| !pair.iter().any(|name| name == "node" || name == "cilium"));
    governed.map(|[from, to]| format!("{from} -> {to}")).collect()
}

fn ask(text: &str, source: &str, target: &str) -> Reach {
    let world = live(text);
    let (target, port) = to(target).unwrap();
    let network = network(&world, &Settings::default());
    reach(&Ends::of(&world), &network, &from(source).unwrap(), &target, port).unwrap()
}

#[test]
fn without_a_policy_nobody_connects() {
    assert_eq!(possible(&cluster("always", "")), Vec::<String>::new());
    let all = [
        "db -> db",
        "db -> web",
        "db -> outside",
        "web -> db",
        "web -> web",
        "web -> outside",
        "outside -> db",
        "outside -> web",
    ];
    for mode in ["default", "never"] {
        assert_eq!(possible(&cluster(mode, "")), all);
    }
}

#[test]
fn what_policies_of_either_kind_allow_is_allowed() {
    let text = cluster("always", POLICIES);
    assert_eq!(possible(&text), ["web -> db"]);
    let found =
        |port: u16| ask(&text, "shop/deployment/web", &format!("shop/deployment/db:{port}"));
    assert_eq!(found(5432).verdict, Verdict::Allow);
    assert_eq!(found(5433).verdict, Verdict::Deny);
}

#[test]
fn the_answer_names_what_isolates() {
    let found = ask(&cluster("always", ""), "shop/deployment/web", "shop/deployment/db:5432");
    assert_eq!(found.verdict, Verdict::Deny);
    let always = "Cilium (enable-policy: always)";
    assert_eq!(found.because(), [always]);
    for side in &found.sides {
        assert_eq!(side.isolating, [always]);
    }
    assert_eq!(found.fix.unwrap().objects.len(), 2, "one policy for each end");
}

#[test]
fn the_host_network_stays_free() {
    let found = ask(&cluster("always", ""), "shop/deployment/node", "192.0.2.1:443");
    assert_eq!(found.verdict, Verdict::Allow);
}
