//! What a policy of another engine means beside the `NetworkPolicies` of the namespaces that it is about.

use std::collections::BTreeSet;

use crate::model::{Finding, Now, RuleLevel, Scope, Settings, World};
use crate::object::ObjectRef;
use crate::rules::MIXED_POLICY_ENGINES;

use super::case::marked;
use super::judge;

/// How many workloads are looked at for one change: what a webhook can do in the time that it has. The audit reports the rest.
const WORKLOADS: usize = 400;
/// How many `NetworkPolicies` are named.
const NAMED: usize = 4;

/// What is new about the written policy, and about `NetworkPolicies` of the namespaces `homes`. Never a denial: a policy of the
/// cluster is not refused for what a namespace wrote.
pub(super) fn findings(
    settings: &Settings,
    (before, after): (&World, &World),
    subject: &ObjectRef,
    homes: &BTreeSet<String>,
    now: Now,
) -> Vec<Finding> {
    let own = judge::other_policy(subject, settings, after, now);
    let mut findings = marked(own, || judge::other_policy(subject, settings, before, now));
    let mut left = WORKLOADS;
    for home in homes {
        let (Some(old), Some(new)) = (before.namespace(home), after.namespace(home)) else {
            continue;
        };
        let Some(rest) = left.checked_sub(new.workloads.len()) else { break };
        left = rest;
        if new.is_terminating() {
            continue;
        }
        let (old, new) =
            (Scope::new(settings, before, old, now), Scope::new(settings, after, new, now));
        for policy in new.policies() {
            let found = judge::policy_by(&MIXED_POLICY_ENGINES, policy, &new);
            let found = marked(found, || judge::policy_by(&MIXED_POLICY_ENGINES, policy, &old));
            findings.extend(found.into_iter().filter(|finding| !finding.existing));
        }
    }
    let findings = findings.into_iter().map(|finding| finding.capped(RuleLevel::Warn));
    findings.collect()
}

/// The first of them about `NetworkPolicies`, and how many more there are.
pub(super) fn shortened(mut findings: Vec<Finding>, subject: &ObjectRef) -> (Vec<Finding>, usize) {
    findings.sort_by(Finding::order);
    let is_own = |finding: &Finding| finding.subject.as_ref() == Some(subject);
    let (own, mut others): (Vec<_>, Vec<_>) = findings.into_iter().partition(is_own);
    let left_out = others.len().saturating_sub(NAMED);
    others.truncate(NAMED);
    (own.into_iter().chain(others).collect(), left_out)
}
