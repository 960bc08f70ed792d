//! Cluster-scoped policies: what they cover, and what their change takes away.

use crate::engine::Need;

use super::{Ask, DECLARED, UNDECLARED, allow_all, default_deny, deployment, policy};

const ACCEPTED: &str = "coverage: {accept: [admin, baseline]}";

/// A `ClusterNetworkPolicy` of this tier that denies all ingress from pods to pods of the namespaces that `subject` selects.
fn closing(tier: &str, subject: &str) -> String {
    format!(
        "{{apiVersion: policy.networking.k8s.io/v1alpha2, kind: ClusterNetworkPolicy, metadata: {{name: base}}, spec: {{\
         tier: {tier}, priority: 10, subject: {subject}, ingress: [{{action: Deny, from: [{{namespaces: {{}}}}]}}]}}}}"
    )
}

fn everywhere(tier: &str) -> String {
    closing(tier, "{namespaces: {}}")
}

fn namespace(labels: &str) -> String {
    format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: shop, labels: {{{labels}}}}}}}")
}

#[test]
fn a_namespace_that_is_covered_by_its_labels_needs_no_declaration() {
    for tier in ["Admin", "Baseline"] {
        Ask::create(&[&everywhere(tier)], UNDECLARED).settings(ACCEPTED).admitted();
        let by_label = closing(tier, "{namespaces: {matchLabels: {team: a}}}");
        Ask::create(&[&by_label], &namespace("team: a")).settings(ACCEPTED).admitted();
        Ask::create(&[&by_label], &namespace("team: b"))
            .settings(ACCEPTED)
            .denied_by(&["undeclared-namespace"]);
    }
    let restricted = format!("{ACCEPTED}\nprofile: {{enforce: restricted}}");
    Ask::create(&[&everywhere("Admin")], UNDECLARED)
        .settings(&restricted)
        .denied_by(&["undeclared-namespace"]);
    let strict = format!("{ACCEPTED}\nstrict: true");
    Ask::create(&[&everywhere("Admin")], UNDECLARED)
        .settings(&strict)
        .denied_by(&["undeclared-namespace"]);
}

#[test]
fn only_grades_that_the_settings_accept_count() {
    let message = |settings: &str, tier: &str| {
        let ask = Ask::create(&[&everywhere(tier)], UNDECLARED).settings(settings);
        ask.denied_by(&["undeclared-namespace"]).findings[0].message.clone()
    };
    for (settings, tier) in [("", "Admin"), ("coverage: {accept: [admin]}", "Baseline")] {
        let message = message(settings, tier);
        let grade = tier.to_lowercase();
        let hint = format!(
            "ClusterNetworkPolicy base closes its pods, of a grade that does not count unless `coverage.accept` names `{grade}`"
        );
        assert!(message.contains(&hint), "{message}");
    }
}

#[test]
fn a_denial_that_a_new_cluster_policy_could_lift_is_confirmed() {
    let verdict =
        Ask::create(&[], UNDECLARED).settings(ACCEPTED).denied_by(&["undeclared-namespace"]);
    assert!(verdict.needs.contains(&Need::ClusterPolicies));
    let verdict = Ask::create(&[DECLARED], &deployment("web"))
        .settings(ACCEPTED)
        .denied_by(&["uncovered-workload"]);
    assert!(verdict.needs.contains(&Need::ClusterPolicies));
    let verdict = Ask::create(&[DECLARED], &deployment("web")).denied_by(&["uncovered-workload"]);
    assert!(!verdict.needs.contains(&Need::ClusterPolicies));
}

#[test]
fn a_workload_is_covered_by_a_cluster_policy() {
    let pods = "{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}}";
    for tier in ["Admin", "Baseline"] {
        let state = closing(tier, pods);
        Ask::create(&[DECLARED, &state], &deployment("web")).settings(ACCEPTED).admitted();
        Ask::create(&[DECLARED, &state], &deployment("db"))
            .settings(ACCEPTED)
            .denied_by(&["uncovered-workload"]);
    }
}

#[test]
fn an_allow_all_opens_what_the_baseline_closes_and_not_what_the_admin_tier_does() {
    Ask::create(&[DECLARED, &everywhere("Admin"), &deployment("web")], &allow_all())
        .settings(ACCEPTED)
        .warned_by(&["allow-all"]);
    Ask::create(&[DECLARED, &everywhere("Baseline"), &deployment("web")], &allow_all())
        .settings(ACCEPTED)
        .denied_by(&["neutralised-default-deny", "uncovered-workload"]);
}

#[test]
fn the_last_cover_of_workloads_stays() {
    let (web, base) = (deployment("web"), everywhere("Admin"));
    let verdict = Ask::delete(&[DECLARED, &web], &base)
        .settings(ACCEPTED)
        .denied_by(&["missing-default-deny"]);
    let message = &verdict.findings[0].message;
    assert!(message.starts_with("the deletion of ClusterNetworkPolicy base leaves namespace shop less covered than asked: namespace shop: a pod without labels"), "{message}");
    let needs = [
        Need::ClusterPolicies,
        Need::Namespace("shop".to_owned()),
        Need::Policies("shop".to_owned()),
        Need::Workloads("shop".to_owned()),
    ];
    assert_eq!(verdict.needs.into_iter().collect::<Vec<_>>(), needs);
    let narrowed = closing("Admin", "{namespaces: {matchLabels: {team: a}}}");
    let verdict = Ask::update(&[DECLARED, &web], &base, &narrowed)
        .settings(ACCEPTED)
        .denied_by(&["missing-default-deny"]);
    assert!(verdict.findings[0].message.starts_with("this change of"));
}

#[test]
fn what_nobody_needs_may_go() {
    let (web, base) = (deployment("web"), everywhere("Admin"));
    Ask::delete(&[DECLARED, &web, &default_deny()], &base).settings(ACCEPTED).admitted();
    Ask::delete(&[DECLARED, &web], &base).admitted();
    Ask::delete(&[DECLARED], &base).settings(ACCEPTED).warned_by(&["missing-default-deny"]);
    Ask::delete(&[DECLARED, &web], &base)
        .settings(ACCEPTED)
        .on_dry_run()
        .warned_by(&["missing-default-deny"]);
    Ask::delete(&[DECLARED, &web], &base)
        .settings(ACCEPTED)
        .by("system:serviceaccount:kube-system:generic-garbage-collector")
        .admitted();
    let exempt = format!("{ACCEPTED}\nnamespaces: {{exempt: [shop]}}");
    Ask::delete(&[DECLARED, &web], &base).settings(&exempt).admitted();
    Ask::create(&[DECLARED, &web], &base).settings(ACCEPTED).admitted();
}

#[test]
fn a_covered_workload_that_is_uncovered_denies_in_a_namespace_that_was_never_covered() {
    let pods = "{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}}";
    Ask::delete(&[DECLARED, &deployment("web")], &closing("Baseline", pods))
        .settings(ACCEPTED)
        .denied_by(&["uncovered-workload"]);
    let isolated =
        policy("web", "{podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}");
    Ask::delete(&[DECLARED, &deployment("web"), &isolated], &closing("Baseline", pods))
        .settings(ACCEPTED)
        .admitted();
}

#[test]
fn labels_with_which_a_namespace_loses_its_cover_are_refused() {
    let base = closing("Admin", "{namespaces: {matchLabels: {team: a}}}");
    let (old, new) = (
        namespace("portcullis.dev/default-deny: self, team: a"),
        namespace("portcullis.dev/default-deny: self, team: b"),
    );
    Ask::update(&[&base, &deployment("web")], &old, &new)
        .settings(ACCEPTED)
        .denied_by(&["missing-default-deny"]);
    Ask::update(&[&base], &old, &new)
        .settings(ACCEPTED)
        .warned_by(&["missing-default-deny", "namespace-label-in-use"]);
    Ask::update(&[&base, &deployment("web"), &default_deny()], &old, &new)
        .settings(ACCEPTED)
        .warned_by(&["namespace-label-in-use"]);
    Ask::update(&[&base, &deployment("web")], &old, &new)
        .warned_by(&["missing-default-deny", "namespace-label-in-use"]);
}

#[test]
fn many_namespaces_are_three_and_a_count() {
    let mut state = vec![];
    for name in ["a", "b", "c", "d", "e"] {
        state.push(format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}, labels: {{portcullis.dev/default-deny: self}}}}}}"));
        state.push(format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: p, namespace: {name}}}, spec: {{}}}}"
        ));
    }
    let state: Vec<&str> = state.iter().map(String::as_str).collect();
    let verdict = Ask::delete(&state, &everywhere("Baseline"))
        .settings(ACCEPTED)
        .denied_by(&["missing-default-deny"]);
    let message = &verdict.findings[0].message;
    assert!(
        message
            .contains("leaves namespaces a, b, c and 2 more less covered than asked: namespace a:"),
        "{message}"
    );
}

const CILIUM: &str = "coverage: {accept: [cilium]}";

/// A policy of Cilium about all pods of `shop`, with these rules for ingress.
fn cilium(ingress: &str) -> String {
    format!(
        "{{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {{name: base, namespace: shop}}, spec: {{\
         endpointSelector: {{}}, ingress: {ingress}}}}}"
    )
}

/// F35: an empty rule is a default-deny of Cilium's, where a `NetworkPolicy` would allow everything.
#[test]
fn a_policy_of_cilium_covers_its_namespace() {
    let web = deployment("web");
    let same = "[{fromEndpoints: [{}]}]";
    for rules in ["[{}]", same, "[{fromEntities: [cluster]}]"] {
        Ask::create(&[DECLARED, &cilium(rules)], &web).settings(CILIUM).admitted();
        Ask::create(&[DECLARED, &cilium(rules)], &web).denied_by(&["uncovered-workload"]);
    }
    let group = "[{fromCIDRSet: [{cidrGroupRef: some}]}]";
    for rules in ["[]", "[{fromEntities: [all]}]", "[{fromCIDR: [0.0.0.0/0]}]", group] {
        Ask::create(&[DECLARED, &cilium(rules)], &web)
            .settings(CILIUM)
            .denied_by(&["uncovered-workload"]);
    }
    let base = cilium("[{}]");
    let verdict =
        Ask::delete(&[DECLARED, &web], &base).settings(CILIUM).denied_by(&["missing-default-deny"]);
    assert!(verdict.findings[0].message.starts_with("the deletion of CiliumNetworkPolicy base"));
    Ask::update(&[DECLARED, &web], &base, &cilium("[{fromEntities: [all]}]"))
        .settings(CILIUM)
        .denied_by(&["missing-default-deny"]);
    Ask::update(&[DECLARED, &web], &base, &cilium(same)).settings(CILIUM).admitted();
}

#[test]
fn a_clusterwide_policy_of_cilium_covers_namespaces_by_their_labels() {
    let base = "{apiVersion: cilium.io/v2, kind: CiliumClusterwideNetworkPolicy, metadata: {name: base}, spec: {\
        endpointSelector: {matchLabels: {'k8s:io.cilium.k8s.namespace.labels.team': a}}, ingress: [{}]}}";
    Ask::create(&[base], &namespace("team: a")).settings(CILIUM).admitted();
    Ask::create(&[base], &namespace("team: b"))
        .settings(CILIUM)
        .denied_by(&["undeclared-namespace"]);
    let old = namespace("portcullis.dev/default-deny: self, team: a");
    Ask::delete(&[&old, &deployment("web")], base)
        .settings(CILIUM)
        .denied_by(&["missing-default-deny"]);
    Ask::delete(&[&namespace("team: b"), &deployment("web")], base).settings(CILIUM).admitted();
}

/// The agent of Cilium, with this configuration.
fn agent(data: &str) -> String {
    format!(
        "{{apiVersion: apps/v1, kind: DaemonSet, metadata: {{name: cilium, namespace: kube-system}}, spec: {{template: {{spec: {{\
         hostNetwork: true, containers: [{{name: cilium-agent, image: 'quay.io/cilium/cilium:v1.18.4'}}]}}}}}}}}\n---\n\
         {{apiVersion: v1, kind: ConfigMap, metadata: {{name: cilium-config, namespace: kube-system}}, data: {data}}}"
    )
}

/// SEMANTICS 7.2: every endpoint is isolated without any policy, and nothing is allowed to it.
#[test]
fn cilium_that_isolates_always_covers_every_namespace() {
    let (always, web) = (agent("{enable-policy: always}"), deployment("web"));
    let strict = format!("{CILIUM}\nstrict: true\nprofile: {{enforce: restricted}}");
    for settings in [CILIUM, &strict] {
        Ask::create(&[&always], UNDECLARED).settings(settings).admitted();
        Ask::create(&[&always, DECLARED], &web).settings(settings).admitted();
        Ask::delete(&[&always, DECLARED, &web], &default_deny()).settings(settings).admitted();
    }
    let ask = Ask::create(&[&always], UNDECLARED).denied_by(&["undeclared-namespace"]);
    let hint = "ConfigMap cilium-config closes its pods, of a grade that does not count unless `coverage.accept` names `cilium`";
    assert!(ask.findings[0].message.contains(hint), "{}", ask.findings[0].message);
    // What policies allow is allowed, those that isolate nobody included.
    let open = cilium("[{fromEntities: [all]}], enableDefaultDeny: {ingress: false}");
    for open in [open, allow_all()] {
        Ask::create(&[&always, DECLARED, &open], &web)
            .settings(CILIUM)
            .denied_by(&["uncovered-workload"]);
    }
    let some = cilium("[{fromEndpoints: [{}]}], enableDefaultDeny: {ingress: false}");
    Ask::create(&[&always, DECLARED, &some], &web).settings(CILIUM).admitted();
}

#[test]
fn cilium_that_enforces_nothing_covers_nobody() {
    let base = cilium("[{}]");
    for data in ["{enable-policy: never}", "{policy-audit-mode: 'true'}"] {
        Ask::create(&[&agent(data), DECLARED, &base], &deployment("web"))
            .settings(CILIUM)
            .denied_by(&["uncovered-workload"]);
    }
    Ask::create(&[&agent("{enable-policy: default}"), DECLARED, &base], &deployment("web"))
        .settings(CILIUM)
        .admitted();
}

#[test]
fn policies_of_a_plugin_that_does_not_run_cover_nothing() {
    let calico = "{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: calico-node, namespace: kube-system, labels: {k8s-app: calico-node}}, spec: {\
        selector: {matchLabels: {k8s-app: calico-node}}, template: {metadata: {labels: {k8s-app: calico-node}}, spec: {\
        hostNetwork: true, containers: [{name: calico-node, image: docker.io/calico/node:v3.29.1}]}}}}";
    Ask::create(&[DECLARED, &cilium("[{}]"), calico], &deployment("web"))
        .settings(CILIUM)
        .denied_by(&["uncovered-workload"]);
}

/// Nobody knows who has come since, and whom the policy covers among them.
#[test]
fn of_an_old_state_cluster_policies_take_nothing_for_granted() {
    let state = [&namespace("team: a"), &deployment("web") as &str];
    let asked = |change: Ask, settings: &str| {
        let mut ask = change.settings(settings);
        ask.world = ask.world.old();
        let verdict = ask.verdict();
        assert!(verdict.findings.is_empty() && verdict.notes.is_empty());
        verdict.needs
    };
    let base = everywhere("Admin");
    let all = [
        Need::ClusterPolicies,
        Need::Namespaces,
        Need::Policies("shop".to_owned()),
        Need::Workloads("shop".to_owned()),
    ];
    assert_eq!(asked(Ask::delete(&state, &base), ACCEPTED), all.into());
    let elsewhere = closing("Admin", "{namespaces: {matchLabels: {team: b}}}");
    let first = [Need::ClusterPolicies, Need::Namespaces].into();
    assert_eq!(asked(Ask::delete(&state, &elsewhere), ACCEPTED), first);
    let home = [
        Need::ClusterPolicies,
        Need::Namespace("shop".to_owned()),
        Need::Policies("shop".to_owned()),
        Need::Workloads("shop".to_owned()),
    ];
    assert_eq!(asked(Ask::delete(&state, &cilium("[{}]")), CILIUM), home.into());
    assert_eq!(asked(Ask::delete(&state, &base), ""), [].into(), "they cover nobody");
}

#[test]
fn the_namespaces_are_read_first() {
    let mut ask = Ask::delete(&[&namespace("team: a"), &deployment("web")], &everywhere("Admin"))
        .settings(ACCEPTED);
    ask.world = ask.world.old();
    let verdict = ask.verdict();
    let first = [Need::ClusterPolicies, Need::Namespaces].into();
    assert_eq!(verdict.unread(&[].into()), first);
    let rest = [Need::Policies("shop".to_owned()), Need::Workloads("shop".to_owned())].into();
    assert_eq!(verdict.unread(&first), rest);
}

const CALICO: &str = "coverage: {accept: [calico]}";

/// A `GlobalNetworkPolicy` with this spec.
fn calico(name: &str, spec: &str) -> String {
    format!(
        "{{apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy, metadata: {{name: {name}}}, spec: {{{spec}}}}}"
    )
}

/// SEMANTICS 7.3: no rule is a default-deny, and so is a list of what is allowed.
#[test]
fn a_policy_of_calico_covers_whom_it_selects() {
    let web = deployment("web");
    let allowing = |source: &str| format!("ingress: [{{action: Allow, source: {{{source}}}}}]");
    let strange = "types: [Ingres]".to_owned();
    let tcp = "ingress: [{action: Allow, protocol: TCP}]".to_owned();
    let selected = allowing("selector: all()");
    for spec in ["selector: all()".to_owned(), selected, tcp, allowing("nets: [10.0.0.0/8]")] {
        let base = calico("base", &spec);
        Ask::create(&[DECLARED, &base], &web).settings(CALICO).admitted();
        Ask::create(&[DECLARED, &base], &web).denied_by(&["uncovered-workload"]);
        Ask::create(&[&base], UNDECLARED).settings(CALICO).admitted();
    }
    let egress = "egress: [{action: Allow, protocol: TCP}]".to_owned();
    for spec in
        [allowing(""), allowing("nets: [0.0.0.0/0]"), egress, strange, "tier: lost".to_owned()]
    {
        Ask::create(&[DECLARED, &calico("base", &spec)], &web)
            .settings(CALICO)
            .denied_by(&["uncovered-workload"]);
    }
    let by_label = calico("base", "namespaceSelector: team == 'a'");
    Ask::create(&[&by_label], &namespace("team: a")).settings(CALICO).admitted();
    Ask::create(&[&by_label], &namespace("team: b"))
        .settings(CALICO)
        .denied_by(&["undeclared-namespace"]);
}

/// What is asked first decides: `NetworkPolicies` stand at order 1000.
#[test]
fn an_earlier_allowance_opens_what_calico_closes() {
    let (web, base) = (deployment("web"), calico("base", "selector: all()"));
    let open =
        |order: &str| calico("open", &format!("order: {order}, ingress: [{{action: Allow}}]"));
    Ask::create(&[DECLARED, &base, &web], &open("1"))
        .settings(CALICO)
        .denied_by(&["missing-default-deny"]);
    let denial = calico("base", "order: 0.5, ingress: [{action: Deny}]");
    Ask::create(&[DECLARED, &denial, &web], &open("1")).settings(CALICO).admitted();
    Ask::create(&[DECLARED, &denial, &web], &allow_all())
        .settings(CALICO)
        .warned_by(&["allow-all"]);
    Ask::create(&[DECLARED, &base, &web], &allow_all())
        .settings(CALICO)
        .denied_by(&["neutralised-default-deny", "uncovered-workload"]);
}

#[test]
fn the_last_policy_of_calico_that_covers_workloads_stays() {
    let (web, base) = (deployment("web"), calico("base", "selector: all()"));
    let verdict =
        Ask::delete(&[DECLARED, &web], &base).settings(CALICO).denied_by(&["missing-default-deny"]);
    assert!(
        verdict.findings[0].message.starts_with("the deletion of GlobalNetworkPolicy base leaves")
    );
    Ask::delete(&[DECLARED, &web, &default_deny()], &base).settings(CALICO).admitted();
    let own = "{apiVersion: projectcalico.org/v3, kind: NetworkPolicy, metadata: {name: own, namespace: shop}, spec: {}}";
    Ask::delete(&[DECLARED, &web, own], &base).settings(CALICO).admitted();
    Ask::delete(&[DECLARED, &web], own).settings(CALICO).denied_by(&["missing-default-deny"]);
}
