//! What Calico's policies close.

use crate::model::{NamespaceView, World};
use crate::netpol::calico::{AnyPod, Around, Policy, Tier, default_level, isolating};
use crate::netpol::{
    Direction, Governing, Level, Network, Peers, PodEnd, PolicySpec, PolicyTypes, Ports, Rule,
    Search, Selector, search,
};
use crate::object::CalicoPolicy;

use super::{Cover, Grade};

/// What cannot be decided covers nobody, and neither does what lets a pod that nobody wrote a rule for do everything: what is
/// asked earlier may allow it (SEMANTICS 7.3).
pub(super) fn covers(
    world: &World,
    network: &Network,
    view: &NamespaceView,
    direction: Direction,
) -> Vec<Cover> {
    if network.engines.calico == Some(false) {
        return Vec::new();
    }
    let policies: Vec<&CalicoPolicy> = world.calico_policies_for(view).collect();
    if policies.is_empty() {
        return Vec::new();
    }
    let (tiers, labels): (Vec<Tier>, _) = (world.calico_tiers().cloned().collect(), view.labels());
    let of = AnyPod { namespace: &view.name, namespace_labels: &labels };
    let around = Around { tiers: &tiers, sets: world.calico_sets(), network };
    let placed = || policies.iter().map(|policy| policy.placed());
    let closing = Closing { of: &of, around: &around, direction };
    let cover = |policy: &CalicoPolicy, pods: Selector| {
        let level = |standard: Option<&PolicySpec>| closing.level(placed(), &pods, standard);
        let is_closed = |level| matches!(level, Some(Level::Isolated | Level::Strict));
        let own = level(None);
        let overrides = is_closed(level(Some(&allow_all())));
        is_closed(own).then(|| Cover {
            grade: Grade::Calico,
            source: policy.reference(),
            overrides,
            is_total: own == Some(Level::Strict),
            pods,
        })
    };
    let closed = policies.iter().flat_map(|policy| {
        let isolating = isolating([policy.placed()], &tiers, &of, direction);
        let pods = isolating.into_iter().flat_map(|isolating| isolating.pods.certain);
        pods.filter_map(|pods| cover(policy, pods)).collect::<Vec<_>>()
    });
    closed.collect()
}

/// The question how open pods of a namespace are.
struct Closing<'a> {
    of: &'a AnyPod<'a>,
    around: &'a Around<'a>,
    direction: Direction,
}

impl Closing<'_> {
    /// How much the plainest pod that `pods` selects may do, beside a `NetworkPolicy` that selects it too.
    fn level<'p>(
        &self,
        policies: impl Iterator<Item = Policy<'p>>,
        pods: &Selector,
        standard: Option<&PolicySpec>,
    ) -> Option<Level> {
        let Search::Found(labels) = search(pods, &[]) else { return None };
        let pod = PodEnd {
            namespace: self.of.namespace,
            namespace_labels: self.of.namespace_labels,
            labels: &labels,
            service_account: "",
            ports: &[],
            addresses: &[],
            host_network: false,
        };
        let standard = Governing::of(standard, &pod, self.direction);
        default_level(policies, standard.as_ref(), self.around, self.of, &labels, self.direction)
    }
}

/// A `NetworkPolicy` that allows everything.
fn allow_all() -> PolicySpec {
    let rules = vec![Rule { peers: Peers::Any, ports: Ports::Any }];
    PolicySpec {
        types: PolicyTypes { ingress: true, egress: true },
        ingress: rules.clone(),
        egress: rules,
        ..PolicySpec::default()
    }
}
