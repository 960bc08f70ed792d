//! What Calico's policies rest on: a change of a tier or of a set of addresses takes cover away like one of a policy.

use crate::engine::Need;

use super::{Ask, DECLARED, default_deny, deployment};

const CALICO: &str = "coverage: {accept: [calico]}";

/// A `GlobalNetworkPolicy` with this spec.
fn policy(name: &str, spec: &str) -> String {
    format!(
        "{{apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy, metadata: {{name: {name}}}, spec: {{types: [Ingress], {spec}}}}}"
    )
}

fn tier(name: &str, spec: &str) -> String {
    format!(
        "{{apiVersion: projectcalico.org/v3, kind: Tier, metadata: {{name: {name}}}, spec: {{{spec}}}}}"
    )
}

/// A set with this label `role` and these addresses.
fn set(role: &str, nets: &str) -> String {
    format!(
        "{{apiVersion: projectcalico.org/v3, kind: GlobalNetworkSet, metadata: {{name: office, labels: {{role: {role}}}}}, \
         spec: {{nets: [{nets}]}}}}"
    )
}

#[test]
fn a_tier_keeps_what_its_policies_close() {
    let (web, base) = (deployment("web"), policy("base", "tier: first"));
    let (deny, pass) = (
        tier("first", "order: 1, defaultAction: Deny"),
        tier("first", "order: 1, defaultAction: Pass"),
    );
    let state = [DECLARED, &web, &base];
    let verdict =
        Ask::update(&state, &deny, &pass).settings(CALICO).denied_by(&["missing-default-deny"]);
    assert!(
        verdict.findings[0].message.starts_with(
            "this change of Tier first leaves namespace shop less covered than asked: "
        ),
        "{}",
        verdict.findings[0].message
    );
    let needs = [
        Need::ClusterPolicies,
        Need::Namespace("shop".to_owned()),
        Need::Policies("shop".to_owned()),
        Need::Workloads("shop".to_owned()),
    ];
    assert_eq!(verdict.needs.into_iter().collect::<Vec<_>>(), needs);
    Ask::delete(&state, &deny).settings(CALICO).denied_by(&["missing-default-deny"]);
    Ask::update(&state, &pass, &deny).settings(CALICO).admitted();
    Ask::update(&state, &deny, &tier("first", "order: 7")).settings(CALICO).admitted();
    Ask::update(&state, &deny, &pass).admitted();
    Ask::update(&[DECLARED, &web, &base, &default_deny()], &deny, &pass)
        .settings(CALICO)
        .admitted();
    Ask::update(&[DECLARED, &web], &deny, &pass).settings(CALICO).admitted();
}

#[test]
fn the_order_of_tiers_decides() {
    let web = deployment("web");
    let closing = policy("base", "tier: first, ingress: [{action: Deny}]");
    let opening = policy("open", "tier: second, ingress: [{action: Allow}]");
    let second = tier("second", "order: 2");
    let state = [DECLARED, &web, &closing, &opening, &second];
    let (early, late) = (tier("first", "order: 1"), tier("first", "order: 3"));
    Ask::update(&state, &early, &late).settings(CALICO).denied_by(&["missing-default-deny"]);
    Ask::update(&state, &late, &early).settings(CALICO).admitted();
    // NetworkPolicies stand in the tier `default`.
    let own = policy("base", "tier: default, order: 1, ingress: [{action: Deny}]");
    let default = |order: &str| tier("default", &format!("order: {order}"));
    let state = [DECLARED, &web, &own, &opening, &second];
    Ask::update(&state, &default("1"), &default("3"))
        .settings(CALICO)
        .denied_by(&["missing-default-deny"]);
}

/// What a policy does whose tier is not known is not known either: nobody relies on it.
#[test]
fn a_new_tier_takes_no_cover_away() {
    let (web, base) = (deployment("web"), policy("base", "selector: all()"));
    let opening = policy("open", "tier: first, ingress: [{action: Allow}]");
    Ask::create(&[DECLARED, &web, &base, &opening], &tier("first", "order: 1"))
        .settings(CALICO)
        .admitted();
}

#[test]
fn a_set_of_addresses_opens_what_its_labels_are_allowed() {
    let web = deployment("web");
    let base = policy("base", "ingress: [{action: Allow, source: {selector: role == 'office'}}]");
    let state = [DECLARED, &web, &base];
    let (some, all) = (set("office", "10.0.0.0/8"), set("office", "0.0.0.0/0"));
    for ask in [
        Ask::update(&state, &some, &all),
        Ask::create(&state, &all),
        Ask::update(&state, &set("guests", "0.0.0.0/0"), &all),
    ] {
        let verdict = ask.settings(CALICO).denied_by(&["missing-default-deny"]);
        let message = &verdict.findings[0].message;
        assert!(message.starts_with("this change of GlobalNetworkSet office leaves"), "{message}");
        assert!(verdict.needs.contains(&Need::Sets));
    }
    Ask::create(&state, &some).settings(CALICO).admitted();
    Ask::create(&state, &set("guests", "0.0.0.0/0")).settings(CALICO).admitted();
    Ask::update(&state, &all, &some).settings(CALICO).admitted();
    Ask::create(&state, &all).admitted();
    let own = "{apiVersion: projectcalico.org/v3, kind: NetworkSet, metadata: {name: a, namespace: tools, labels: {role: office}}, \
               spec: {nets: ['0.0.0.0/0']}}";
    Ask::create(&state, own).settings(CALICO).denied_by(&["missing-default-deny"]);
}

#[test]
fn what_denies_a_set_of_addresses_rests_on_it() {
    let web = deployment("web");
    let base = policy(
        "base",
        "ingress: [{action: Deny, source: {selector: role == 'office'}}, {action: Allow}]",
    );
    let all = set("office", "0.0.0.0/0");
    let state = [DECLARED, &web, &base];
    Ask::delete(&state, &all).settings(CALICO).denied_by(&["missing-default-deny"]);
    Ask::create(&state, &all).settings(CALICO).admitted();
}

#[test]
fn of_an_old_state_what_a_set_does_is_asked_first() {
    let base = policy("base", "ingress: [{action: Allow, source: {selector: role == 'office'}}]");
    let web = deployment("web");
    let mut ask =
        Ask::create(&[DECLARED, &web, &base], &set("office", "0.0.0.0/0")).settings(CALICO);
    ask.world = ask.world.old();
    let verdict = ask.verdict();
    let first = [Need::ClusterPolicies, Need::Namespaces, Need::Sets].into();
    assert_eq!(verdict.unread(&[].into()), first);
    let rest = [Need::Policies("shop".to_owned()), Need::Workloads("shop".to_owned())].into();
    assert_eq!(verdict.unread(&first), rest);
}
