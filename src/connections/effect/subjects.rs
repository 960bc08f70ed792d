//! The workloads of one namespace that a change is about.

use std::collections::BTreeSet;

use crate::model::NamespaceView;
use crate::netpol::{Direction, PolicySpec};
use crate::object::{Kind, ObjectRef, Workload};

use super::super::class::pods;
use super::super::engines::Engines;
use super::Shift;
use super::compare;
use super::local::{Local, States, locals};
use super::reach::{Policies, Reach};
use super::work::{TooMuch, Work};

/// The workloads with all their pods.
pub(super) struct Subjects<'w> {
    states: States<'w>,
    pods: Vec<(&'w Workload, &'w Workload)>,
    view: &'w NamespaceView,
    policies: Policies<'w>,
    /// The pods as the policies of their own namespace tell them apart.
    locals: Vec<Local<'w>>,
}

impl<'w> Subjects<'w> {
    /// The workloads of `view` of which some pod is chosen.
    pub(super) fn of(
        states: States<'w>,
        view: &'w NamespaceView,
        is_chosen: impl Fn(&Workload) -> bool,
        work: &mut Work,
    ) -> Result<Self, TooMuch> {
        work.spend(view.workloads.len())?;
        let all = pods(view);
        let chosen = all.iter().filter(|(pod, _)| is_chosen(pod));
        let heads: BTreeSet<ObjectRef> = chosen.map(|(_, head)| head.reference()).collect();
        let is_subject = |(_, head): &(&Workload, &Workload)| heads.contains(&head.reference());
        let pods: Vec<_> = all.into_iter().filter(is_subject).collect();
        let old = states.before.namespace(&view.name).unwrap_or(view);
        let policies = Policies { namespace: &view.name, before: old.specs(), after: view.specs() };
        let engines = Engines::around(states.after, &[view]);
        work.spend(weight(&policies.all()) + engines.len())?;
        let locals = locals(states, view, &pods, &policies.all(), &engines);
        Ok(Self { states, pods, view, policies, locals })
    }

    /// Where the pods can be that the change treats differently in `direction`.
    pub(super) fn reach(&self, direction: Direction) -> Reach {
        let mut reach = Reach::nowhere();
        for local in &self.locals {
            let States { after, network, .. } = self.states;
            reach.and(self.policies.reach(local.labels(), direction, after, network));
        }
        reach
    }

    /// What is different between them and addresses that are no pod's.
    pub(super) fn with_addresses(
        &self,
        direction: Direction,
        work: &mut Work,
    ) -> Result<Vec<Shift>, TooMuch> {
        compare::with_addresses(self.states, &self.locals, direction, work)
    }

    /// What is different between them and the pods of `view`.
    pub(super) fn with_namespace(
        &self,
        view: &'w NamespaceView,
        direction: Direction,
        work: &mut Work,
    ) -> Result<Vec<Shift>, TooMuch> {
        let opposite = match direction {
            Direction::Ingress => Direction::Egress,
            Direction::Egress => Direction::Ingress,
        };
        // Policies that say nothing about the other end of these connections tell nobody apart.
        let theirs = view.effective_policies().map(|policy| &policy.spec);
        let theirs: Vec<&'w PolicySpec> =
            theirs.filter(|spec| spec.types.contains(opposite)).collect();
        let mut policies = self.policies.all();
        policies.extend(&theirs);
        let engines = Engines::around(self.states.after, &[self.view, view]);
        work.spend(weight(&policies) + engines.len())?;
        let peers = locals(self.states, view, &pods(view), &policies, &engines);
        let has_others = [Kind::CiliumNetworkPolicy, Kind::CalicoNetworkPolicy]
            .into_iter()
            .any(|kind| view.others(kind).next().is_some());
        if theirs.is_empty() && !has_others || view.name == self.view.name {
            return compare::with_pods(self.states, &self.locals, &peers, direction, work);
        }
        work.spend(self.pods.len() + weight(&policies))?;
        let own = locals(self.states, self.view, &self.pods, &policies, &engines);
        compare::with_pods(self.states, &own, &peers, direction, work)
    }
}

/// What it takes to look at policies: each of them, and its rules.
fn weight(policies: &[&PolicySpec]) -> usize {
    policies.iter().map(|policy| 1 + policy.ingress.len() + policy.egress.len()).sum()
}
