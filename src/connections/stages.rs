//! The stages that decide about one end, in their order: the one place where the policies of every engine come together.

use crate::model::{NamespaceView, World};
use crate::netpol::{
    AddressSet, Decided, Direction, End, Governing, Network, PodEnd, PortSets, Stage, Tier,
    TierGoverning, decide,
};

/// Everything that governs one pod in one direction, prepared for many peers.
#[derive(Clone, Debug)]
pub struct Governed<'a> {
    admin: Option<TierGoverning<'a>>,
    standard: Option<Governing<'a>>,
    /// Only where no `NetworkPolicy` governs it: those decide finally about the pods that they isolate.
    baseline: Option<TierGoverning<'a>>,
    /// Policies may exist that nobody could read.
    is_hidden: bool,
}

impl<'a> Governed<'a> {
    /// What governs `subject`, a pod of the namespace `view`, in `direction`.
    pub fn of(
        world: &'a World,
        view: &'a NamespaceView,
        subject: &PodEnd<'_>,
        direction: Direction,
    ) -> Self {
        let policies = view.effective_policies().map(|policy| &policy.spec);
        let standard = Governing::of(policies, subject, direction);
        let tier = |tier| {
            let tiered = world.tiered_policies().map(|policy| &policy.spec);
            TierGoverning::of(tiered, tier, subject, direction)
        };
        let baseline = if standard.is_none() { tier(Tier::Baseline) } else { None };
        Self { admin: tier(Tier::Admin), standard, baseline, is_hidden: world.hides_policies() }
    }

    /// Whether nothing governs it, so that everything is allowed.
    pub fn is_free(&self) -> bool {
        self.standard.is_none() && self.tiers().next().is_none() && !self.is_hidden
    }

    /// The `NetworkPolicies` that govern it.
    pub(super) fn standard(&self) -> Option<&Governing<'a>> {
        self.standard.as_ref()
    }

    /// The tiers that govern it.
    pub(super) fn tiers(&self) -> impl Iterator<Item = &TierGoverning<'a>> {
        self.admin.iter().chain(&self.baseline)
    }

    /// What is decided about the connections with `peer`.
    pub fn decide(&self, network: &Network, subject: &PodEnd<'_>, peer: &End<'_>) -> Decided {
        if self.is_free() {
            return Decided::everything();
        }
        if self.is_hidden {
            return Decided { allowed: PortSets::default(), unknown: PortSets::everything() };
        }
        decide(&self.stages(network, subject, peer))
    }

    /// The stages that decide about the connections with `peer`, in their order.
    pub fn stages(&self, network: &Network, subject: &PodEnd<'_>, peer: &End<'_>) -> Vec<Stage> {
        let admin = self.admin.iter().map(|tier| tier.stage(network, subject, peer));
        let standard = self.standard.iter().map(|rules| rules.stage(network, subject, peer));
        let baseline = self.baseline.iter().map(|tier| tier.stage(network, subject, peer));
        admin.chain(standard).chain(baseline).collect()
    }

    /// The blocks that tell addresses apart.
    pub fn blocks(&self) -> impl Iterator<Item = &AddressSet> {
        let standard = self.standard.iter().flat_map(Governing::blocks);
        standard.chain(self.tiers().flat_map(TierGoverning::blocks))
    }
}
