//! One of the rules: who must get in, what it is called when nobody does, and on which object that is said (SEMANTICS 13.5).

use crate::facts::Demand;
use crate::model::{Fix, Problem, RuleLevel, Scope, is_alive, stands_for_itself};
use crate::netpol::Direction;
use crate::object::{Policy, Workload};

use super::super::answering::{
    allows_something, answering, answers_for, narrowest_isolating, selected,
};
use super::super::remedy::{barrier, proven};
use super::gap::{Gap, gaps};
use super::mend::{Admission, policies};
use super::peer::{admission, nodes};
use super::words::Words;

/// What differs between the rules.
pub(in super::super) struct Consumer {
    /// Who must reach which pods of the namespace.
    pub(in super::super) demands: fn(&Scope<'_>) -> Vec<Demand>,
    /// The level when some ports of one demand are reached, and others are not.
    pub(in super::super) partly: RuleLevel,
    /// What the policy that mends it is called.
    pub(in super::super) policy: &'static str,
    /// What is wrong, without the subject in front and what to allow behind.
    pub(in super::super) told: fn(&Words) -> String,
}

/// What a problem is about.
struct Subject<'a> {
    /// `NetworkPolicy web`
    shown: String,
    is_workload: bool,
    /// What the policy that mends it is called after; `None` when it is for the whole namespace.
    base: Option<&'a str>,
}

impl Consumer {
    /// The problem of a policy that isolates pods, and allows something and not this.
    pub(in super::super) fn of_policy(&self, policy: &Policy, scope: &Scope<'_>) -> Vec<Problem> {
        let direction = Direction::Ingress;
        if !policy.spec.types.ingress || !allows_something(policy, direction, scope) {
            return Vec::new();
        }
        let answered = selected(policy, scope)
            .into_iter()
            .filter(|workload| answers_for(policy, &workload.template.labels, direction, scope));
        let name = &policy.meta.name;
        let base = (!policy.spec.selector.is_everything()).then_some(name.as_str());
        let subject = Subject { shown: format!("NetworkPolicy {name}"), is_workload: false, base };
        let problem = self.problem(&answered.collect::<Vec<_>>(), &subject, Some(policy), scope);
        problem.into_iter().map(|problem| problem.at("/spec/ingress")).collect()
    }

    /// The problem of a workload that pure denials isolate, or no `NetworkPolicy` but another engine.
    pub(in super::super) fn of_workload(
        &self,
        workload: &Workload,
        scope: &Scope<'_>,
    ) -> Vec<Problem> {
        let view = scope.namespace;
        let labels = &workload.template.labels;
        let counts = workload.is_governed()
            && is_alive(workload, view)
            && stands_for_itself(workload, view)
            && answering(labels, Direction::Ingress, scope).is_none();
        if !counts {
            return Vec::new();
        }
        let name = workload.meta.display_name();
        let subject = Subject {
            shown: format!("{} {name}", workload.kind),
            is_workload: true,
            base: Some(name.trim_end_matches('-')),
        };
        let isolating = narrowest_isolating(labels, Direction::Ingress, scope);
        self.problem(&[workload], &subject, isolating, scope).into_iter().collect()
    }

    fn problem(
        &self,
        workloads: &[&Workload],
        subject: &Subject<'_>,
        isolating: Option<&Policy>,
        scope: &Scope<'_>,
    ) -> Option<Problem> {
        if workloads.is_empty() {
            return None;
        }
        let demands = (self.demands)(scope);
        let (gaps, level) = self.worst(gaps(&demands, workloads, scope))?;
        let words = Words::of(&gaps, subject.is_workload, scope);
        let fix = isolating.and_then(|policy| self.fix(&gaps, policy, subject, scope));
        let is_mended = |there: &Scope<'_>| are_mended(&gaps, there);
        let denied_by = match fix {
            Some(_) => None,
            None => barrier(Direction::Ingress, scope, is_mended),
        };
        let mend = match denied_by {
            Some(denied_by) => {
                format!("{denied_by} denies it, which no NetworkPolicy can change; allow it there")
            }
            None => format!("allow it {}", words.allow),
        };
        let message = format!("{}: {}; {mend}", subject.shown, (self.told)(&words));
        let problem = Problem::new(message).direction(Direction::Ingress).at_most(level);
        Some(problem.about(gaps.iter().map(|gap| gap.workload)).fix(fix))
    }

    /// What is missing whole where something is, else what is missing in part; `None` when nothing is.
    fn worst<'s>(&self, gaps: Vec<Gap<'s>>) -> Option<(Vec<Gap<'s>>, RuleLevel)> {
        let is_less = |gap: &Gap<'_>| gap.is_partial && self.partly < RuleLevel::Deny;
        let (partial, whole): (Vec<_>, Vec<_>) = gaps.into_iter().partition(is_less);
        match (whole.is_empty(), partial.is_empty()) {
            (true, true) => None,
            (true, false) => Some((partial, self.partly)),
            (false, _) => Some((whole, RuleLevel::Deny)),
        }
    }

    /// Policies that let in all that is missing, when they would do.
    fn fix(
        &self,
        missing: &[Gap<'_>],
        isolating: &Policy,
        subject: &Subject<'_>,
        scope: &Scope<'_>,
    ) -> Option<Fix> {
        let nodes = nodes(scope.world, scope.settings);
        let admissions: Vec<Admission> =
            missing.iter().map(|gap| admission(gap, nodes.as_ref(), scope)).collect();
        let fix = policies(self.policy, subject.base, isolating, &admissions, scope);
        proven(fix, scope, |after| are_mended(missing, after))
    }
}

/// Whether nothing of what is missing is missing there.
fn are_mended(missing: &[Gap<'_>], there: &Scope<'_>) -> bool {
    missing.iter().all(|gap| {
        let demands = std::slice::from_ref(gap.demand);
        let left = gaps(demands, &[gap.workload], there);
        left.iter().all(|left| !left.ports.iter().any(|port| gap.ports.contains(port)))
    })
}
