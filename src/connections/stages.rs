//! The stages that decide about one end, in their order: the one place where the policies of every engine come together.

use crate::model::{NamespaceView, World};
use crate::netpol::calico::{self, Order};
use crate::netpol::{
    AddressSet, Decided, Direction, End, Governing, Network, PodEnd, PortSets, Rest, Stage, Tier,
    TierGoverning, cilium, decide,
};
use crate::object::{CalicoPolicy, CiliumPolicy};

mod halves;

pub use halves::Halves;

/// Everything that governs one pod in one direction, prepared for many peers.
#[derive(Clone, Debug)]
pub struct Governed<'a> {
    admin: Option<TierGoverning<'a>>,
    calico: Option<calico::Governing<'a>>,
    cilium: Option<cilium::Governing<'a>>,
    standard: Option<Governing<'a>>,
    /// Only where it may be asked: what isolates a pod decides finally about it, but a rule of Calico may pass it on.
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
        let calico = if network.engines.calico == Some(false) {
            None
        } else {
            let tiers: Vec<calico::Tier> = world.calico_tiers().cloned().collect();
            let policies = world.calico_policies_for(view).map(CalicoPolicy::placed);
            calico::Governing::of(policies, &tiers, world.calico_sets(), subject, direction)
        };
        let is_final = standard.is_some() && calico.is_none();
        let baseline = if is_final { None } else { tier(Tier::Baseline) };
        Self {
            admin: tier(Tier::Admin),
            calico,
            cilium: cilium.flatten(),
            standard,
            baseline,
            is_isolated: network.isolates_always && !subject.host_network,
            is_hidden: world.hides_policies(),
        }
    }

    /// Whether nothing governs it, so that everything is allowed.
    pub fn is_free(&self) -> bool {
        let has_none = self.standard.is_none() && self.calico.is_none() && self.cilium.is_none();
        let has_none = has_none && !self.is_isolated;
        has_none && self.tiers().next().is_none() && !self.is_hidden
    }

    /// The policies of Calico that govern it, when some do.
    pub fn calico(&self) -> Option<&calico::Governing<'a>> {
        self.calico.as_ref()
    }

    /// The tiers that govern it.
    pub(super) fn tiers(&self) -> impl Iterator<Item = &TierGoverning<'a>> {
        self.admin.iter().chain(&self.baseline)
    }

    /// The policies of Cilium that govern it.
    pub fn cilium(&self) -> Option<&cilium::Governing<'a>> {
        self.cilium.as_ref()
    }

    /// How many rules govern it: what it takes to decide grows with them. Cilium may take the other end for several things, and
    /// tries its rules with each.
    pub(super) fn size(&self) -> usize {
        let standard = self.standard.iter().flat_map(Governing::rules).count();
        let tiers = self.tiers().flat_map(TierGoverning::rules).count();
        let calico = self.calico.as_ref().map_or(0, calico::Governing::size);
        standard + tiers + calico + 4 * self.cilium.as_ref().map_or(0, cilium::Governing::size)
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
        let (admin, baseline) = (self.admin.as_ref().map(tier), self.baseline.as_ref().map(tier));
        if let Some(calico) = &self.calico {
            if self.cilium.is_some() || self.is_isolated {
                // Which of two plugins enforces what, and whether both must allow it, is nobody's to say.
                return vec![Stage::undecided()];
            }
            let own = calico.placed_stages(network, subject, peer, standard);
            return among(own, admin, baseline);
        }
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
        admin.into_iter().chain(denied).chain(allowed).chain(baseline).collect()
    }

    /// The blocks that tell addresses apart.
    pub fn blocks<'s>(&'s self, network: &'s Network) -> impl Iterator<Item = &'s AddressSet> {
        let standard = self.standard.iter().flat_map(Governing::blocks);
        let cilium = self.cilium.iter().flat_map(|cilium| cilium.blocks(network));
        let calico = self.calico.iter().flat_map(calico::Governing::blocks);
        let tiers = self.tiers().flat_map(TierGoverning::blocks);
        standard.chain(tiers).chain(calico).chain(cilium)
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

/// The tiers of Kubernetes among those of Calico, which keeps them as tiers of its own (SEMANTICS 7.3). Of tiers of the same
/// order their names decide, which are others in every version.
fn among(own: Vec<(Order, Stage)>, admin: Option<Stage>, baseline: Option<Stage>) -> Vec<Stage> {
    let mut stages = own;
    let of_kubernetes = [(Order::OF_ADMIN_TIER, admin), (Order::OF_BASELINE_TIER, baseline)];
    for (order, stage) in of_kubernetes {
        let Some(stage) = stage else { continue };
        if stages.iter().any(|(other, _)| *other == order) {
            return vec![Stage::undecided()];
        }
        let place = stages.partition_point(|(other, _)| *other < order);
        stages.insert(place, (order, stage));
    }
    stages.into_iter().map(|(_, stage)| stage).collect()
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
