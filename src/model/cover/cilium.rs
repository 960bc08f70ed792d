//! What Cilium's policies close, and what Cilium closes without any.

use crate::model::{NamespaceView, World};
use crate::netpol::cilium::{Governing, Scoped};
use crate::netpol::{Direction, Labels, Network, PodEnd, Selector};
use crate::object::{CiliumPolicy, Kind, ObjectRef};

use super::{Cover, Grade};

/// What cannot be decided covers nobody, and neither does what lets a pod that nobody wrote a rule for do everything.
pub(super) fn covers(
    world: &World,
    network: &Network,
    view: &NamespaceView,
    direction: Direction,
) -> Vec<Cover> {
    let labels = view.labels();
    let mut closed: Vec<(ObjectRef, Selector)> = Vec::new();
    if network.isolates_always {
        closed.push((configuration(), Selector::default()));
    }
    let is_enforced = network.engines.cilium != Some(false);
    let policies = || world.cilium_policies_for(view).filter(|_| is_enforced);
    for policy in policies() {
        let scoped = policy.placed().isolated_in(&view.name, &labels, direction);
        closed.extend(scoped.into_iter().filter_map(|scoped| match scoped {
            Scoped::Pods(pods) => Some((policy.reference(), pods)),
            Scoped::Nobody | Scoped::Undecided => None,
        }));
    }
    let nobody = Labels::default();
    let mut is_total = false;
    if closed.iter().any(|(_, pods)| pods.matches(&nobody)) {
        let governing = of_nobody(policies(), view, direction);
        is_total = governing.as_ref().is_none_or(Governing::allows_nothing);
        if governing.is_some_and(|governing| governing.may_be_open(network)) {
            closed.retain(|(_, pods)| !pods.matches(&nobody));
        }
    }
    let cover = |(source, pods): (ObjectRef, Selector)| {
        let is_total = is_total && pods.matches(&nobody);
        Cover { grade: Grade::Cilium, source, pods, overrides: false, is_total }
    };
    closed.into_iter().map(cover).collect()
}

/// `enable-policy: always` isolates every pod without any policy (SEMANTICS 7.2).
fn configuration() -> ObjectRef {
    ObjectRef { kind: Kind::ConfigMap, namespace: None, name: "cilium-config".to_owned() }
}

/// What `policies` say about a pod without labels.
fn of_nobody<'w>(
    policies: impl Iterator<Item = &'w CiliumPolicy>,
    view: &NamespaceView,
    direction: Direction,
) -> Option<Governing<'w>> {
    let (labels, namespace_labels) = (Labels::default(), view.labels());
    let pod = PodEnd {
        namespace: &view.name,
        namespace_labels: &namespace_labels,
        labels: &labels,
        service_account: "",
        ports: &[],
        addresses: &[],
        host_network: false,
    };
    Governing::of(policies.map(CiliumPolicy::placed), &pod, direction)
}
