//! What keeps pods from something whatever their `NetworkPolicies` allow.

use serde_json::json;

use crate::model::{Scope, World};
use crate::netpol::{Network, PodEnd};
use crate::object::{Kind, Object, ObjectRef};

use super::super::remedy::{free_name, judged, with};
use super::Way;

/// More policies of other kinds than these are not asked one by one which of them it is.
const MOST_ASKED: usize = 64;

/// Who denies it, in words, when pods do not reach what `is_reached` asks for even if a `NetworkPolicy` allows them everything;
/// `None` when a `NetworkPolicy` would do.
pub(in super::super) fn barrier(
    scope: &Scope<'_>,
    is_reached: impl Fn(&Scope<'_>) -> bool,
) -> Option<String> {
    let world = opened(scope)?;
    if judged(&world, scope, &is_reached)? {
        return None;
    }
    let others = others(scope);
    let asked = others.iter().filter(|_| others.len() <= MOST_ASKED);
    let culprit = asked.into_iter().find(|policy| {
        let mut without = world.clone();
        without.remove(policy);
        judged(&without, scope, &is_reached) == Some(true)
    });
    let unknown = || "a policy of another kind".to_owned();
    Some(culprit.map_or_else(unknown, |policy| format!("{} {}", policy.kind, policy.name)))
}

/// Whether policies of other kinds leave nothing to pods of the namespace, whatever a `NetworkPolicy` allows them: somebody means
/// to shut them off, as by a pure denial.
pub(in super::super) fn is_shut(pod: &PodEnd<'_>, scope: &Scope<'_>, network: &Network) -> bool {
    if others(scope).is_empty() {
        return false;
    }
    let leads_nowhere = |there: &Scope<'_>| {
        let pod = PodEnd { namespace_labels: there.labels(), ..*pod };
        Way::of(pod, there, network).leads_nowhere(there.world)
    };
    opened(scope).and_then(|world| judged(&world, scope, leads_nowhere)) == Some(true)
}

/// The World in which a `NetworkPolicy` allows the pods of the namespace everything.
fn opened(scope: &Scope<'_>) -> Option<World> {
    let open = json!({
        "apiVersion": Kind::NetworkPolicy.api_version(),
        "kind": Kind::NetworkPolicy.name(),
        "metadata": {"name": free_name("allow-all", scope), "namespace": scope.namespace.name},
        "spec": {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{}]},
    });
    with(&[open], scope)
}

/// The policies of other kinds that can be about pods of the namespace.
fn others(scope: &Scope<'_>) -> Vec<ObjectRef> {
    let of_kind = |kind: Kind| {
        let here = kind.is_namespaced().then(|| scope.namespace.others(kind));
        let of_cluster = (!kind.is_namespaced()).then(|| scope.world.cluster_objects(kind));
        here.into_iter().flatten().chain(of_cluster.into_iter().flatten()).map(Object::reference)
    };
    Kind::other_policies().flat_map(of_kind).collect()
}
