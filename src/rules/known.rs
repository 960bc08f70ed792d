//! What is known of namespaces and their pods: a rule that looks for something must know that it is not there.

use crate::model::{NamespaceView, Scope, is_alive};
use crate::netpol::{Labels, Operator, Pods, Requirement, Selector};
use crate::object::Workload;

/// The label that names a namespace.
pub(super) const NAME: &str = "kubernetes.io/metadata.name";

/// Namespaces of every cluster, whether the files at hand show them or not.
const EVERYWHERE: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// Labels that stand for no namespace and no pod: the host network as OVN-Kubernetes names it (SEMANTICS 1.6).
const HOST_NETWORK: &str = "policy-group.network.openshift.io/host-network";
const OVN_HOST_NETWORK: &str = "ovn-host-network";

/// Whether a selector of namespaces matches one; `None` when that cannot be told.
pub(super) fn matches_a_namespace(selector: &Selector, scope: &Scope<'_>) -> Option<bool> {
    if is_host_network(selector) || scope.world.namespaces_matching(selector).next().is_some() {
        return Some(true);
    }
    let dns = scope.settings.facts.dns.iter().map(|dns| dns.namespace.as_str());
    let is_there = EVERYWHERE.into_iter().chain(dns).any(|name| {
        let labels: Labels = [(NAME, name)].into_iter().collect();
        selector.matches(&labels)
    });
    match is_there {
        true => Some(true),
        false if scope.world.knows_namespaces() => Some(false),
        false => None,
    }
}

/// Whether it selects the pseudo namespace of the host network.
pub(super) fn is_host_network(selector: &Selector) -> bool {
    selector.requirements.iter().any(|Requirement { key, operator }| {
        let names_it =
            |values: &std::collections::BTreeSet<String>| values.contains(OVN_HOST_NETWORK);
        key == HOST_NETWORK
            || (key == NAME && matches!(operator, Operator::In(values) if names_it(values)))
    })
}

/// The namespaces that a peer names, as far as they are known.
pub(super) fn namespaces<'a>(pods: &Pods, scope: &Scope<'a>) -> Vec<&'a NamespaceView> {
    match &pods.namespaces {
        None => vec![scope.namespace],
        Some(selector) => scope.world.namespaces_matching(selector).collect(),
    }
}

/// The pods and templates of a namespace that policies can select.
pub(super) fn pods(view: &NamespaceView) -> impl Iterator<Item = &Workload> {
    let workloads = view.workloads.values().map(AsRef::as_ref);
    workloads.filter(move |workload: &&Workload| workload.is_governed() && is_alive(workload, view))
}

/// Whether a selector asks for a label that controllers add to the pods of a template (SEMANTICS 13.2).
pub(super) fn asks_for_added_labels(selector: &Selector) -> bool {
    selector.requirements.iter().any(|requirement| {
        crate::model::is_added_by_controllers(&requirement.key)
            && matches!(requirement.operator, Operator::Exists | Operator::In(_))
    })
}

/// Whether a selector does not match `labels`, and would match a pod that has others besides, of those that `is_unknown` names.
pub(super) fn matches_with_more(
    selector: &Selector,
    labels: &Labels,
    is_unknown: impl Fn(&str) -> bool,
) -> bool {
    let would_match = selector.requirements.iter().all(|requirement| {
        let key = &requirement.key;
        requirement.matches(labels) || labels.value(key).is_none() && is_unknown(key)
    });
    would_match && !selector.matches(labels)
}
