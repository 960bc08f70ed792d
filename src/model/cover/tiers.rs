//! What the tiers around `NetworkPolicies` close.

use crate::model::{NamespaceView, World};
use crate::netpol::{Direction, Network, Tier, TieredSpec, closed};
use crate::object::TieredPolicy;

use super::{Cover, Grade};

pub(super) fn covers(
    world: &World,
    network: &Network,
    view: &NamespaceView,
    direction: Direction,
) -> Vec<Cover> {
    let enforced = world.tiered_policies().filter(|policy| policy.is_enforced(network));
    let policies: Vec<&TieredPolicy> = enforced.collect();
    let specs: Vec<&TieredSpec> = policies.iter().map(|policy| &policy.spec).collect();
    let labels = view.labels();
    let cover = |policy: &&TieredPolicy| {
        let pods = closed(&policy.spec, &specs, &labels, direction, network.families)?;
        let grade = match policy.spec.tier {
            Tier::Admin => Grade::Admin,
            Tier::Baseline => Grade::Baseline,
        };
        Some(Cover {
            grade,
            source: policy.reference(),
            pods: pods.clone(),
            overrides: grade == Grade::Admin,
            // For ingress it knows no sources but pods, and what it denies it denies one by one.
            is_total: false,
        })
    };
    policies.iter().filter_map(cover).collect()
}
