//! What the rules find in a state.

use crate::model::{Finding, NamespaceView, Now, Scope, Settings, World};
use crate::object::{Kind, ObjectRef, Workload};

use super::judge;

/// Every finding in `world`, worst first, at the uncapped levels of the settings.
///
/// Namespaces, policies and workloads that are being deleted, and everything in namespaces that are, are left out; a
/// namespace of which only its contents are known gets no findings about itself.
pub fn inspect(settings: &Settings, world: &World, now: Now) -> Vec<Finding> {
    let mut findings = inspect_cluster(settings, world, now);
    for namespace in world.namespaces() {
        findings.extend(inspect_namespace(settings, world, namespace, now));
    }
    findings.sort_by(Finding::order);
    findings
}

/// The part of [`inspect()`] that is about no namespace and nothing in one.
pub fn inspect_cluster(settings: &Settings, world: &World, now: Now) -> Vec<Finding> {
    let mut findings = judge::cluster(settings, world);
    for reference in world.other_policies().filter(|reference| reference.namespace.is_none()) {
        findings.extend(judge::other_policy(&reference, settings, world, now));
    }
    findings.sort_by(Finding::order);
    findings
}

/// The part of [`inspect()`] that is about one namespace and what is in it.
pub fn inspect_namespace(
    settings: &Settings,
    world: &World,
    namespace: &NamespaceView,
    now: Now,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for reference in namespace.other_policies() {
        findings.extend(judge::other_policy(&reference, settings, world, now));
    }
    if !namespace.is_terminating() {
        let scope = Scope::new(settings, world, namespace, now);
        if namespace.object.is_some() {
            findings.extend(judge::namespace(&scope));
        }
        for policy in scope.policies() {
            findings.extend(judge::policy(policy, &scope, None));
        }
        for workload in scope.subjects() {
            findings.extend(judge::workload(workload, &scope));
        }
    }
    findings.sort_by(Finding::order);
    findings
}

/// The objects that [`inspect`] judges in `world`, sorted.
pub fn judged(settings: &Settings, world: &World, now: Now) -> Vec<ObjectRef> {
    let mut judged: Vec<ObjectRef> = world.other_policies().collect();
    for view in governed(world) {
        let scope = Scope::new(settings, world, view, now);
        judged.extend(view.object.is_some().then(|| ObjectRef::namespace(&view.name)));
        judged.extend(scope.policies().map(|policy| ObjectRef {
            kind: Kind::NetworkPolicy,
            namespace: Some(view.name.clone()),
            name: policy.meta.name.clone(),
        }));
        judged.extend(scope.subjects().map(Workload::reference));
    }
    judged.sort();
    judged
}

fn governed(world: &World) -> impl Iterator<Item = &NamespaceView> {
    world.namespaces().filter(|namespace| !namespace.is_terminating())
}
