//! Policies that the controller keeps.

use super::{Ask, DECLARED};

const MANAGED: &str = "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {portcullis.dev/default-deny: managed}}}";
const ENABLED: &str = "controller: {enabled: true}";

fn kept(metadata: &str, spec: &str) -> String {
    format!(
        "{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: portcullis-allow-dns, namespace: shop, \
         labels: {{app.kubernetes.io/managed-by: portcullis}}{metadata}}}, spec: {spec}}}"
    )
}

const OLD: &str =
    "{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {}}]}]}";
const NEW: &str = "{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}";

#[test]
fn who_edits_what_the_controller_keeps_is_told_that_it_does_not_last() {
    let edit = Ask::update(&[MANAGED], &kept("", OLD), &kept("", NEW)).settings(ENABLED);
    assert_eq!(
        edit.warned_by(&[]).notes,
        [
            "NetworkPolicy portcullis-allow-dns is kept by the controller and is changed back; allow what is missing in a policy of \
             your own, or for all managed namespaces in controller.templates"
        ]
    );
    let deletion = Ask::delete(&[MANAGED], &kept("", OLD)).settings(ENABLED).verdict();
    assert!(
        deletion.notes[0].contains("is kept by the controller and comes back"),
        "{deletion:#?}"
    );
}

#[test]
fn what_lasts_is_not_spoken_of() {
    let edit = |namespace: &str, after: &str| {
        Ask::update(&[namespace], &kept("", OLD), after).settings(ENABLED)
    };
    edit(MANAGED, &kept(", annotations: {a: b}", OLD)).admitted();
    edit(MANAGED, &kept("", NEW)).with("portcullis").admitted();
    edit(DECLARED, &kept("", NEW)).admitted();
    Ask::update(&[MANAGED], &kept("", OLD), &kept("", NEW))
        .settings("rules: {undeclared-namespace: off}")
        .admitted();
    Ask::create(&[MANAGED], &kept("", NEW)).settings(ENABLED).admitted();
}
