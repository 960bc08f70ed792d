//! What the rules of one policy do between two given ends.

use super::ends::{Place, Side};
use super::ports::{Declared, Matched};
use super::rule::{Rule, RuleAction};
use super::{NetworkSet, Policy};
use crate::netpol::pair::Pair;
use crate::netpol::truth::{all, any};
use crate::netpol::{Action, Direction, End, PortSets, Step};

/// A policy that governs one pod in one direction, or may, prepared for many peers.
#[derive(Clone, Debug)]
pub(super) struct Prepared<'a> {
    pub(super) policy: Policy<'a>,
    /// It surely governs the pod.
    pub(super) is_certain: bool,
    rules: Vec<PreparedRule<'a>>,
}

#[derive(Clone, Debug)]
struct PreparedRule<'a> {
    rule: &'a Rule,
    source: Side<'a>,
    destination: Side<'a>,
}

impl<'a> Prepared<'a> {
    pub(super) fn of(
        policy: Policy<'a>,
        is_certain: bool,
        direction: Direction,
        sets: Option<&[NetworkSet]>,
    ) -> Self {
        let side = |entity| Side::of(entity, policy.namespace, sets);
        let rules = policy.rules(direction).iter().map(|rule| PreparedRule {
            rule,
            source: side(&rule.source),
            destination: side(&rule.destination),
        });
        Self { policy, is_certain, rules: rules.collect() }
    }

    /// Its rules in their order.
    pub(super) fn rules(&self) -> impl Iterator<Item = &'a Rule> {
        self.rules.iter().map(|prepared| prepared.rule)
    }

    /// Its rules in their order, as far as they may match.
    pub(super) fn steps(&self, pair: &Pair<'_>, sets: Option<&[NetworkSet]>) -> Vec<Step> {
        let own = End::Pod(*pair.subject);
        let here = Place { pair: Pair { peer: &own, ..*pair } };
        let there = Place { pair: *pair };
        let (source, destination) = match pair.direction {
            Direction::Ingress => (there, here),
            Direction::Egress => (here, there),
        };
        let declared = declared(pair, &destination, sets);
        let of_rule = |rule: &PreparedRule<'_>| {
            let mut matched = rule.matched(&source, &destination, declared);
            if !self.is_certain {
                matched.certain = PortSets::default();
            }
            steps(rule.rule.action, matched)
        };
        self.rules.iter().flat_map(of_rule).collect()
    }
}

/// The ports that names stand for on the destination: those of a pod, or what a host endpoint names.
fn declared<'p>(
    pair: &'p Pair<'_>,
    destination: &Place<'_>,
    sets: Option<&[NetworkSet]>,
) -> Declared<'p> {
    let is_pod = destination.pair.selectable().is_some();
    let may_be_endpoint = |sets: &[NetworkSet]| {
        let named = sets.iter().filter(|set| set.names_ports);
        named.map(|set| destination.holds(&set.addresses)).any(|holds| holds != Some(false))
    };
    if !is_pod && sets.is_none_or(may_be_endpoint) {
        Declared::Unknown
    } else {
        Declared::Known(pair.declared())
    }
}

impl PreparedRule<'_> {
    fn matched(
        &self,
        source: &Place<'_>,
        destination: &Place<'_>,
        declared: Declared<'_>,
    ) -> Matched {
        // A connection is of one family: that of the end that has only one.
        let is_of_family = self.rule.family.map_or(Some(true), |family| {
            let ends = [source.is_of(family), destination.is_of(family)];
            if ends.contains(&Some(false)) { Some(false) } else { any(ends) }
        });
        let ends =
            all([is_of_family, self.source.matches(source), self.destination.matches(destination)]);
        if ends == Some(false) {
            return Matched::default();
        }
        let mut matched = Matched::of(self.rule, declared);
        if ends.is_none() || self.rule.narrowed {
            matched.certain = PortSets::default();
        }
        matched
    }
}

/// What a rule does with what it matches: an action that cannot be read may be each of them.
fn steps(action: RuleAction, Matched { certain, possible }: Matched) -> Vec<Step> {
    if possible.is_empty() {
        return Vec::new();
    }
    let step = |action| vec![Step { action, certain: certain.clone(), possible: possible.clone() }];
    match action {
        RuleAction::Allow => step(Action::Accept),
        RuleAction::Deny => step(Action::Deny),
        RuleAction::Pass => step(Action::Pass),
        RuleAction::Log => Vec::new(),
        RuleAction::Unknown => [Action::Accept, Action::Deny, Action::Pass]
            .map(|action| Step::possible(action, possible.clone()))
            .into(),
    }
}
