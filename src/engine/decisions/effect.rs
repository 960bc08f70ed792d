//! What a policy's write opens and closes is told with the answer.

use super::{Ask, DECLARED, default_deny, deployment, narrow, policy};
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
