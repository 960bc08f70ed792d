//! A workload is written.

use crate::model::{
    Declaration, Depends, Finding, HoldAt, Operation, RuleLevel, Scope, stands_for_itself,
};
use crate::object::{Kind, Object, Workload};
use crate::rules::{NEUTRALISED_DEFAULT_DENY, UNCOVERED_WORKLOAD};

use super::case::{Case, marked};
use super::{Verdict, judge};

/// A workload that is uncovered after the change, and was covered or absent before, is denied, here or at its Pods.
pub(super) fn judge(case: &Case<'_>) -> Verdict {
    let Some(Object::Workload(workload)) = &case.change.after else { return Verdict::default() };
    // Owner references say nothing here: anyone can name an owner that does not exist.
    if workload.finished && case.change.operation == Operation::Update {
        return Verdict::default();
    }
    let after = case.scope_after().focused(workload);
    let mut findings = marked(findings(workload, &after), || findings_before(case));
    let hold = Hold::of(case, workload, &after);
    for finding in
        findings.iter_mut().filter(|finding| finding.rule.name == UNCOVERED_WORKLOAD.name)
    {
        hold.apply(finding);
    }
    let mut notes = Vec::new();
    if hold == Hold::AtThePod
        && findings.iter().any(|finding| {
            finding.rule.name == UNCOVERED_WORKLOAD.name && finding.exempted.is_none()
        })
    {
        notes.push(format!(
            "the Pods of {}/{} are held until a policy isolates them",
            workload.kind,
            workload.meta.display_name()
        ));
    }
    Verdict { findings, notes, ..Verdict::default() }
}

fn findings_before(case: &Case<'_>) -> Vec<Finding> {
    match &case.change.before {
        Some(Object::Workload(old)) => findings(old, &case.scope_before().focused(old)),
        _ => Vec::new(),
    }
}

/// What the rules say about the workload, and about the policies that select it, judged for this workload alone. A workload
/// whose controller was already told the same is not told again.
fn findings(workload: &Workload, scope: &Scope<'_>) -> Vec<Finding> {
    let mut findings = judge::workload(workload, scope);
    if workload.is_governed() && stands_for_itself(workload, scope.namespace) {
        let selecting = scope
            .policies()
            .filter(|policy| policy.spec.selector.matches(&workload.template.labels));
        let about_policies =
            selecting.flat_map(|policy| judge::policy(policy, scope, Some(Depends::Others)));
        // What the policies make of the namespace is no workload's fault, and what they make of this one is said above.
        findings.extend(
            about_policies.filter(|finding| finding.rule.name != NEUTRALISED_DEFAULT_DENY.name),
        );
    }
    findings
}

/// Where an uncovered workload is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hold {
    /// It is admitted with a warning; its Pods are denied.
    AtThePod,
    /// It is denied.
    Here,
    /// It is only reported.
    Nowhere,
}

impl Hold {
    fn of(case: &Case<'_>, workload: &Workload, scope: &Scope<'_>) -> Self {
        let governance = scope.governance();
        let requester = &case.change.requester;
        let undeclared = governance.declaration == Declaration::Absent;
        let follows_controller =
            matches!(workload.kind, Kind::Job | Kind::Pod | Kind::ReplicaSet | Kind::StatefulSet)
                && workload.meta.controller().is_some()
                && (requester.is_service_account() || requester.is_built_in_controller());
        if workload.pod.as_ref().is_some_and(|pod| pod.mirror) || undeclared && follows_controller {
            return Self::Nowhere;
        }
        if workload.kind == Kind::Pod {
            return Self::Here;
        }
        // The Deployment controller gives up after 15 refused ReplicaSets, and nothing would release it.
        let by_controller = matches!(workload.kind, Kind::Job | Kind::ReplicaSet)
            && requester.is_built_in_controller();
        // Where the Pods of controllers are only reported, holding at the Pod would hold nothing.
        let workloads = &scope.settings.workloads;
        let by_choice = governance.is_declared()
            && (workloads.hold_at == HoldAt::Pod
                || workloads.hold_pods_for.contains(&case.change.field_manager));
        if by_controller || by_choice { Self::AtThePod } else { Self::Here }
    }

    fn apply(self, finding: &mut Finding) {
        if self != Self::Here {
            finding.level = finding.level.min(RuleLevel::Warn);
        }
    }
}
