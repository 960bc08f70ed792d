//! The policies of other engines that add up with `NetworkPolicies`, each by itself.

use crate::model::{NamespaceView, World};
use crate::netpol::{Action, Direction, End, Network, PodEnd, PortSets, Step, calico, cilium};
use crate::object::{CalicoPolicy, CiliumPolicy, ObjectRef};

/// One policy that governs the pod and allows something.
pub(super) struct Own<'w> {
    pub(super) reference: ObjectRef,
    governing: Governing<'w>,
}

enum Governing<'w> {
    Calico(calico::Governing<'w>),
    Cilium(cilium::Governing<'w>),
}

impl Own<'_> {
    /// The ports that it surely allows `subject` with `peer`, whatever others deny.
    pub(super) fn allows(
        &self,
        network: &Network,
        subject: &PodEnd<'_>,
        peer: &End<'_>,
    ) -> PortSets {
        let steps: Vec<Step> = match &self.governing {
            Governing::Calico(calico) => {
                let stages = calico.stages(network, subject, peer, None);
                stages.into_iter().flat_map(|stage| stage.steps).collect()
            }
            Governing::Cilium(cilium) => cilium.accept_steps(network, peer),
        };
        let accepted = steps.into_iter().filter(|step| step.action == Action::Accept);
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
    let of_cilium = |policy: &'w CiliumPolicy| {
        let governing = cilium::Governing::of([policy.placed()], subject, direction)?;
        let governing = (!governing.allows_nothing()).then_some(Governing::Cilium(governing))?;
        Some(Own { reference: policy.reference(), governing })
    };
    let tiers: Vec<calico::Tier> = world.calico_tiers().cloned().collect();
    let of_calico = |policy: &'w CalicoPolicy| {
        let governing = calico::Governing::of(
            [policy.placed()],
            &tiers,
            world.calico_sets(),
            subject,
            direction,
        )?;
        let governing = governing.has_allowance().then_some(Governing::Calico(governing))?;
        Some(Own { reference: policy.reference(), governing })
    };
    let cilium = world.cilium_policies_for(view).filter_map(of_cilium);
    let calico = world.calico_policies_for(view).filter_map(of_calico);
    let is_enforced = |own: &Own<'_>| match own.governing {
        Governing::Calico(_) => network.engines.calico != Some(false),
        Governing::Cilium(_) => network.engines.cilium != Some(false),
    };
    cilium.chain(calico).filter(is_enforced).collect()
}
