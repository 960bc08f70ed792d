//! Stages: how the policies of every engine decide about the connections between two given ends, in one direction.
//!
//! For two given ends a rule is no more than the ports that it surely matches and those that it may match, and what it does
//! with them. A stage tries its rules in order; what they leave open it denies, or passes on to the next stage. A
//! `NetworkPolicy` is one stage of rules that accept and an end that denies; the Admin tier comes before it and the Baseline
//! tier after it (SEMANTICS 7), and what every stage leaves open is allowed.

use super::PortSets;

/// What a rule does with what it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Allows it, finally.
    Accept,
    /// Denies it, finally.
    Deny,
    /// Leaves the stage: the next stage decides.
    Pass,
}

/// One rule, between two given ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it does with what it matches.
    pub action: Action,
    /// The ports that it matches for certain.
    pub certain: PortSets,
    /// The ports that it may match, the certain ones included: more where something is unknown (an address, a label).
    pub possible: PortSets,
}

/// Rules in their order, and what happens to what they leave open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The rules, first match wins.
    pub steps: Vec<Step>,
    /// What happens to the rest.
    pub rest: Rest,
}

/// What a stage does with what its rules leave open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// It is denied: the stage isolates the pod.
    Denied,
    /// The next stage decides.
    Next,
    /// It is not known whether the stage isolates the pod: denied, or left to the next stage.
    Unknown,
}

/// What stages decide.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Decided {
    /// The ports that are allowed for certain.
    pub allowed: PortSets,
    /// The ports of which it cannot be told: never protection, never permission.
    pub unknown: PortSets,
}

impl Step {
    /// A rule that matches `ports` for certain.
    pub fn certain(action: Action, ports: PortSets) -> Self {
        Self { action, possible: ports.clone(), certain: ports }
    }

    /// A rule that may match `ports`.
    pub fn possible(action: Action, ports: PortSets) -> Self {
        Self { action, certain: PortSets::default(), possible: ports }
    }
}

impl Stage {
    /// It may do anything with everything: who decides is not known.
    pub fn undecided() -> Self {
        let step = |action| Step::possible(action, PortSets::everything());
        Self { steps: vec![step(Action::Accept), step(Action::Deny)], rest: Rest::Next }
    }
}

impl Decided {
    /// Everything is allowed: no policy says anything.
    pub fn everything() -> Self {
        Self { allowed: PortSets::everything(), unknown: PortSets::default() }
    }

    /// What both allow: the two ends of a connection judge for themselves.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let allowed = self.allowed.intersection(&other.allowed);
        let possible = self.possible().intersection(&other.possible());
        Self { unknown: possible.difference(&allowed), allowed }
    }

    /// What either allows: one of several pods may.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        let allowed = self.allowed.union(&other.allowed);
        Self { unknown: self.possible().union(&other.possible()).difference(&allowed), allowed }
    }

    /// What this allows and `other` does not, and what may be allowed here and surely is not there.
    #[must_use]
    pub fn beyond(&self, other: &Self) -> Self {
        let allowed = self.allowed.difference(&other.allowed);
        Self { unknown: self.unknown.difference(&other.possible()), allowed }
    }

    /// What this allows for certain and `other` for certain does not.
    #[must_use]
    pub fn surely_beyond(&self, other: &Self) -> PortSets {
        self.allowed.difference(&other.possible())
    }

    /// The ports that are allowed, or may be.
    pub fn possible(&self) -> PortSets {
        self.allowed.union(&self.unknown)
    }
}

/// What `stages`, in their order, decide about every port. What they all leave open is allowed.
pub fn decide(stages: &[Stage]) -> Decided {
    let mut accepted = PortSets::default();
    let mut denied = PortSets::default();
    let mut open = PortSets::everything();
    for stage in stages {
        let mut passed = PortSets::default();
        for step in &stage.steps {
            let hit = step.possible.intersection(&open);
            match step.action {
                Action::Accept => accepted = accepted.union(&hit),
                Action::Deny => denied = denied.union(&hit),
                Action::Pass => passed = passed.union(&hit),
            }
            open = open.difference(&step.certain);
        }
        if stage.rest != Rest::Next {
            denied = denied.union(&open);
        }
        open = if stage.rest == Rest::Denied { passed } else { open.union(&passed) };
    }
    accepted = accepted.union(&open);
    let allowed = accepted.difference(&denied);
    Decided { unknown: accepted.difference(&allowed), allowed }
}

/// The steps of policies of which nobody knows which is asked first: where they differ, what happens is not known.
pub(super) fn in_any_order(policies: Vec<Vec<Step>>) -> Vec<Step> {
    if policies.len() < 2 {
        return policies.into_iter().flatten().collect();
    }
    let contradicted = |index: usize, action: Action| {
        let others = policies.iter().enumerate().filter(|(other, _)| *other != index);
        let steps = others.flat_map(|(_, steps)| steps).filter(|step| step.action != action);
        steps.fold(PortSets::default(), |ports, step| ports.union(&step.possible))
    };
    let weakened = policies
        .iter()
        .enumerate()
        .flat_map(|(index, steps)| steps.iter().map(move |step| (index, step)).collect::<Vec<_>>());
    weakened
        .map(|(index, step)| Step {
            certain: step.certain.difference(&contradicted(index, step.action)),
            ..step.clone()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Action::{Accept, Deny, Pass};
    use super::{Decided, Rest, Stage, Step, decide};
    use crate::netpol::{PortSet, PortSets};

    fn ports(first: u16, last: u16) -> PortSets {
        PortSets::of(|_| PortSet::from_iter([(first, last)]))
    }

    fn stage(steps: Vec<Step>, rest: Rest) -> Stage {
        Stage { steps, rest }
    }

    fn decided(allowed: PortSets, unknown: PortSets) -> Decided {
        Decided { allowed, unknown }
    }

    #[test]
    fn without_a_stage_everything_is_allowed() {
        assert_eq!(decide(&[]), Decided::everything());
        assert_eq!(decide(&[stage(vec![], Rest::Next)]), Decided::everything());
        assert_eq!(decide(&[stage(vec![], Rest::Denied)]), Decided::default());
    }

    #[test]
    fn the_first_match_decides_and_a_pass_leaves_the_stage() {
        let admin = stage(
            vec![
                Step::certain(Pass, ports(1, 10)),
                Step::certain(Accept, ports(5, 20)),
                Step::certain(Deny, ports(1, 30)),
            ],
            Rest::Next,
        );
        let policies = stage(vec![Step::certain(Accept, ports(8, 40))], Rest::Denied);
        let allowed = ports(8, 40).difference(&ports(21, 30));
        assert_eq!(decide(&[admin, policies]), decided(allowed, PortSets::default()));
    }

    #[test]
    fn what_may_match_is_unknown_unless_both_ways_end_alike() {
        let maybe = |action| stage(vec![Step::possible(action, ports(1, 10))], Rest::Next);
        let end = |rest| stage(vec![], rest);
        assert_eq!(
            decide(&[maybe(Accept), end(Rest::Denied)]),
            decided(PortSets::default(), ports(1, 10))
        );
        assert_eq!(decide(&[maybe(Accept)]), Decided::everything());
        assert_eq!(decide(&[maybe(Deny), end(Rest::Denied)]), Decided::default());
        let unknown = decided(PortSets::default(), PortSets::everything());
        assert_eq!(decide(&[end(Rest::Unknown)]), unknown);
        assert_eq!(decide(&[Stage::undecided()]), unknown);
        assert_eq!(decide(&[Stage::undecided(), end(Rest::Denied)]), unknown);
    }

    #[test]
    fn both_ends_must_allow() {
        let some = decided(ports(1, 10), ports(11, 20));
        let other = decided(ports(5, 15), PortSets::default());
        assert_eq!(some.and(&other), decided(ports(5, 10), ports(11, 15)));
        assert_eq!(some.and(&Decided::everything()), some);
    }
}
