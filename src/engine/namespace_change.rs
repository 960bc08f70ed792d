//! A namespace is created or changed.

use crate::model::{Declaration, Finding, Operation, RuleLevel, Scope, three_of};
use crate::rules::{MISSING_DEFAULT_DENY, UNCOVERED_WORKLOAD, UNDECLARED_NAMESPACE};

use super::case::{Case, marked};
use super::{Verdict, judge};

/// An undeclared namespace is refused at its creation; a declaration or a raised profile that today's policies do not reach
/// is allowed and warned about, as Pod Security Admission does; loosening is said aloud.
pub(super) fn judge(case: &Case<'_>) -> Verdict {
    if case.change.after.is_none() {
        return Verdict::default();
    }
    let after = case.scope_after();
    let before = case.change.before.is_some().then(|| case.scope_before());
    let old = || before.as_ref().map(judge::namespace).unwrap_or_default();
    let is_creation = case.change.operation == Operation::Create;
    let mut findings: Vec<Finding> = marked(judge::namespace(&after), old)
        .into_iter()
        .filter(|finding| !(is_creation && is_about_coverage(finding)))
        .map(|finding| match &before {
            Some(before) if loses_cover(&finding, before, &after) => finding,
            _ => capped(finding, is_creation),
        })
        .map(|finding| with_remedy(finding, &case.change.field_manager))
        .collect();
    let mut notes = Vec::new();
    if let Some(before) = &before {
        let uncovered = newly_uncovered(before, &after);
        notes.extend(consequences(before, &after, uncovered.as_ref()));
        findings.extend(uncovered);
    }
    Verdict { findings, notes, ..Verdict::default() }
}

/// A namespace cannot have policies at its creation; that it names an unknown profile is said all the same.
fn is_about_coverage(finding: &Finding) -> bool {
    finding.rule.name == MISSING_DEFAULT_DENY.name && finding.direction.is_some()
}

/// Labels choose the cluster-scoped policies that cover a namespace: with other labels its workloads can lose them.
fn loses_cover(finding: &Finding, before: &Scope<'_>, after: &Scope<'_>) -> bool {
    let fell = |direction| after.coverage(direction).level < before.coverage(direction).level;
    finding.rule.name == MISSING_DEFAULT_DENY.name
        && finding.direction.is_some_and(fell)
        && !after.workloads().is_empty()
}

/// Only a creation is refused for want of a declaration, and no change of labels is refused for want of a policy.
fn capped(finding: Finding, is_creation: bool) -> Finding {
    let is_absent_declaration =
        finding.rule.name == UNDECLARED_NAMESPACE.name && finding.key.is_empty();
    if finding.rule.name == MISSING_DEFAULT_DENY.name || is_absent_declaration && !is_creation {
        return finding.capped(RuleLevel::Warn);
    }
    finding
}

/// Tools that create a namespace without a manifest: how its label gets there with each.
fn with_remedy(mut finding: Finding, field_manager: &str) -> Finding {
    if finding.rule.name != UNDECLARED_NAMESPACE.name {
        return finding;
    }
    let name = finding.subject_name();
    let remedy = match field_manager {
        "kubectl-create" => format!(
            "; with kubectl: `kubectl create ns {name} --dry-run=client -o yaml | kubectl label --local -f - \
             portcullis.dev/default-deny=self -o yaml | kubectl create -f -`"
        ),
        "helm" => "; `helm --create-namespace` sets no labels: create the namespace with its label first".to_owned(),
        "argocd-controller" => {
            "; with Argo CD's CreateNamespace=true, set the label in syncPolicy.managedNamespaceMetadata".to_owned()
        }
        _ => return finding,
    };
    finding.message.push_str(&remedy);
    finding
}

/// The workloads that today's policies leave uncovered and that the change of labels concerns, as one finding: those that the
/// old labels did not ask to be covered, and all of them once the namespace is declared, since only then are Pods that
/// controllers make refused.
fn newly_uncovered(before: &Scope<'_>, after: &Scope<'_>) -> Option<Finding> {
    let is_declared_now = after.governance().is_declared() && !before.governance().is_declared();
    let mut names = Vec::new();
    let mut first = None;
    let counts =
        |finding: &Finding| finding.exempted.is_none() && (is_declared_now || !finding.existing);
    for workload in after.workloads() {
        let new = marked(judge::workload_by(&UNCOVERED_WORKLOAD, workload, after), || {
            judge::workload_by(&UNCOVERED_WORKLOAD, workload, before)
        });
        if let Some(finding) = new.into_iter().find(|finding| counts(finding)) {
            names.push(format!("{}/{}", workload.kind, workload.meta.display_name()));
            first.get_or_insert(finding);
        }
    }
    let subject = crate::object::ObjectRef {
        kind: crate::object::Kind::Namespace,
        namespace: None,
        name: after.namespace.name.clone(),
    };
    let message = format!(
        "no policy isolates {} as the new labels ask; their Pods will be refused when next created (drain, scaling)",
        three_of(&names),
    );
    let path = String::new();
    first.map(|finding| {
        Finding { subject: Some(subject), path, message, ..finding }.capped(RuleLevel::Warn)
    })
}

fn consequences(before: &Scope<'_>, after: &Scope<'_>, uncovered: Option<&Finding>) -> Vec<String> {
    let mut notes = Vec::new();
    let (old, new) = (before.governance(), after.governance());
    let has_workloads = !after.workloads().is_empty();
    if new.declaration == Declaration::Managed
        && old.declaration != Declaration::Managed
        && has_workloads
    {
        notes.push(
            "managed: the default-deny that is created now at once cuts what no other policy allows".to_owned(),
        );
    }
    if uncovered.is_some() {
        notes.push(
            "to avoid refusals until the policies are there, apply them first, then change the labels".to_owned(),
        );
    }
    notes
}
