//! Default-deny that is no `NetworkPolicy`: what cluster-scoped and CNI-specific policies close, by grade.

mod calico;
mod cilium;
mod tiers;

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::network;
use crate::netpol::{Beside, Direction, Selector};
use crate::object::ObjectRef;

use super::{NamespaceView, Settings, World};

/// What a cover is worth: the settings choose which grades count (`coverage.accept`).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// The Admin tier: nothing below it can allow what it denies. For ingress it knows no sources but pods.
    Admin,
    /// The Baseline tier: any `NetworkPolicy` that selects a pod switches it off for that pod. For ingress it knows no sources
    /// but pods.
    Baseline,
    /// Calico's own policies: `NetworkPolicies` are among them, at order 1000 of the tier `default`.
    Calico,
    /// Cilium's own policies: they and `NetworkPolicies` add up.
    Cilium,
}

impl Grade {
    /// Its name in settings and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Baseline => "baseline",
            Self::Calico => "calico",
            Self::Cilium => "cilium",
        }
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Pods of one namespace that one policy closes in one direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    /// What it is worth.
    pub grade: Grade,
    /// The policy, or what it is configured in.
    pub source: ObjectRef,
    /// The pods, by their labels.
    pub pods: Selector,
    /// Whether no `NetworkPolicy` can allow what it closes.
    pub overrides: bool,
    /// Whether its engine allows nothing to a pod that nobody wrote a rule for.
    pub is_total: bool,
}

impl Cover {
    /// As the coverage of a namespace takes it.
    pub(super) fn beside(&self) -> Beside<'_> {
        Beside { pods: &self.pods, overrides: self.overrides, is_total: self.is_total }
    }
}

/// What the policies of a World close in `direction` in the namespace `view`, by every grade. Policies that the network is known
/// not to enforce close nothing.
pub(super) fn covers(
    world: &World,
    settings: &Settings,
    view: &NamespaceView,
    direction: Direction,
) -> Vec<Cover> {
    let network = network(world, settings);
    let mut covers = tiers::covers(world, &network, view, direction);
    covers.extend(calico::covers(world, &network, view, direction));
    covers.extend(cilium::covers(world, &network, view, direction));
    covers
}
