//! Coverage levels of a namespace, decided exactly, with a witness.

use super::{AllowSet, Direction, Families, Labels, PolicySpec, Search, Selector, search};

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

/// Pods of a namespace that something else than a `NetworkPolicy` closes.
#[derive(Clone, Copy, Debug)]
pub struct Beside<'a> {
    /// The pods, by their labels.
    pub pods: &'a Selector,
    /// Whether no `NetworkPolicy` can allow what it closes.
    pub overrides: bool,
    /// Whether nothing beside `NetworkPolicies` allows anything to a pod that nobody wrote a rule for.
    pub is_total: bool,
}

/// The coverage that `policies`, all of one namespace, give in `direction`.
///
/// A namespace is covered when every conceivable label set is selected, by one policy or by several together; pods that
/// exist today do not matter. What is allowed by default is what a pod without labels may do: nobody wrote a rule for it. A
/// policy whose selector can never match covers nothing.
pub fn coverage(policies: &[&PolicySpec], direction: Direction, families: Families) -> Coverage {
    coverage_beside(policies, &[], direction, families)
}

/// The coverage that `policies` give together with what is closed beside them.
///
/// A pod that both select is as open as its `NetworkPolicies` make it, unless what is beside them overrides those.
pub fn coverage_beside(
    policies: &[&PolicySpec],
    beside: &[Beside<'_>],
    direction: Direction,
    families: Families,
) -> Coverage {
    let isolating = policies.iter().filter(|policy| policy.types.contains(direction));
    let selectors: Vec<&Selector> = isolating
        .map(|policy| &policy.selector)
        .chain(beside.iter().map(|beside| beside.pods))
        .collect();
    match search(&Selector::default(), &selectors) {
        Search::Found(witness) => {
            Coverage { level: Level::None, witness: Some(witness), undecided: false }
        }
        Search::Undecided => Coverage { level: Level::None, witness: None, undecided: true },
        Search::None => {
            let level = default_level(policies, beside, direction, families);
            Coverage { level, witness: None, undecided: false }
        }
    }
}

fn default_level(
    policies: &[&PolicySpec],
    beside: &[Beside<'_>],
    direction: Direction,
    families: Families,
) -> Level {
    let nobody = Labels::default();
    let default = AllowSet::of(policies, "", &nobody, direction);
    let is_selected = isolates(policies, &nobody, direction);
    let is_closed =
        |beside: &&Beside<'_>| beside.pods.matches(&nobody) && (beside.overrides || !is_selected);
    let closing: Vec<&Beside<'_>> = beside.iter().filter(is_closed).collect();
    if !is_selected && closing.iter().any(|beside| beside.is_total) {
        return Level::Strict;
    }
    let is_empty = default.is_empty(families);
    if !(closing.is_empty() || is_selected && is_empty) {
        return Level::Isolated;
    }
    if is_empty {
        Level::Strict
    } else if default.is_everything(families) {
        Level::Open
    } else {
        Level::Isolated
    }
}

/// Whether one of `policies` isolates a pod with `labels` in `direction`.
pub fn isolates(policies: &[&PolicySpec], labels: &Labels, direction: Direction) -> bool {
    policies
        .iter()
        .any(|policy| policy.types.contains(direction) && policy.selector.matches(labels))
}
