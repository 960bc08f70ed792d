//! Policies that people write, and what the rules make of them.

use crate::model::{Finding, RuleLevel, Settings};
use crate::netpol::{Direction, Level, coverage};
use crate::sample::{findings, findings_of, live, settings, world};

mod api_server;
mod callers;
mod callers_engines;
mod dns;
mod dns_clients;
mod dns_engines;
mod dns_laws;
mod dns_nameservers;
mod dns_plugins;
mod enforcement;
mod exempt_workloads;
mod features;
mod mixed;
mod monitoring;
mod nulls;
mod outside;
mod peers;
mod ranges;

/// A policy `name` of namespace `app` with this spec.
fn policy(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: {name}, namespace: app}}\nspec: {spec}\n"
    )
}

/// A Deployment of namespace `app` labelled `app: NAME`, its pods with this spec.
fn deployment(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: app}}\n\
         spec: {{template: {{metadata: {{labels: {{app: {name}}}}}, spec: {spec}}}}}\n"
    )
}

/// A DaemonSet of kube-system in the network of its nodes, with this container.
fn agent(name: &str, container: &str) -> String {
    format!(
        "{{apiVersion: apps/v1, kind: DaemonSet, metadata: {{name: {name}, namespace: kube-system}}, \
         spec: {{template: {{spec: {{hostNetwork: true, containers: [{container}]}}}}}}}}"
    )
}

fn state(parts: &[&str]) -> String {
    parts.join("\n---\n")
}

/// The names of the rules that speak about `namespace: app`, with their levels.
fn told(parts: &[&str]) -> Vec<(&'static str, RuleLevel)> {
    let findings = findings(&Settings::default(), &world(&state(parts)));
    findings.iter().map(|finding| (finding.rule.name, finding.level)).collect()
}

fn levels(parts: &[&str]) -> [Level; 2] {
    let world = world(&state(parts));
    let view = world.namespace("app").unwrap();
    Direction::BOTH.map(|direction| coverage(&view.specs(), direction, world.families()).level)
}

/// What `rule` says of a live cluster with these parts.
fn said_by(rule: &str, parts: &[&str]) -> Vec<Finding> {
    findings_of(rule, &Settings::default(), &live(&state(parts)))
}

/// A `CiliumNetworkPolicy` for all pods of `app`, and the agent that enforces it.
fn cilium_policy(rules: &str) -> String {
    let agent = agent("cilium", "{name: cilium-agent, image: 'quay.io/cilium/cilium:v1.18.2'}");
    let policy = format!(
        "{{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {{name: own, namespace: app}}, \
         spec: {{endpointSelector: {{}}, {rules}}}}}"
    );
    state(&[&agent, &policy])
}

/// Calico in this version.
fn calico(version: &str) -> String {
    agent("calico-node", &format!("{{name: calico-node, image: 'calico/node:v{version}'}}"))
}

/// The message about a client on the host network.
fn is_told_of_the_host_network(found: &[Finding]) {
    let end = "allow it from the addresses of nodes: no selector matches the host network";
    assert!(warned(found).ends_with(end), "{found:#?}");
}

/// The message of the only finding, which must be a warning.
fn warned(found: &[Finding]) -> &str {
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].level, RuleLevel::Warn);
    &found[0].message
}

#[test]
fn f3_an_empty_egress_denies_no_egress() {
    for egress in ["[]", "null"] {
        let parts = policy("deny", &format!("{{podSelector: {{}}, egress: {egress}}}"));
        assert_eq!(levels(&[&parts]), [Level::Strict, Level::None]);
        assert_eq!(told(&[&parts]), [("ignored-rules", RuleLevel::Warn)], "{egress}");
    }
    let explicit = policy("deny", "{podSelector: {}, policyTypes: [Ingress], egress: []}");
    assert_eq!(told(&[&explicit]), []);
}

#[test]
fn f3_is_seen_at_admission_by_what_kubectl_applied() {
    let stored = r#"
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: deny
  namespace: app
  annotations: {kubectl.kubernetes.io/last-applied-configuration: '{"spec":{"podSelector":{},"egress":[]}}'}
spec: {podSelector: {}, policyTypes: [Ingress]}
"#;
    assert_eq!(told(&[stored]), [("ignored-rules", RuleLevel::Warn)]);
}

#[test]
fn f4_egress_rules_without_the_type_are_ignored() {
    let parts = policy(
        "api",
        "{podSelector: {}, policyTypes: [Ingress], egress: [{to: [{podSelector: {}}]}]}",
    );
    assert_eq!(levels(&[&parts]), [Level::Strict, Level::None]);
    assert_eq!(told(&[&parts]), [("ignored-rules", RuleLevel::Warn)]);
}

#[test]
fn the_apply_trap_is_named() {
    let stored = r#"
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: api
  namespace: app
  annotations: {kubectl.kubernetes.io/last-applied-configuration: '{"spec":{"podSelector":{},"egress":[{}]}}'}
spec: {podSelector: {}, policyTypes: [Ingress], egress: [{ports: [{port: 443}]}]}
"#;
    let found = findings_of("ignored-rules", &Settings::default(), &live(stored));
    assert_eq!(found.len(), 1);
    let message = &found[0].message;
    assert!(message.contains("set policyTypes explicitly"), "{message}");
    assert!(message.contains("filled in when the policy was first applied"), "{message}");
}

#[test]
fn f5_egress_rules_without_types_deny_ingress_too() {
    let parts = policy("api", "{podSelector: {}, egress: [{to: [{podSelector: {}}]}]}");
    assert_eq!(levels(&[&parts]), [Level::Strict, Level::Isolated]);
    assert_eq!(told(&[&parts]), [("implied-ingress-deny", RuleLevel::Warn)]);
}

#[test]
fn f5_is_seen_at_admission_by_what_kubectl_applied() {
    let stored = |applied: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: api\n  namespace: app\n  \
             annotations: {{kubectl.kubernetes.io/last-applied-configuration: '{applied}'}}\n\
             spec: {{podSelector: {{}}, policyTypes: [Ingress, Egress], egress: [{{ports: [{{port: 443}}]}}]}}\n"
        )
    };
    let implied = stored(r#"{"spec":{"egress":[{"ports":[{"port":443}]}]}}"#);
    assert_eq!(told(&[&implied]), [("implied-ingress-deny", RuleLevel::Warn)]);
    let meant = stored(
        r#"{"spec":{"policyTypes":["Ingress","Egress"],"egress":[{"ports":[{"port":443}]}]}}"#,
    );
    assert_eq!(told(&[&meant]), []);
}

#[test]
fn f6_an_allow_all_beside_a_default_deny_neutralises_it() {
    let deny = policy("default-deny", "{podSelector: {}, policyTypes: [Ingress]}");
    let allow = policy("allow", "{podSelector: {}, policyTypes: [Ingress], ingress: [{}]}");
    assert_eq!(levels(&[&deny, &allow]), [Level::Open, Level::None]);
    let found = findings(&Settings::default(), &world(&state(&[&deny, &allow])));
    let found: Vec<_> =
        found.iter().map(|finding| (finding.rule.name, finding.subject_name())).collect();
    assert_eq!(found, [("neutralised-default-deny", "allow"), ("allow-all", "allow")]);
}

#[test]
fn f7_a_targeted_allow_all_is_an_open_exception() {
    let deny = policy("default-deny", "{podSelector: {}, policyTypes: [Ingress]}");
    let allow = policy(
        "allow",
        "{podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress], ingress: [{}]}",
    );
    assert_eq!(levels(&[&deny, &allow]), [Level::Strict, Level::None]);
    assert_eq!(told(&[&deny, &allow, &deployment("web", "{}")]), [("allow-all", RuleLevel::Warn)]);
    let alone = told(&[&allow, &deployment("web", "{}")]);
    assert_eq!(alone, [("uncovered-workload", RuleLevel::Deny), ("allow-all", RuleLevel::Warn)]);
}

#[test]
fn f40_the_host_network_is_noted_and_never_uncovered() {
    let parts = deployment("agent", "{hostNetwork: true}");
    assert_eq!(told(&[&parts]), [("host-network-workload", RuleLevel::Audit)]);
    let exempt = parts.replace("namespace: app", "namespace: kube-system");
    assert_eq!(told(&[&exempt]), []);
}

#[test]
fn ignored_rules_are_switched_on_together_with_what_they_forget() {
    let api = policy(
        "api",
        "{podSelector: {}, policyTypes: [Ingress], egress: [{to: [{podSelector: {}}]}]}",
    );
    let found =
        findings_of("ignored-rules", &Settings::default(), &live(&state(&[dns::DNS, &api])));
    let names: Vec<_> = found[0]
        .fix
        .as_ref()
        .unwrap()
        .objects
        .iter()
        .map(|object| object["metadata"]["name"].clone())
        .collect();
    assert_eq!(names, ["api", "allow-dns"]);
    let everything = policy("api", "{podSelector: {}, policyTypes: [Ingress], egress: [{}]}");
    let found = findings_of("ignored-rules", &Settings::default(), &live(&everything));
    assert_eq!(
        found[0].fix, None,
        "rules that allow everything are not switched on without asking"
    );
}

#[test]
fn a_default_deny_is_offered_only_where_it_helps() {
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: app, labels: {portcullis.dev/default-deny: self}}\n";
    let strict = settings("strict: true");
    // For every pod but those labelled app: web, and open: a default-deny beside it would be neutralised.
    let open = policy(
        "open",
        "{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [web]}]}, policyTypes: [Ingress], ingress: [{}]}",
    );
    let found = findings_of(
        "missing-default-deny",
        &Settings::default(),
        &world(&state(&[namespace, &open])),
    );
    assert_eq!(found.iter().map(|finding| finding.fix.is_some()).collect::<Vec<_>>(), [false]);
    let found = findings_of("missing-default-deny", &strict, &world(namespace));
    assert_eq!(found.iter().map(|finding| finding.fix.is_some()).collect::<Vec<_>>(), [true]);
}

#[test]
fn halves_that_add_up_to_everything_are_not_switched_on_unasked() {
    let half = |cidr: &str| format!("egress: [{{to: [{{ipBlock: {{cidr: {cidr}}}}}]}}]");
    let silent = policy(
        "q",
        &format!("{{podSelector: {{}}, policyTypes: [Ingress], {}}}", half("128.0.0.0/1")),
    );
    let other = policy(
        "r",
        &format!("{{podSelector: {{}}, policyTypes: [Egress], {}}}", half("0.0.0.0/1")),
    );
    let state = state(&[&silent, &other, &deployment("web", "{}")]);
    let found = findings_of("ignored-rules", &Settings::default(), &world(&state));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].fix, None);
}
