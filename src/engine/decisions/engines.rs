//! Policies of several engines about the same pods: whoever writes one of them is told.

use crate::engine::Need;
use crate::model::Finding;

use super::{Ask, DECLARED, default_deny, deployment, policy};

const FROM_API: &str = "{podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress], \
    ingress: [{from: [{podSelector: {matchLabels: {app: api}}}], ports: [{port: 5432}]}]}";

fn narrow() -> String {
    policy("db", FROM_API)
}

fn of_cilium(kind: &str) -> String {
    let home = if kind == "CiliumNetworkPolicy" { ", namespace: shop" } else { "" };
    format!(
        "{{apiVersion: cilium.io/v2, kind: {kind}, metadata: {{name: wide{home}}}, spec: {{\
         endpointSelector: {{matchLabels: {{app: db}}}}, ingress: [{{fromEntities: [cluster]}}]}}}}"
    )
}

fn accepting(name: &str, action: &str) -> String {
    format!(
        "{{apiVersion: policy.networking.k8s.io/v1alpha2, kind: ClusterNetworkPolicy, metadata: {{name: {name}}}, spec: {{\
         tier: Admin, priority: 10, subject: {{namespaces: {{}}}}, ingress: [{{action: {action}, from: [{{namespaces: {{}}}}]}}]}}}}"
    )
}

#[test]
fn whoever_writes_one_of_two_lists_is_told_of_the_other() {
    let (narrow, db, deny) = (narrow(), deployment("db"), default_deny());
    for kind in ["CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"] {
        let wide = of_cilium(kind);
        for ask in [
            Ask::create(&[DECLARED, &deny, &db, &wide], &narrow),
            Ask::create(&[DECLARED, &deny, &db, &narrow], &wide),
            Ask::create(&[DECLARED, &deny, &narrow, &wide], &db),
        ] {
            let verdict = ask.warned_by(&["mixed-policy-engines"]);
            let about: Vec<String> = verdict.warnings().map(Finding::about).collect();
            assert_eq!(about, ["NetworkPolicy shop/db"], "{kind}");
        }
        // It was so before.
        Ask::update(&[DECLARED, &deny, &db, &narrow], &wide, &wide).admitted();
        Ask::delete(&[DECLARED, &deny, &db, &narrow], &wide).admitted();
    }
}

#[test]
fn whoever_accepts_everything_is_told_of_the_default_deny() {
    let (db, deny) = (deployment("db"), default_deny());
    Ask::create(&[DECLARED, &deny, &db], &accepting("open", "Accept"))
        .warned_by(&["mixed-policy-engines"]);
    Ask::create(&[DECLARED, &deny, &db], &accepting("open", "Pass")).admitted();
    let verdict = Ask::create(
        &[DECLARED, &deny, &db, &accepting("open", "Accept")],
        &accepting("rival", "Deny"),
    )
    .warned_by(&["mixed-policy-engines"]);
    assert_eq!(verdict.findings[0].about(), "ClusterNetworkPolicy rival");
}

#[test]
fn many_policies_are_counted() {
    let named = |index: usize| {
        let name = format!("db-{index}");
        let own = FROM_API.replace("app: db}", &format!("app: {name}}}"));
        [policy(&name, &own), deployment(&name)]
    };
    let parts: Vec<String> = (0..6).flat_map(named).collect();
    let state: Vec<&str> =
        std::iter::once(DECLARED).chain(parts.iter().map(String::as_str)).collect();
    let wide = of_cilium("CiliumNetworkPolicy").replace("{matchLabels: {app: db}}", "{}");
    let verdict = Ask::create(&state, &wide).warned_by(&["mixed-policy-engines"; 4]);
    assert_eq!(verdict.notes, ["2 more NetworkPolicies do not go with it; the audit reports them"]);
}

#[test]
fn where_it_denies_it_is_confirmed_and_the_namespace_can_be_exempt() {
    let (narrow, db, deny) = (narrow(), deployment("db"), default_deny());
    let wide = of_cilium("CiliumNetworkPolicy");
    let deny_it = "rules: {mixed-policy-engines: deny}";
    let verdict = Ask::create(&[DECLARED, &deny, &db, &wide], &narrow)
        .settings(deny_it)
        .denied_by(&["mixed-policy-engines"]);
    assert!(verdict.needs.contains(&Need::ClusterPolicies), "{:?}", verdict.needs);
    // What a namespace wrote refuses no policy of another engine.
    Ask::create(&[DECLARED, &deny, &db, &narrow], &wide)
        .settings(deny_it)
        .warned_by(&["mixed-policy-engines"]);
    let exempt = DECLARED.replace(
        "labels:",
        "annotations: {portcullis.dev/exempt: mixed-policy-engines, portcullis.dev/exempt-reason: moving}, labels:",
    );
    Ask::create(&[&exempt, &deny, &db, &wide], &narrow).admitted();
    Ask::create(&[&exempt, &deny, &db, &narrow], &wide).admitted();
}
