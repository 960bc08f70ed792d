//! The policies of other engines that add up with `NetworkPolicies`, each by itself.

use crate::model::{NamespaceView, World};
use crate::netpol::{Action, Direction, End, Network, PodEnd, PortSets, cilium};
use crate::object::{CiliumPolicy, ObjectRef};

/// One policy that isolates the pod and allows something.
pub(super) struct Own<'w> {
    pub(super) reference: ObjectRef,
    governing: cilium::Governing<'w>,
}

impl Own<'_> {
    /// The ports that it surely allows with `peer`, whatever others deny.
    pub(super) fn allows(&self, network: &Network, peer: &End<'_>) -> PortSets {
        let steps = self.governing.accept_steps(network, peer).into_iter();
        let accepted = steps.filter(|step| step.action == Action::Accept);
        accepted.fold(PortSets::default(), |ports, step| ports.union(&step.certain))
    }
}

/// Those that govern `subject`, a pod of the namespace `view`, and allow something.
pub(super) fn adding<'w>(
    world: &'w World,
    view: &'w NamespaceView,
    network: &Network,
    subject: &PodEnd<'_>,
    direction: Direction,
) -> Vec<Own<'w>> {
    if network.engines.cilium == Some(false) {
        return Vec::new();
    }
    let own = |policy: &'w CiliumPolicy| {
        let governing = cilium::Governing::of([policy.placed()], subject, direction)?;
        let reference = policy.reference();
        (!governing.allows_nothing()).then_some(Own { reference, governing })
    };
    world.cilium_policies_for(view).filter_map(own).collect()
}
