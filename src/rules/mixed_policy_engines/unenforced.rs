//! Policies of an engine that the network plugin of the cluster does not implement (SEMANTICS 6).
//!
//! Where the plugin enforces nothing at all, `policy-not-enforced` says so.

use crate::facts::{Enforces, Engine, cni};
use crate::model::{Problem, RuleLevel, Settings, World};
use crate::object::{Kind, ObjectRef};

/// That this policy has no effect, where that is known.
pub(super) fn problem(policy: &ObjectRef, settings: &Settings, world: &World) -> Option<Problem> {
    let engine = match policy.kind {
        Kind::AdminNetworkPolicy | Kind::BaselineAdminNetworkPolicy => Engine::AdminNetworkPolicy,
        Kind::CalicoNetworkPolicy | Kind::GlobalNetworkPolicy => Engine::Calico,
        Kind::CiliumClusterwideNetworkPolicy | Kind::CiliumNetworkPolicy => Engine::Cilium,
        Kind::ClusterNetworkPolicy => Engine::ClusterNetworkPolicy,
        _ => return None,
    };
    let cni = cni(world, settings);
    if cni.enforces == Enforces::No || cni.implements(engine) != Some(false) {
        return None;
    }
    let plugin = cni.plugin?;
    // Files may show the plugin without the one that implements them beside it.
    let is_certain = world.is_live() || settings.facts.cni.is_some();
    let level = if is_certain { RuleLevel::Deny } else { RuleLevel::Audit };
    let message = format!(
        "{} {}: it has no effect, because the network plugin, {plugin}, does not implement such policies ({}); write \
         NetworkPolicies instead",
        policy.kind,
        policy.name,
        cni.evidence.join("; "),
    );
    Some(Problem::new(message).key("no effect").at_most(level))
}
