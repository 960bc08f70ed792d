//! What Cilium's policies close.

use crate::model::{NamespaceView, World};
use crate::netpol::cilium::{Governing, Scoped};
use crate::netpol::{Direction, Labels, Network, PodEnd};
use crate::object::CiliumPolicy;

use super::{Cover, Grade};

/// What cannot be decided covers nobody, and neither does what lets a pod that nobody wrote a rule for do everything.
pub(super) fn covers(
    world: &World,
    network: &Network,
    view: &NamespaceView,
    direction: Direction,
) -> Vec<Cover> {
    if network.engines.cilium == Some(false) {
        return Vec::new();
    }
    let labels = view.labels();
    let mut covers: Vec<Cover> = Vec::new();
    for policy in world.cilium_policies_for(view) {
        let scoped = policy.placed().isolated_in(&view.name, &labels, direction);
        covers.extend(scoped.into_iter().filter_map(|scoped| match scoped {
            Scoped::Pods(pods) => {
                Some(Cover { grade: Grade::Cilium, source: policy.reference(), pods })
            }
            Scoped::Nobody | Scoped::Undecided => None,
        }));
    }
    let nobody = Labels::default();
    if covers.iter().any(|cover| cover.pods.matches(&nobody))
        && is_open(world, network, view, direction)
    {
        covers.retain(|cover| !cover.pods.matches(&nobody));
    }
    covers
}

/// Whether a pod without labels may, as far as these policies decide, do (nearly) everything with all addresses.
fn is_open(world: &World, network: &Network, view: &NamespaceView, direction: Direction) -> bool {
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
    let placed = world.cilium_policies_for(view).map(CiliumPolicy::placed);
    let governing = Governing::of(placed, &pod, direction);
    governing.is_some_and(|governing| governing.may_be_open(network))
}
