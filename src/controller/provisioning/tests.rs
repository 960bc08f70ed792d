use super::{Work, work};
use crate::model::{Settings, World};
use crate::object::{Kind, Object};
use crate::sample::{live, one, settings};

fn asked() -> Settings {
    settings("controller: {enabled: true, templates: [allow-same-namespace]}")
}

fn namespace(labels: &str) -> String {
    format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: shop, labels: {{{labels}}}}}}}")
}

const MANAGED: &str = "portcullis.dev/default-deny: managed";

fn lacking(world: &World) -> Vec<String> {
    match work(&asked(), world, "shop") {
        None => Vec::new(),
        Some(Work::Apply(policies, _)) => {
            policies.iter().map(|policy| format!("apply {}", policy.name())).collect()
        }
        Some(Work::Release(names)) => names.iter().map(|name| format!("release {name}")).collect(),
    }
}

/// The namespace with all that it is to have.
fn complete() -> World {
    let mut world = live(&namespace(MANAGED));
    let Some(Work::Apply(policies, _)) = work(&asked(), &world, "shop") else { panic!() };
    for policy in policies {
        world.put(Object::from_value(Kind::NetworkPolicy, &policy.managed("shop")).unwrap());
    }
    world
}

#[test]
fn what_is_missing_is_applied_the_default_deny_last() {
    assert_eq!(
        lacking(&live(&namespace(MANAGED))),
        ["apply portcullis-allow-same-namespace", "apply portcullis-default-deny"]
    );
    assert_eq!(lacking(&complete()), [""; 0]);
}

#[test]
fn drift_is_repaired_alone() {
    let mut world = complete();
    let reference = crate::object::ObjectRef {
        kind: Kind::NetworkPolicy,
        namespace: Some("shop".to_owned()),
        name: "portcullis-default-deny".to_owned(),
    };
    world.remove(&reference);
    assert_eq!(lacking(&world), ["apply portcullis-default-deny"]);
    let mut world = complete();
    world.put(one(
        "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: portcullis-allow-same-namespace, namespace: shop, \
         labels: {app.kubernetes.io/managed-by: portcullis}}, spec: {podSelector: {}, ingress: [{}]}}",
    ));
    assert_eq!(lacking(&world), ["apply portcullis-allow-same-namespace"]);
}

#[test]
fn without_a_declaration_what_is_ours_is_let_go() {
    let mut world = complete();
    world.put(one(&namespace("portcullis.dev/default-deny: self")));
    assert_eq!(
        lacking(&world),
        ["release portcullis-allow-same-namespace", "release portcullis-default-deny"]
    );
    let own = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: portcullis-default-deny, namespace: shop}, spec: {}}";
    assert_eq!(lacking(&live(&[&namespace(""), own].join("\n---\n"))), [""; 0]);
}

#[test]
fn what_is_leaving_or_unknown_is_left_alone() {
    let leaving = format!(
        "{{apiVersion: v1, kind: Namespace, metadata: {{name: shop, deletionTimestamp: '2026-11-22T11:59:00Z', labels: {{{MANAGED}}}}}}}"
    );
    assert_eq!(lacking(&live(&leaving)), [""; 0]);
    assert_eq!(lacking(&World::live()), [""; 0]);
}
