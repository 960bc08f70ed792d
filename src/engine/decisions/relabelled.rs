//! Labels of a namespace that policies of network plugins choose it by.

use super::{Ask, default_deny, deployment};

fn namespace(labels: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Namespace, metadata: {{name: shop, labels: {{portcullis.dev/default-deny: self, {labels}}}}}}}"
    )
}

/// The message of the only warning.
#[track_caller]
fn told(state: &[&str], settings: &str) -> String {
    let ask = Ask::update(state, &namespace("team: a"), &namespace("team: b")).settings(settings);
    ask.warned_by(&["namespace-label-in-use"]).findings[0].message.clone()
}

const CALICO: &str = "{apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy, metadata: {name: base}, spec: {namespaceSelector: team == 'a'}}";
const CILIUM: &str = "{apiVersion: cilium.io/v2, kind: CiliumClusterwideNetworkPolicy, metadata: {name: base}, spec: {\
    endpointSelector: {matchLabels: {'k8s:io.cilium.k8s.namespace.labels.team': a}}, ingress: [{}]}}";

#[test]
fn cover_by_the_labels_of_a_namespace_goes_with_them() {
    for (policy, settings) in
        [(CALICO, "coverage: {accept: [calico]}"), (CILIUM, "coverage: {accept: [cilium]}")]
    {
        let (old, new) = (namespace("team: a"), namespace("team: b"));
        let web = deployment("web");
        Ask::update(&[policy, &web], &old, &new)
            .settings(settings)
            .denied_by(&["missing-default-deny"]);
        Ask::update(&[policy], &old, &new)
            .settings(settings)
            .warned_by(&["missing-default-deny", "namespace-label-in-use"]);
        Ask::update(&[policy, &web], &new, &old)
            .settings(settings)
            .warned_by(&["namespace-label-in-use"]);
        Ask::update(&[policy, &web], &old, &namespace("team: a, stage: b"))
            .settings(settings)
            .admitted();
    }
}

#[test]
fn whoever_chose_the_namespace_by_its_labels_is_named() {
    let web = deployment("web");
    for (policy, kind) in
        [(CALICO, "GlobalNetworkPolicy"), (CILIUM, "CiliumClusterwideNetworkPolicy")]
    {
        assert_eq!(
            told(&[policy, &web, &default_deny()], ""),
            format!("namespaceSelectors of {kind} base no longer match namespace shop")
        );
    }
    let peer = "{apiVersion: crd.projectcalico.org/v1, kind: NetworkPolicy, metadata: {name: default.db, namespace: data}, spec: {\
        types: [Ingress], ingress: [{action: Allow, source: {namespaceSelector: team == 'b'}}]}}";
    assert_eq!(
        told(&[peer, &web, &default_deny()], ""),
        "namespaceSelectors of Calico NetworkPolicy data/default.db now match namespace shop"
    );
}
