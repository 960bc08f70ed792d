//! Coverage levels of a namespace, decided exactly, with a witness (SEMANTICS 1.7).

use super::{Direction, Families, Labels, PolicySpec};

/// How well the policies of a namespace isolate its pods in one direction, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Some pod would be unprotected.
    None,
    /// Every pod is isolated, but a pod nobody wrote a rule for may do everything.
    Open,
    /// Every pod is isolated, and not everything is allowed by default.
    Isolated,
    /// Every pod is isolated, and nothing is allowed by default.
    Strict,
}

impl Level {
    /// Its name in annotations and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Open => "open",
            Self::Isolated => "isolated",
            Self::Strict => "strict",
        }
    }
}

/// The coverage of a namespace in one direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// The level.
    pub level: Level,
    /// At level `none`: labels of a pod that no policy would isolate.
    pub witness: Option<Labels>,
    /// The search ran out of budget; the level is then `none` without a witness.
    pub undecided: bool,
}

/// The coverage that `policies`, all of one namespace, give in `direction`.
pub fn coverage(policies: &[&PolicySpec], direction: Direction, families: Families) -> Coverage {
    let _ = (policies, direction, families);
    unimplemented!()
}

/// Whether one of `policies` isolates a pod with `labels` in `direction`.
pub fn isolates(policies: &[&PolicySpec], labels: &Labels, direction: Direction) -> bool {
    policies
        .iter()
        .any(|policy| policy.types.contains(direction) && policy.selector.matches(labels))
}
