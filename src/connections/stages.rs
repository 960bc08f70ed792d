//! The stages that decide about one end, in their order: the one place where the policies of every engine come together.

use crate::model::{NamespaceView, World};
use crate::netpol::{
    AddressSet, Decided, Direction, End, Governing, Network, PodEnd, PortSets, Rest, Stage, Tier,
    TierGoverning, cilium, decide,
};
use crate::object::{CiliumPolicy, Kind};

mod halves;

pub use halves::Halves;

/// Everything that governs one pod in one direction, prepared for many peers.
#[derive(Clone, Debug)]
pub struct Governed<'a> {
    admin: Option<TierGoverning<'a>>,
    cilium: Option<cilium::Governing<'a>>,
    standard: Option<Governing<'a>>,
    /// Only where no `NetworkPolicy` governs it: those decide finally about the pods that they isolate.
    baseline: Option<TierGoverning<'a>>,
    /// The network isolates it, whatever policies say.
    is_isolated: bool,
    /// Policies may exist that nobody could read.
    is_hidden: bool,
}

impl<'a> Governed<'a> {
    /// What governs `subject`, a pod of the namespace `view`, in `direction`. Policies that the network is known not to enforce
    /// do not.
    pub fn of(
        world: &'a World,
        network: &Network,
        view: &'a NamespaceView,
        subject: &PodEnd<'_>,
        direction: Direction,
    ) -> Self {
        let policies = view.effective_policies().map(|policy| &policy.spec);
        let standard = Governing::of(policies, subject, direction);
        let tier = |tier| governing_tier(world, network, tier, subject, direction);
        let cilium = (network.engines.cilium != Some(false)).then(|| {
            let placed = world.cilium_policies_for(view).map(CiliumPolicy::placed);
            cilium::Governing::of(placed, subject, direction)
        });
        let baseline = if standard.is_none() { tier(Tier::Baseline) } else { None };
        Self {
            admin: tier(Tier::Admin),
            cilium: cilium.flatten(),
            standard,
            baseline,
            is_isolated: network.isolates_always && !subject.host_network,
            is_hidden: world.hides_policies() || has_calico(world, network, view),
        }
    }

    /// Whether nothing governs it, so that everything is allowed.
    pub fn is_free(&self) -> bool {
        let has_none = self.standard.is_none() && self.cilium.is_none() && !self.is_isolated;
        has_none && self.tiers().next().is_none() && !self.is_hidden
    }

    /// The tiers that govern it.
    pub(super) fn tiers(&self) -> impl Iterator<Item = &TierGoverning<'a>> {
        self.admin.iter().chain(&self.baseline)
    }

    /// The policies of Cilium that govern it.
    pub fn cilium(&self) -> Option<&cilium::Governing<'a>> {
        self.cilium.as_ref()
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
        let tier = |tier: &TierGoverning<'_>| tier.stage(network, subject, peer);
        let standard = self.standard.as_ref().map(|rules| rules.stage(network, subject, peer));
        let cilium = self.cilium.as_ref();
        let denied = cilium.map(|cilium| cilium.deny_stage(network, peer));
        let mut allowed = match cilium {
            Some(cilium) => Some(beside(standard, cilium, network, peer)),
            None => standard,
        };
        if self.is_isolated {
            let nothing = Stage { steps: Vec::new(), rest: Rest::Denied };
            allowed.get_or_insert(nothing).rest = Rest::Denied;
        }
        let admin = self.admin.iter().map(tier);
        admin.chain(denied).chain(allowed).chain(self.baseline.iter().map(tier)).collect()
    }

    /// The blocks that tell addresses apart.
    pub fn blocks<'s>(&'s self, network: &'s Network) -> impl Iterator<Item = &'s AddressSet> {
        let standard = self.standard.iter().flat_map(Governing::blocks);
        let cilium = self.cilium.iter().flat_map(|cilium| cilium.blocks(network));
        standard.chain(self.tiers().flat_map(TierGoverning::blocks)).chain(cilium)
    }
}

/// The policies of one tier that govern `subject`, those left out that the network is known not to enforce.
pub fn governing_tier<'a>(
    world: &'a World,
    network: &Network,
    tier: Tier,
    subject: &PodEnd<'_>,
    direction: Direction,
) -> Option<TierGoverning<'a>> {
    let enforced = world.tiered_policies().filter(|policy| policy.is_enforced(network));
    TierGoverning::of(enforced.map(|policy| &policy.spec), tier, subject, direction)
}

/// Whether Calico's own policies may be about pods of the namespace: what they decide is not told yet, so it is unknown.
fn has_calico(world: &World, network: &Network, view: &NamespaceView) -> bool {
    let mut policies = view
        .others(Kind::CalicoNetworkPolicy)
        .chain(world.cluster_objects(Kind::GlobalNetworkPolicy))
        .filter(|policy| !policy.meta().is_terminating());
    network.engines.calico != Some(false) && policies.next().is_some()
}

/// What Cilium allows: its own policies and `NetworkPolicies` add up, and each of them isolates (SEMANTICS 7.2).
fn beside(
    standard: Option<Stage>,
    cilium: &cilium::Governing<'_>,
    network: &Network,
    peer: &End<'_>,
) -> Stage {
    let rest = match (&standard, cilium.isolates()) {
        (Some(_), _) | (_, Some(true)) => Rest::Denied,
        (None, Some(false)) => Rest::Next,
        (None, None) => Rest::Unknown,
    };
    let mut steps = standard.map(|standard| standard.steps).unwrap_or_default();
    steps.extend(cilium.accept_steps(network, peer));
    Stage { steps, rest }
}
