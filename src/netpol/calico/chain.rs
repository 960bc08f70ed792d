//! The policies of one tier, in their order.

use std::cmp::Ordering;

use super::order::by_name;
use super::steps::Prepared;
use super::{DefaultAction, NetworkSet, Order, RuleAction, Tier};
use crate::netpol::pair::Pair;
use crate::netpol::stage::in_any_order;
use crate::netpol::truth::any;
use crate::netpol::{Rest, Stage, Step};

/// The policies of one tier that govern a pod.
#[derive(Clone, Debug)]
pub(super) struct Chain<'a> {
    pub(super) tier: Tier,
    /// By their order; of those of one group nobody knows which comes first.
    groups: Vec<Vec<Prepared<'a>>>,
}

impl<'a> Chain<'a> {
    pub(super) fn of(tier: Tier, policies: Vec<Prepared<'a>>) -> Self {
        Self { tier, groups: groups(policies) }
    }

    /// What the tier decides; `None` when it has no policy for the pod. `standard` is what Kubernetes' policies decide, for
    /// their tier.
    pub(super) fn stage(
        &self,
        pair: &Pair<'_>,
        sets: Option<&[NetworkSet]>,
        standard: Option<Stage>,
    ) -> Option<Stage> {
        if standard.is_none() && self.groups.is_empty() {
            return None;
        }
        let rest = self.rest(standard.as_ref().map(|stage| stage.rest));
        let mut ordered: Vec<(Order, Vec<Vec<Step>>)> = Vec::new();
        for group in &self.groups {
            let steps = group.iter().map(|policy| policy.steps(pair, sets)).collect();
            ordered.push((group[0].policy.spec.order, steps));
        }
        if let Some(Stage { steps, .. }) = standard {
            insert(&mut ordered, steps);
        }
        let steps = ordered.into_iter().flat_map(|(_, policies)| in_any_order(policies)).collect();
        Some(Stage { steps, rest })
    }

    /// Whether a rule may allow something, or leave it to what comes after. Of Kubernetes' policies it says whether they have a
    /// rule; `None` without any.
    pub(super) fn may_allow(&self, may_allow_after: bool, standard: Option<bool>) -> bool {
        if standard == Some(true) {
            return true;
        }
        for group in &self.groups {
            let is_ordered = group.len() == 1;
            for policy in group {
                for rule in policy.rules() {
                    let is_last = is_ordered && policy.is_certain && rule.is_about_everything();
                    match rule.action {
                        RuleAction::Allow | RuleAction::Unknown => return true,
                        RuleAction::Pass if may_allow_after => return true,
                        RuleAction::Deny | RuleAction::Pass if is_last => return false,
                        _ => {}
                    }
                }
            }
        }
        may_allow_after && self.rest(standard.map(|_| Rest::Denied)) != Rest::Denied
    }

    pub(super) fn policies(&self) -> impl Iterator<Item = &Prepared<'a>> {
        self.groups.iter().flatten()
    }

    /// What happens to what no rule decides, where Kubernetes' policies leave this to the end of the tier.
    pub(super) fn rest(&self, standard: Option<Rest>) -> Rest {
        let of_standard = standard.map(|rest| match rest {
            Rest::Denied => Some(true),
            Rest::Next => Some(false),
            Rest::Unknown => None,
        });
        let selecting = self.policies().map(|policy| policy.is_certain.then_some(true));
        match (any(selecting.chain(of_standard)), self.tier.default_action) {
            (Some(false), _) | (_, DefaultAction::Pass) => Rest::Next,
            (Some(true), DefaultAction::Deny) => Rest::Denied,
            (None, _) | (_, DefaultAction::Unknown) => Rest::Unknown,
        }
    }
}

/// Puts the rules of Kubernetes' policies in their place; beside policies of the same order nobody knows which is first, as
/// their names are not known.
fn insert(ordered: &mut Vec<(Order, Vec<Vec<Step>>)>, steps: Vec<Step>) {
    let first = ordered.partition_point(|(order, _)| *order < Order::OF_KUBERNETES);
    let after = ordered.partition_point(|(order, _)| *order <= Order::OF_KUBERNETES);
    let mut equal: Vec<Vec<Step>> =
        ordered.drain(first..after).flat_map(|(_, policies)| policies).collect();
    equal.push(steps);
    ordered.insert(first, (Order::OF_KUBERNETES, equal));
}

/// The policies in their order; together those of which nobody knows which comes first.
fn groups(mut policies: Vec<Prepared<'_>>) -> Vec<Vec<Prepared<'_>>> {
    policies.sort_by(|one, other| {
        let (one, other) = (&one.policy, &other.policy);
        let by = one.spec.order.cmp(&other.spec.order);
        by.then_with(|| (one.bare_name(), one.namespace).cmp(&(other.bare_name(), other.namespace)))
    });
    let mut groups: Vec<Vec<Prepared<'_>>> = Vec::new();
    let equals = policies.chunk_by(|one, other| one.policy.spec.order == other.policy.spec.order);
    for equals in equals {
        let is_first = |index: usize| {
            let mut later = equals[index + 1..].iter();
            later.all(|other| {
                by_name(&equals[index].policy, &other.policy).is_some_and(Ordering::is_lt)
            })
        };
        if (0..equals.len()).all(is_first) {
            groups.extend(equals.iter().map(|policy| vec![policy.clone()]));
        } else {
            groups.push(equals.to_vec());
        }
    }
    groups
}
