//! `egress-without-dns`: a whitelist for egress that forgets DNS.

use crate::model::{Check, Depends, Fix, Problem, Rule, RuleLevel, Scope};
use crate::netpol::Direction;
use crate::object::Policy;

use super::answering::{allows_something, answers_for, selected};
use super::remedy::{barrier, proven};
use cluster::Cluster;
use lack::{Lack, Lacks};
use subject::Subject;

mod cluster;
mod fix;
mod gap;
mod lack;
mod nameservers;
mod possible;
mod servers;
mod subject;
mod told;

pub(crate) use fix::allowing;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "egress-without-dns",
    level: RuleLevel::Warn,
    summary: "an egress whitelist lets its pods reach something, but not the cluster's DNS on UDP and TCP",
    page: include_str!("egress_without_dns.md"),
    depends: Depends::Others,
    check: Check::Policy(check),
};

pub(super) fn check(policy: &Policy, scope: &Scope<'_>) -> Vec<Problem> {
    if !allows_something(policy, Direction::Egress, scope) {
        return Vec::new();
    }
    let cluster = Cluster::of(scope);
    let workloads = selected(policy, scope);
    let answered = workloads.iter().filter(|workload| {
        answers_for(policy, &workload.template.labels, Direction::Egress, scope)
    });
    let mut subjects: Vec<Subject<'_>> = answered.map(|it| Subject::Workload(it)).collect();
    if workloads.is_empty() && scope.focus().is_none() {
        subjects.extend(possible::pod(policy, scope, &cluster).map(Subject::Possible));
    }
    let mut lacks = Lacks::default();
    for subject in &subjects {
        if let Some(lack) = Lack::of(subject, scope, &cluster) {
            lacks.add(subject, lack);
        }
    }
    let Some(level) = lacks.level() else { return Vec::new() };
    let (fix, denied_by) = match mend(policy, &lacks, scope, &cluster) {
        Some(fix) => (Some(fix), None),
        None => {
            (None, barrier(Direction::Egress, scope, |there| are_mended(&lacks, there, &cluster)))
        }
    };
    let told = match &denied_by {
        Some(denied_by) => told::of_barrier(&lacks, denied_by),
        None => told::of_lacks(&lacks, &cluster),
    };
    vec![
        Problem::new(format!("NetworkPolicy {}: {told}", policy.meta.name))
            .at("/spec/egress")
            .direction(Direction::Egress)
            .about(lacks.subjects.iter().filter_map(|subject| subject.workload()))
            .at_most(level)
            .fix(fix),
    ]
}

/// A policy that allows what is missing, when it would do.
fn mend(policy: &Policy, lacks: &Lacks<'_>, scope: &Scope<'_>, cluster: &Cluster) -> Option<Fix> {
    let fix = fix::fix(policy, lacks, scope, cluster)?;
    proven(fix, scope, |after| are_mended(lacks, after, cluster))
}

/// Whether nobody lacks anything any more.
fn are_mended(lacks: &Lacks<'_>, scope: &Scope<'_>, cluster: &Cluster) -> bool {
    lacks.subjects.iter().all(|subject| Lack::of(subject, scope, cluster).is_none())
}
