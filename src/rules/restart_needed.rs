//! `restart-needed`: the change cuts connections that running Pods may hold open, and open ones can outlive it.
//!
//! A plugin may let established connections live when a new policy denies them (SEMANTICS 13.21, seen with Calico): what is
//! closed on paper stays open until one end restarts.

use std::collections::{BTreeMap, BTreeSet};

use crate::connections::{Party, Shift, effect_of};
use crate::model::{
    Check, Depends, NamespaceView, Problem, Rule, RuleLevel, Transition, World, head, is_alive,
    three_of,
};
use crate::object::{Kind, ObjectRef, Workload};

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "restart-needed",
    level: RuleLevel::Warn,
    summary: "a change of policy cuts connections that running Pods may hold open, and open ones can outlive it",
    page: include_str!("restart_needed.md"),
    depends: Depends::Others,
    check: Check::Change(Kind::NetworkPolicy, check),
};

fn check(transition: &Transition<'_>) -> Vec<Problem> {
    let effect = effect_of(transition);
    let Ok(shifts) = effect.as_ref() else { return Vec::new() };
    let cut = cut(shifts, transition.after.world);
    if cut.is_empty() {
        return Vec::new();
    }
    let remedy = remedy(&cut, &transition.after.namespace.name);
    let message =
        format!("connections that are open now can outlive what this closes; end them: {remedy}");
    vec![Problem::new(message)]
}

/// The workloads that the change is about and that may hold connections open which it closes: both ends run.
fn cut<'s>(shifts: &'s [Shift], world: &World) -> BTreeSet<&'s ObjectRef> {
    let mut running = Running::default();
    let mut cut = BTreeSet::new();
    for shift in shifts.iter().filter(|shift| !shift.closed.is_empty()) {
        let Party::Workload(subject) = shift.subject() else { continue };
        let both = || [shift.subject(), shift.peer()];
        if !cut.contains(subject) && both().into_iter().all(|party| running.has(party, world)) {
            cut.insert(subject);
        }
    }
    cut
}

/// The workloads of which some Pod has an address: without one it has no connections.
#[derive(Default)]
struct Running(BTreeMap<String, BTreeSet<ObjectRef>>);

impl Running {
    /// Whether the end can hold a connection open; whoever is outside can.
    fn has(&mut self, party: &Party, world: &World) -> bool {
        let Party::Workload(workload) = party else { return true };
        let Some(view) = workload.namespace.as_deref().and_then(|name| world.namespace(name))
        else {
            return false;
        };
        let known = self.0.entry(view.name.clone()).or_insert_with(|| running(view));
        known.contains(workload)
    }
}

fn running(view: &NamespaceView) -> BTreeSet<ObjectRef> {
    let has_address =
        |pod: &&Workload| pod.pod.as_ref().is_some_and(|state| !state.addresses.is_empty());
    let pods = view.workloads.values().map(AsRef::as_ref).filter(has_address);
    pods.filter(|pod| is_alive(pod, view)).map(|pod| head(pod, view).reference()).collect()
}

/// The command that restarts what can be restarted, and what else has to go.
fn remedy(cut: &BTreeSet<&ObjectRef>, namespace: &str) -> String {
    let restarts =
        |kind: Kind| matches!(kind, Kind::DaemonSet | Kind::Deployment | Kind::StatefulSet);
    let (some, others): (Vec<&ObjectRef>, Vec<&ObjectRef>) =
        cut.iter().copied().partition(|workload| restarts(workload.kind));
    let mut parts = Vec::new();
    if !some.is_empty() {
        let names: Vec<String> = some.iter().take(MOST).map(|it| argument(it)).collect();
        let more = match some.len() - names.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        parts.push(format!("`kubectl rollout restart {} -n {namespace}`{more}", names.join(" ")));
    }
    if !others.is_empty() {
        let names: Vec<String> =
            others.iter().map(|it| format!("{}/{}", it.kind, it.name)).collect();
        let pods = if others.iter().all(|it| it.kind == Kind::Pod) { "" } else { "the Pods of " };
        parts.push(format!("delete {pods}{}", three_of(&names)));
    }
    parts.join("; ")
}

/// More names do not fit in a warning.
const MOST: usize = 3;

/// `deployment/web`, as kubectl takes it.
fn argument(workload: &ObjectRef) -> String {
    format!("{}/{}", workload.kind.name().to_lowercase(), workload.name)
}
