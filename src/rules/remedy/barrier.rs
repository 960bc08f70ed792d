//! What cuts pods off whatever their `NetworkPolicies` allow.

use serde_json::json;

use crate::model::{Scope, World};
use crate::netpol::Direction;
use crate::object::{Kind, Object, ObjectRef};

use super::{free_name, judged, with};

/// More policies of other kinds than these are not asked one by one which of them it is.
const MOST_ASKED: usize = 64;

/// Who denies it, in words, when what `is_reached` asks for is denied even if a `NetworkPolicy` allows the pods of the namespace
/// everything in `direction`; `None` when a `NetworkPolicy` would do.
pub(in super::super) fn barrier(
    direction: Direction,
    scope: &Scope<'_>,
    is_reached: impl Fn(&Scope<'_>) -> bool,
) -> Option<String> {
    let world = opened(direction, scope)?;
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

/// The World in which a `NetworkPolicy` allows the pods of the namespace everything in `direction`.
pub(in super::super) fn opened(direction: Direction, scope: &Scope<'_>) -> Option<World> {
    let types = match direction {
        Direction::Ingress => "Ingress",
        Direction::Egress => "Egress",
    };
    let open = json!({
        "apiVersion": Kind::NetworkPolicy.api_version(),
        "kind": Kind::NetworkPolicy.name(),
        "metadata": {"name": free_name("allow-all", scope), "namespace": scope.namespace.name},
        "spec": {"podSelector": {}, "policyTypes": [types], direction.to_string(): [{}]},
    });
    with(&[open], scope)
}

/// The policies of other kinds that can be about pods of the namespace.
pub(in super::super) fn others(scope: &Scope<'_>) -> Vec<ObjectRef> {
    let of_kind = |kind: Kind| {
        let here = kind.is_namespaced().then(|| scope.namespace.others(kind));
        let of_cluster = (!kind.is_namespaced()).then(|| scope.world.cluster_objects(kind));
        here.into_iter().flatten().chain(of_cluster.into_iter().flatten()).map(Object::reference)
    };
    Kind::other_policies().flat_map(of_kind).collect()
}
