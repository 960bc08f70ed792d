//! What the audit of a cluster reports.

use jiff::SignedDuration;

use crate::model::{Declaration, Finding, Governance, NamespaceView, Now, Settings, World};
use crate::object::{Kind, ObjectRef};
use crate::rules::MISSING_DEFAULT_DENY;

use super::{inspect, inspect_namespace};

/// What [`inspect()`] finds in `world`, without that a namespace younger than `namespaces.grace` lacks the default-deny that its
/// team is about to bring.
///
/// A namespace that is declared `self` cannot hold its policies when it is created, and workloads are held until they are there. A
/// namespace whose age is not known is not young.
pub fn audit(settings: &Settings, world: &World, now: Now) -> Vec<Finding> {
    without_hushed(inspect(settings, world, now), settings, world, now)
}

/// The part of [`audit`] that is about one namespace and what is in it.
pub fn audit_namespace(
    settings: &Settings,
    world: &World,
    namespace: &NamespaceView,
    now: Now,
) -> Vec<Finding> {
    without_hushed(inspect_namespace(settings, world, namespace, now), settings, world, now)
}

fn without_hushed(
    mut findings: Vec<Finding>,
    settings: &Settings,
    world: &World,
    now: Now,
) -> Vec<Finding> {
    let grace = settings.namespaces.grace();
    findings.retain(|finding| !is_hushed(finding, settings, world, now, grace));
    findings
}

fn is_hushed(
    finding: &Finding,
    settings: &Settings,
    world: &World,
    now: Now,
    grace: SignedDuration,
) -> bool {
    // An unknown profile, which has no direction, is no question of time.
    let is_about_coverage =
        finding.rule.name == MISSING_DEFAULT_DENY.name && finding.direction.is_some();
    let Some(ObjectRef { kind: Kind::Namespace, name, .. }) = &finding.subject else {
        return false;
    };
    let object = world.namespace(name).and_then(|view| view.object.as_ref());
    is_about_coverage
        && object.is_some_and(|namespace| {
            let meta = &namespace.meta;
            let governance = Governance::of(settings, name, &meta.labels);
            let is_young = |created| now.0.duration_since(created) < grace;
            governance.declaration == Declaration::OwnPolicy && meta.created.is_some_and(is_young)
        })
}

#[cfg(test)]
mod tests {
    use super::audit;
    use crate::sample::{now, settings, world};

    /// The rules that find something in a namespace with this metadata and an uncovered workload; the test's now is noon.
    fn found(asked: &str, metadata: &str) -> Vec<&'static str> {
        let state = format!(
            "{{apiVersion: v1, kind: Namespace, metadata: {metadata}}}\n---\n\
             {{apiVersion: apps/v1, kind: Deployment, metadata: {{name: web, namespace: shop}}, \
             spec: {{template: {{metadata: {{labels: {{app: web}}}}, spec: {{}}}}}}}}\n"
        );
        let settings = settings(&format!("labels: []\n{asked}"));
        let findings = audit(&settings, &world(&state), now());
        let mut rules: Vec<&str> = findings.iter().map(|finding| finding.rule.name).collect();
        rules.sort_unstable();
        rules
    }

    fn namespace(created: &str, labels: &str) -> String {
        format!("{{name: shop, creationTimestamp: '2026-11-22T{created}Z', labels: {{{labels}}}}}")
    }

    const OWN: &str = "portcullis.dev/default-deny: self";
    const ALL: [&str; 2] = ["missing-default-deny", "uncovered-workload"];

    #[test]
    fn a_young_namespace_is_given_time_for_its_policies() {
        assert_eq!(found("", &namespace("11:50:01", OWN)), ["uncovered-workload"]);
        assert_eq!(found("", &namespace("11:50:00", OWN)), ALL);
        let longer = "namespaces: {grace: 1h}";
        assert_eq!(found(longer, &namespace("11:00:01", OWN)), ["uncovered-workload"]);
        assert_eq!(found("namespaces: {grace: 0s}", &namespace("12:00:00", OWN)), ALL);
    }

    #[test]
    fn a_clock_that_is_behind_makes_nothing_old() {
        assert_eq!(found("", &namespace("12:00:05", OWN)), ["uncovered-workload"]);
    }

    #[test]
    fn only_those_who_bring_their_own_policies_are_given_time() {
        let asked = "controller: {enabled: true}";
        let managed = "portcullis.dev/default-deny: managed";
        assert_eq!(found(asked, &namespace("11:59:00", managed)), ALL);
        let undeclared = ["missing-default-deny", "uncovered-workload", "undeclared-namespace"];
        assert_eq!(found(asked, &namespace("11:59:00", "")), undeclared);
        let unknown = format!("{OWN}, portcullis.dev/warn: strict");
        // It counts as restricted, so that egress is uncovered too.
        let told = ["missing-default-deny", "uncovered-workload", "uncovered-workload"];
        assert_eq!(found(asked, &namespace("11:59:00", &unknown)), told);
    }

    #[test]
    fn a_namespace_without_an_age_is_not_young() {
        assert_eq!(found("", &format!("{{name: shop, labels: {{{OWN}}}}}")), ALL);
    }
}
