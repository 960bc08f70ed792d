//! What a policy's write opens and closes is told with the answer.

use super::{Ask, DECLARED, default_deny, deployment, narrow, policy, workload};
use crate::connections::{Party, Shift};
use crate::netpol::{PortSets, Protocol};

/// Shifts in few words.
fn told(shifts: &[Shift]) -> Vec<String> {
    let name = |party: &Party| match party {
        Party::Workload(reference) => reference.to_string(),
        Party::Addresses(addresses) => addresses.blocks()[0].to_string(),
    };
    let line = |shift: &Shift| {
        let verb = if shift.opened.is_empty() { "closes" } else { "opens" };
        let ports = shift.opened.union(&shift.closed);
        let ports = ports.of_protocol(Protocol::Tcp).ranges().to_vec();
        format!("{verb} {} -> {} {ports:?}", name(&shift.from), name(&shift.to))
    };
    shifts.iter().map(line).collect()
}

fn from_web(port: u16) -> String {
    let peer = "{podSelector: {matchLabels: {app: web}}}";
    policy(
        "db",
        &format!(
            "{{podSelector: {{matchLabels: {{app: db}}}}, policyTypes: [Ingress], ingress: [{{from: [{peer}], ports: [{{port: {port}}}]}}]}}"
        ),
    )
}

#[test]
fn what_a_policy_opens_is_told() {
    let (web, db, deny) = (deployment("web"), deployment("db"), default_deny());
    let state = [DECLARED, &deny, &web, &db];
    let opens = ["opens Deployment shop/web -> Deployment shop/db [(5432, 5432)]"];
    assert_eq!(told(&Ask::create(&state, &from_web(5432)).verdict().effect), opens);
    let closes = ["closes Deployment shop/web -> Deployment shop/db [(5432, 5432)]"];
    assert_eq!(told(&Ask::delete(&state, &from_web(5432)).verdict().effect), closes);
    let other = Ask::update(&state, &from_web(5432), &from_web(5433)).verdict();
    assert_eq!(
        told(&[Shift { closed: PortSets::default(), ..other.effect[0].clone() }]),
        ["opens Deployment shop/web -> Deployment shop/db [(5433, 5433)]"]
    );
    assert_eq!(other.effect.len(), 1);
    assert_eq!(other.effect[0].closed.of_protocol(Protocol::Tcp).ranges(), [(5432, 5432)]);
}

#[test]
fn nothing_is_told_of_a_dry_run_a_refusal_and_in_the_mode_audit() {
    let (web, db, deny) = (deployment("web"), deployment("db"), default_deny());
    let state = [DECLARED, &deny, &web, &db];
    let ask = || Ask::create(&state, &from_web(5432));
    assert_eq!(told(&ask().on_dry_run().verdict().effect), [""; 0]);
    assert_eq!(told(&ask().settings("mode: audit").verdict().effect), [""; 0]);
    assert_eq!(ask().settings("mode: warn").verdict().effect.len(), 1);
    let refused = Ask::delete(&[DECLARED, &web, &db], &deny).verdict();
    assert!(refused.is_denied() && refused.effect.is_empty());
    assert!(!refused.is_effect_unknown);
}

#[test]
fn nothing_is_told_where_nothing_changes() {
    let (web, db, deny) = (deployment("web"), deployment("db"), default_deny());
    let state = [DECLARED, &deny, &web, &db];
    assert_eq!(told(&Ask::create(&state, &narrow("db")).verdict().effect), [""; 0]);
    let renamed = from_web(5432).replace("name: db,", "name: db, labels: {a: b},");
    let verdict = Ask::update(&state, &from_web(5432), &renamed).verdict();
    assert_eq!(told(&verdict.effect), [""; 0]);
    assert_eq!(told(&Ask::create(&[DECLARED, &deny], &from_web(5432)).verdict().effect), [""; 0]);
}

#[test]
fn a_default_deny_closes_everything_that_was_open() {
    let (web, db) = (deployment("web"), deployment("db"));
    let found = told(&Ask::create(&[DECLARED, &web, &db], &narrow("web")).verdict().effect);
    let closes = [
        "closes 0.0.0.0/0 -> Deployment shop/web [(1, 65535)]",
        "closes Deployment shop/db -> Deployment shop/web [(1, 65535)]",
        "closes Deployment shop/web -> Deployment shop/web [(1, 65535)]",
    ];
    assert_eq!(found, closes);
}

/// A Pod of shop with an address, labelled `app: NAME`, of a controller or of nobody.
fn running(name: &str, address: &str, owner: &str) -> String {
    let owners = if owner.is_empty() {
        String::new()
    } else {
        format!(
            "ownerReferences: [{{apiVersion: apps/v1, kind: Deployment, name: {owner}, uid: Deployment-{owner}, controller: true}}]"
        )
    };
    let pod = workload("v1", "Pod", name, &owners);
    pod.replace("spec: {}", &format!("status: {{phase: Running, podIPs: [{{ip: {address}}}]}}"))
}

fn restart_messages(verdict: &super::Verdict) -> Vec<&str> {
    let own = verdict.findings.iter().filter(|finding| finding.rule.name == "restart-needed");
    own.map(|finding| finding.message.as_str()).collect()
}

#[test]
fn what_is_cut_between_running_pods_takes_a_restart() {
    let (db, deny) = (deployment("db"), default_deny());
    let database = running("db", "10.0.0.1", "db");
    let web = running("web", "10.0.0.2", "");
    let all = [DECLARED, &deny, &db, &database, &web];
    let command = "connections that are open now can outlive what this closes; end them: `kubectl rollout restart deployment/db -n shop`";
    let ask = |state: &[&str]| Ask::delete(state, &from_web(5432));
    assert_eq!(restart_messages(&ask(&all).verdict()), [command]);
    let moved = Ask::update(&all, &from_web(5432), &from_web(5433)).warned_by(&["restart-needed"]);
    assert_eq!(restart_messages(&moved), [command]);
    // Nothing is cut: by what allows, where one end does not run, on a dry run.
    Ask::create(&all, &from_web(5432)).warned_by(&[]);
    for state in [[DECLARED, &deny, &db, &database], [DECLARED, &deny, &db, &web]] {
        assert_eq!(restart_messages(&ask(&state).verdict()), [""; 0]);
    }
    assert_eq!(restart_messages(&ask(&all).on_dry_run().verdict()), [""; 0]);
    assert_eq!(ask(&all).settings("rules: {restart-needed: off}").verdict().findings.len(), 0);
    // In the mode audit nobody is told, and the audit log holds it.
    let audited = ask(&all).settings("mode: audit").verdict();
    assert_eq!(restart_messages(&audited), [command]);
    assert_eq!(audited.warnings().count(), 0);
}

#[test]
fn what_runs_without_a_controller_is_to_be_deleted() {
    let deny = default_deny();
    let pods = [running("db", "10.0.0.1", ""), running("web", "10.0.0.2", "")];
    let verdict = Ask::delete(&[DECLARED, &deny, &pods[0], &pods[1]], &from_web(5432)).verdict();
    let message =
        "connections that are open now can outlive what this closes; end them: delete Pod/db";
    assert_eq!(restart_messages(&verdict), [message]);
}

const DATA: &str = "{apiVersion: v1, kind: Namespace, metadata: {name: data, labels: {portcullis.dev/default-deny: self}}}";

/// The namespace `shop` with its labels as they are by default and these.
fn labelled(labels: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Namespace, metadata: {{name: shop, labels: {{name: shop, portcullis.dev/default-deny: self{labels}}}}}}}"
    )
}

#[test]
fn a_label_that_policies_ask_for_is_in_use() {
    let deny = default_deny();
    let peer = "{namespaceSelector: {matchLabels: {team: a}}}";
    let from_team = policy(
        "from-team",
        &format!("{{podSelector: {{}}, policyTypes: [Ingress], ingress: [{{from: [{peer}]}}]}}"),
    )
    .replace("namespace: shop", "namespace: data");
    let (web, db) =
        (deployment("web"), deployment("db").replace("namespace: shop", "namespace: data"));
    let state = [DATA, &deny, &from_team, &web, &db];
    let (with, without) = (labelled(", team: a"), labelled(""));
    let opens = "opens Deployment shop/web -> Deployment data/db [(1, 65535)]";
    let verdict = Ask::update(&state, &without, &with).warned_by(&["namespace-label-in-use"]);
    assert_eq!(told(&verdict.effect), [opens]);
    assert_eq!(
        verdict.findings[0].message,
        "namespaceSelectors of NetworkPolicy data/from-team now match namespace shop; this opens 1 and closes 0 connections"
    );
    let verdict = Ask::update(&state, &with, &without).warned_by(&["namespace-label-in-use"]);
    assert_eq!(told(&verdict.effect), [opens.replace("opens", "closes")]);
    let other = labelled(", team: b");
    Ask::update(&state, &with, &other).warned_by(&["namespace-label-in-use"]);
    let nobody = Ask::update(&state, &without, &other).admitted();
    assert_eq!(told(&nobody.effect), [""; 0]);
    let admin = "{apiVersion: policy.networking.k8s.io/v1alpha1, kind: AdminNetworkPolicy, metadata: {name: monitor}, spec: {priority: 1, subject: {namespaces: {matchLabels: {team: a}}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}}";
    let verdict = Ask::update(&[DATA, &deny, admin, &web, &db], &with, &without)
        .warned_by(&["namespace-label-in-use"]);
    assert_eq!(
        verdict.findings[0].message,
        "namespaceSelectors of AdminNetworkPolicy monitor no longer match namespace shop"
    );
    assert!(verdict.is_effect_unknown);
    let both = labelled(", team: a, stage: test");
    Ask::update(&state, &with, &both).admitted();
    let dry = Ask::update(&state, &without, &with).on_dry_run().admitted();
    assert_eq!(told(&dry.effect), [""; 0]);
}
