//! A policy of another engine is written or deleted: it is judged by what it does to the namespaces that it is about.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::model::{
    Change, Finding, Mode, NamespaceView, Now, RuleLevel, Scope, Settings, World, three_of,
};
use crate::netpol::calico::AnyPod;
use crate::netpol::cilium::Scoped;
use crate::netpol::{Direction, TieredSpec};
use crate::object::{Object, ObjectRef, TieredPolicy};
use crate::rules::{MISSING_DEFAULT_DENY, UNCOVERED_WORKLOAD};

use super::case::marked;
use super::{Need, Verdict, beside, judge};

/// How many workloads are judged for one change: what a webhook can do in the time that it has. The audit reports the rest.
const WORKLOADS: usize = 4_000;
/// How many namespaces are read live to confirm a denial.
const CONFIRMED: usize = 32;

/// What is to be read before a change is judged on a state of which nobody knows whether it still holds; nothing where policies of
/// other engines cover nobody.
pub(super) fn needs_of_old(
    settings: &Settings,
    world: &World,
    change: &Change,
    subject: &ObjectRef,
    now: Now,
) -> BTreeSet<Need> {
    if settings.coverage.accept.is_empty() {
        return BTreeSet::new();
    }
    if let Some(home) = &subject.namespace {
        return needs(std::slice::from_ref(home));
    }
    let (before, after) = states(world, change, subject);
    let mut names = Vec::new();
    for name in touched(world, change) {
        if let Some([old, new]) = scopes(settings, [&before, &after], &name, now)
            && differ(&old, &new)
        {
            names.push(name);
        }
    }
    let mut needs = needs(&names);
    needs.retain(|need| !matches!(need, Need::Namespace(_)));
    needs.insert(Need::Namespaces);
    needs
}

/// Namespaces with workloads that fall below their profile, and covered workloads that are uncovered, deny the change; without
/// workloads they are warned about, and so is what could not be judged in time.
pub(super) fn judge(
    settings: &Settings,
    world: &World,
    change: &Change,
    subject: &ObjectRef,
    now: Now,
) -> Verdict {
    let (before, after) = states(world, change, subject);
    let mut losses = Losses::default();
    let mut left = WORKLOADS;
    let touched = touched(world, change);
    for name in &touched {
        let Some([old, new]) = scopes(settings, [&before, &after], name, now) else { continue };
        if !differ(&old, &new) {
            continue;
        }
        let count = new.workloads().len();
        if count > left {
            losses.unjudged += 1;
            continue;
        }
        left -= count;
        losses.add(&old, &new);
    }
    let mut verdict = losses.verdict(subject, change.after.is_some(), world.is_live());
    let found = beside::findings(settings, (&before, &after), subject, &touched, now);
    let (found, left_out) = beside::shortened(found, subject);
    verdict.findings.extend(found);
    if left_out > 0 {
        verdict.notes.push(format!(
            "{left_out} more NetworkPolicies do not go with it; the audit reports them"
        ));
    }
    verdict
}

/// The namespace before the change and after it; `None` when it is not known, or going away.
fn scopes<'a>(
    settings: &'a Settings,
    worlds: [&'a World; 2],
    name: &str,
    now: Now,
) -> Option<[Scope<'a>; 2]> {
    let [old, new] = worlds.map(|world| Some((world, world.namespace(name)?)));
    let is_going = new.is_some_and(|(_, view)| view.is_terminating());
    let scopes = [old?, new?].map(|(world, view)| Scope::new(settings, world, view, now));
    (!is_going).then_some(scopes)
}

/// Whether something else closes pods of the namespace than before.
fn differ(before: &Scope<'_>, after: &Scope<'_>) -> bool {
    Direction::BOTH.iter().any(|direction| before.covers(*direction) != after.covers(*direction))
}

/// The states before the change and after it.
fn states(world: &World, change: &Change, subject: &ObjectRef) -> (World, World) {
    (with(world, subject, change.before.as_ref()), with(world, subject, change.after.as_ref()))
}

/// `world` in which the subject is `object`, or nothing.
fn with(world: &World, subject: &ObjectRef, object: Option<&Object>) -> World {
    let mut world = world.clone();
    match object {
        Some(object) => world.put(object.clone()),
        None => world.remove(subject),
    }
    world
}

/// The namespaces that the policy is about, before the change or after it.
fn touched(world: &World, change: &Change) -> BTreeSet<String> {
    let policies = [&change.before, &change.after].into_iter().flatten();
    policies.flat_map(|policy| homes(world, policy)).collect()
}

/// The namespaces that one policy is about.
fn homes(world: &World, policy: &Object) -> Vec<String> {
    let names = |view: &NamespaceView| view.name.clone();
    match policy {
        Object::TieredPolicy(TieredPolicy { spec: TieredSpec { subject, .. }, .. }) => {
            let subjects = subject.iter();
            subjects.flat_map(|it| world.namespaces_matching(&it.namespaces)).map(names).collect()
        }
        Object::CiliumPolicy(policy) if policy.kind.is_namespaced() => {
            vec![policy.meta.namespace.clone()]
        }
        Object::CiliumPolicy(policy) => {
            let is_about = |view: &&NamespaceView| {
                let scoped = policy.placed().selectors_in(&view.name, &view.labels());
                scoped.iter().any(|scoped| *scoped != Scoped::Nobody)
            };
            world.namespaces().filter(is_about).map(names).collect()
        }
        Object::CalicoPolicy(policy) if policy.kind.is_namespaced() => {
            vec![policy.meta.namespace.clone()]
        }
        Object::CalicoPolicy(policy) => {
            let is_about = |view: &&NamespaceView| {
                let labels = view.labels();
                let of = AnyPod { namespace: &view.name, namespace_labels: &labels };
                !policy.placed().pods(&of).is_nothing()
            };
            world.namespaces().filter(is_about).map(names).collect()
        }
        _ => Vec::new(),
    }
}

/// What namespaces lose.
#[derive(Default)]
struct Losses {
    /// A finding of each namespace that loses something, by namespace: the worst of it.
    found: Vec<(String, Finding)>,
    /// Namespaces that could not be judged in time.
    unjudged: usize,
}

impl Losses {
    fn add(&mut self, before: &Scope<'_>, after: &Scope<'_>) {
        let fell = |direction: Direction| {
            after.coverage(direction).level < before.coverage(direction).level
        };
        let cap = if after.workloads().is_empty() { RuleLevel::Warn } else { RuleLevel::Deny };
        let about_namespace = judge::namespace(after).into_iter().filter(|finding| {
            finding.rule.name == MISSING_DEFAULT_DENY.name && finding.direction.is_some_and(fell)
        });
        let about_namespace = about_namespace.map(|finding| finding.capped(cap));
        let about_workloads = after.workloads().iter().flat_map(|workload| {
            marked(judge::workload_by(&UNCOVERED_WORKLOAD, workload, after), || {
                judge::workload_by(&UNCOVERED_WORKLOAD, workload, before)
            })
        });
        let new = about_workloads.filter(|finding| !finding.existing);
        let worst = about_namespace
            .chain(new)
            .filter(|finding| finding.exempted.is_none())
            .min_by_key(|finding| Reverse(finding.level));
        self.found.extend(worst.map(|finding| (after.namespace.name.clone(), finding)));
    }

    fn verdict(self, subject: &ObjectRef, stays: bool, is_live: bool) -> Verdict {
        let mut verdict = Verdict::default();
        let levels = [RuleLevel::Deny, RuleLevel::Warn, RuleLevel::Audit];
        let modes = [Mode::Enforce, Mode::Warn, Mode::Audit];
        let groups = levels.into_iter().flat_map(|level| modes.map(|mode| (level, mode)));
        for (level, mode) in groups {
            let of_group = self.found.iter();
            let of_group = of_group.filter(|(_, it)| (it.level, it.mode) == (level, mode));
            let (names, findings): (Vec<String>, Vec<&Finding>) =
                of_group.map(|(name, finding)| (name.clone(), finding)).unzip();
            let Some(first) = findings.first() else { continue };
            let what = if stays { "this change of" } else { "the deletion of" };
            let noun = if names.len() == 1 { "namespace" } else { "namespaces" };
            let message = format!(
                "{what} {} {} leaves {noun} {} less covered than asked: {}",
                subject.kind,
                subject.name,
                three_of(&names),
                first.message,
            );
            let finding = Finding {
                subject: Some(subject.clone()),
                path: String::new(),
                message,
                fix: None,
                ..(*first).clone()
            };
            verdict.findings.push(finding);
            if level == RuleLevel::Deny && is_live {
                verdict.needs.extend(needs(&names));
            }
        }
        if self.unjudged > 0 {
            verdict.notes.push(format!(
                "{} more namespaces were too large to judge in time; the audit reports what they lose",
                self.unjudged
            ));
        }
        verdict
    }
}

/// What a denial rests on: the policies of the tiers, and the namespaces that lose something.
fn needs(names: &[String]) -> BTreeSet<Need> {
    let namespaces = names.iter().take(CONFIRMED).flat_map(|name| {
        [Need::Namespace(name.clone()), Need::Policies(name.clone()), Need::Workloads(name.clone())]
    });
    std::iter::once(Need::ClusterPolicies).chain(namespaces).collect()
}
