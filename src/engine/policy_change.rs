//! A policy is written or deleted.

use std::cell::LazyCell;
use std::ops::Deref;

use crate::model::{Depends, Finding, RuleLevel, Scope, three_of};
use crate::netpol::Direction;
use crate::object::{Kind, ObjectRef};
use crate::rules::{
    INGRESS_WITHOUT_DNS_CLIENTS, MISSING_DEFAULT_DENY, NEUTRALISED_DEFAULT_DENY, UNCOVERED_WORKLOAD,
};

use super::case::{Case, marked};
use super::{Verdict, judge, managed};

/// A namespace that falls below its profile and a covered workload that is uncovered are denied; a namespace without
/// workloads is warned about. What the change makes of other policies is said too, and what was wrong with them before is not.
pub(super) fn judge(case: &Case<'_>) -> Verdict {
    // Whoever finds nothing after the change never asks what was before it.
    let (before, after) = (LazyCell::new(|| case.scope_before()), case.scope_after());
    let mut findings = namespace_findings(&before, &after);
    findings.extend(policy_findings(case, &before, &after));
    findings.extend(uncovered(case, &before, &after));
    if case.change.after.is_none() {
        for finding in &mut findings {
            without_the_deleted(finding, case);
        }
    }
    let notes = managed::reverted(case).into_iter().collect();
    Verdict { findings, notes, ..Verdict::default() }
}

/// A fix under the name of the policy that is being deleted would change nothing while it is still there.
fn without_the_deleted(finding: &mut Finding, case: &Case<'_>) {
    let deleted = case.change.subject().map(|subject| subject.name);
    let rewrites = |object: &serde_json::Value| {
        object["kind"] == Kind::NetworkPolicy.name()
            && object["metadata"]["name"].as_str() == deleted.as_deref()
    };
    finding.fix = finding.fix.take().filter(|fix| !fix.objects.iter().any(rewrites));
}

/// Whether coverage in the direction of `finding` is worse after the change.
fn fell(finding: &Finding, before: &Scope<'_>, after: &Scope<'_>) -> bool {
    let worse =
        |direction: Direction| after.coverage(direction).level < before.coverage(direction).level;
    finding.direction.is_some_and(worse)
}

/// Without workloads nothing is uncovered yet, and the first one will be judged.
fn cap(after: &Scope<'_>) -> RuleLevel {
    if after.workloads().is_empty() { RuleLevel::Warn } else { RuleLevel::Deny }
}

fn namespace_findings<'c>(
    before: &impl Deref<Target = Scope<'c>>,
    after: &Scope<'_>,
) -> Vec<Finding> {
    let cap = cap(after);
    judge::namespace(after)
        .into_iter()
        .filter(|finding| {
            finding.rule.name == MISSING_DEFAULT_DENY.name && fell(finding, before, after)
        })
        .map(|finding| finding.capped(cap))
        .collect()
}

/// All findings about the written policy, and the new ones about its neighbours, which the same pods may share with it.
fn policy_findings<'c>(
    case: &Case<'_>,
    before: &impl Deref<Target = Scope<'c>>,
    after: &Scope<'_>,
) -> Vec<Finding> {
    let touched = case.change.subject().map(|subject| subject.name).unwrap_or_default();
    let mut findings = Vec::new();
    for policy in after.policies() {
        let is_touched = policy.meta.name == touched;
        let depends = (!is_touched).then_some(Depends::Others);
        let new = marked(judge::policy(policy, after, depends), || {
            let old = before.policies().find(|old| old.meta.name == policy.meta.name);
            old.map(|old| judge::policy(old, before, depends)).unwrap_or_default()
        });
        findings.extend(new.into_iter().filter(|finding| is_touched || !finding.existing));
    }
    // A default-deny set beside an old allow-all is a step in the right direction, however far it is from the goal.
    let capped = |finding: Finding| match finding.rule.name {
        name if name == NEUTRALISED_DEFAULT_DENY.name => {
            let fell = fell(&finding, before, after);
            finding.capped(if fell { cap(after) } else { RuleLevel::Warn })
        }
        name if name == INGRESS_WITHOUT_DNS_CLIENTS.name && moved(&finding, before) => {
            finding.capped(RuleLevel::Warn)
        }
        _ => finding,
    };
    findings.into_iter().map(capped).collect()
}

/// Whether the same was wrong before: it is said on the policy that answers for the pods, which another one may have done then.
fn moved(finding: &Finding, before: &Scope<'_>) -> bool {
    before.policies().any(|policy| {
        let old = judge::policy(policy, before, Some(Depends::Others));
        old.iter().any(|old| old.rule.name == finding.rule.name && old.key == finding.key)
    })
}

/// One finding per direction about the workloads that the change uncovers.
fn uncovered<'c>(
    case: &Case<'_>,
    before: &impl Deref<Target = Scope<'c>>,
    after: &Scope<'_>,
) -> Vec<Finding> {
    let Some(subject) = case.change.subject() else {
        return Vec::new();
    };
    let mut new = Vec::new();
    for workload in after.workloads() {
        let marked = marked(judge::workload_by(&UNCOVERED_WORKLOAD, workload, after), || {
            judge::workload_by(&UNCOVERED_WORKLOAD, workload, before)
        });
        let counts = |finding: &Finding| !finding.existing && finding.exempted.is_none();
        new.extend(marked.into_iter().filter(counts));
    }
    Direction::BOTH
        .into_iter()
        .filter_map(|direction| {
            let of_direction = new.iter().filter(|finding| finding.direction == Some(direction));
            aggregate(
                &of_direction.collect::<Vec<_>>(),
                &subject,
                direction,
                case.change.after.is_some(),
            )
        })
        .collect()
}

fn aggregate(
    new: &[&Finding],
    subject: &ObjectRef,
    direction: Direction,
    stays: bool,
) -> Option<Finding> {
    let first = *new.first()?;
    let level = new.iter().map(|finding| finding.level).max()?;
    let names: Vec<String> = new
        .iter()
        .filter_map(|finding| finding.subject.as_ref())
        .map(|subject| format!("{}/{}", subject.kind, subject.name))
        .collect();
    let verb = if stays { "after this change of" } else { "without" };
    let message = format!(
        "{verb} NetworkPolicy {}, no policy would isolate {} for {direction} in namespace {}; apply what isolates {} first",
        subject.name,
        three_of(&names),
        subject.namespace.as_deref().unwrap_or_default(),
        if names.len() == 1 { "it" } else { "them" },
    );
    let path = String::new();
    Some(Finding { level, subject: Some(subject.clone()), path, message, ..first.clone() })
}
