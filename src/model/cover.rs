//! Default-deny that is no `NetworkPolicy`: what cluster-scoped and CNI-specific policies close, by grade.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::netpol::{Beside, Direction, Families, Labels, Selector, Tier, TieredSpec, closed};
use crate::object::ObjectRef;

use super::World;

/// What a cover is worth: the settings choose which grades count (`coverage.accept`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// The Admin tier: nothing below it can allow what it denies. For ingress it knows no sources but pods.
    Admin,
    /// The Baseline tier: any `NetworkPolicy` that selects a pod switches it off for that pod. For ingress it knows no sources
    /// but pods.
    Baseline,
}

impl Grade {
    /// Its name in settings and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Baseline => "baseline",
        }
    }

    /// Whether no `NetworkPolicy` can allow what it closes.
    fn overrides(self) -> bool {
        match self {
            Self::Admin => true,
            Self::Baseline => false,
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
    /// The policy.
    pub source: ObjectRef,
    /// The pods, by their labels.
    pub pods: Selector,
}

impl Cover {
    /// As the coverage of a namespace takes it.
    pub(super) fn beside(&self) -> Beside<'_> {
        Beside { pods: &self.pods, overrides: self.grade.overrides() }
    }
}

/// What the policies of a World close in `direction` in a namespace with these labels, by every grade.
pub(super) fn covers(
    world: &World,
    labels: &Labels,
    direction: Direction,
    families: Families,
) -> Vec<Cover> {
    let policies: Vec<_> = world.tiered_policies().collect();
    let specs: Vec<&TieredSpec> = policies.iter().map(|policy| &policy.spec).collect();
    let cover = |policy: &&crate::object::TieredPolicy| {
        let pods = closed(&policy.spec, &specs, labels, direction, families)?;
        let grade = match policy.spec.tier {
            Tier::Admin => Grade::Admin,
            Tier::Baseline => Grade::Baseline,
        };
        let source =
            ObjectRef { kind: policy.kind, namespace: None, name: policy.meta.name.clone() };
        Some(Cover { grade, source, pods: pods.clone() })
    };
    policies.iter().filter_map(|policy| cover(policy)).collect()
}
