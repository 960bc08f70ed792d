//! The stages that decide about one end, in their order: the one place where the policies of every engine come together.

use crate::model::{NamespaceView, World};
use crate::netpol::{
    AddressSet, Decided, Direction, End, Governing, Network, PodEnd, Stage, decide,
};

/// Everything that governs one pod in one direction, prepared for many peers.
#[derive(Clone, Debug)]
pub struct Governed<'a> {
    standard: Option<Governing<'a>>,
}

impl<'a> Governed<'a> {
    /// What governs `subject`, a pod of the namespace `view`, in `direction`.
    pub fn of(
        _world: &'a World,
        view: &'a NamespaceView,
        subject: &PodEnd<'_>,
        direction: Direction,
    ) -> Self {
        let policies = view.effective_policies().map(|policy| &policy.spec);
        Self { standard: Governing::of(policies, subject, direction) }
    }

    /// Whether nothing governs it, so that everything is allowed.
    pub fn is_free(&self) -> bool {
        self.standard.is_none()
    }

    /// The rules of the `NetworkPolicies`, when nothing else governs it.
    pub(super) fn only_standard(&self) -> Option<&Governing<'a>> {
        self.standard.as_ref()
    }

    /// What is decided about the connections with `peer`.
    pub fn decide(&self, network: &Network, subject: &PodEnd<'_>, peer: &End<'_>) -> Decided {
        if self.is_free() {
            return Decided::everything();
        }
        decide(&self.stages(network, subject, peer))
    }

    /// The stages that decide about the connections with `peer`, in their order.
    pub fn stages(&self, network: &Network, subject: &PodEnd<'_>, peer: &End<'_>) -> Vec<Stage> {
        self.standard.iter().map(|rules| rules.stage(network, subject, peer)).collect()
    }

    /// The blocks that tell addresses apart.
    pub fn blocks(&self) -> impl Iterator<Item = &AddressSet> {
        self.standard.iter().flat_map(Governing::blocks)
    }
}
