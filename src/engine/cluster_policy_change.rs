//! A policy of another engine is written or deleted, or what Calico's policies rest on: it is judged by what it does to the
//! namespaces that it is about.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::model::{Change, Finding, Mode, Now, RuleLevel, Scope, Settings, World, three_of};
use crate::netpol::Direction;
use crate::object::{Kind, Object, ObjectRef};
use crate::rules::{MISSING_DEFAULT_DENY, UNCOVERED_WORKLOAD};

use super::case::marked;
use super::touched::touched;
use super::{Need, Verdict, beside, judge};

/// How many workloads are judged for one change: what a webhook can do in the time that it has. The audit reports the rest.
const WORKLOADS: usize = 4_000;
/// How many namespaces are read live to confirm a denial.
const CONFIRMED: usize = 32;
/// The worst first.
const LEVELS: [RuleLevel; 3] = [RuleLevel::Deny, RuleLevel::Warn, RuleLevel::Audit];
const MODES: [Mode; 3] = [Mode::Enforce, Mode::Warn, Mode::Audit];

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
    if let Some(home) = subject.namespace.as_ref().filter(|_| Kind::FOREIGN.contains(&subject.kind))
    {
        return needs(std::slice::from_ref(home), settings, world);
    }
    let (before, after) = states(world, change, subject);
    let mut names = Vec::new();
    for name in touched([&before, &after], change) {
        if let Some([old, new]) = scopes(settings, [&before, &after], &name, now)
            && differ(&old, &new)
        {
            names.push(name);
        }
    }
    let mut needs = needs(&names, settings, &after);
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
    let touched = touched([&before, &after], change);
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
    let mut verdict = losses.verdict(subject, change.after.is_some());
    for mode in MODES {
        let denied = losses.names(RuleLevel::Deny, mode);
        if !denied.is_empty() && world.is_live() {
            verdict.needs.extend(needs(&denied, settings, &after));
        }
    }
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

    fn of_group(&self, level: RuleLevel, mode: Mode) -> impl Iterator<Item = &(String, Finding)> {
        let found = self.found.iter();
        found.filter(move |(_, finding)| (finding.level, finding.mode) == (level, mode))
    }

    /// The namespaces with a finding of this level under this mode.
    fn names(&self, level: RuleLevel, mode: Mode) -> Vec<String> {
        self.of_group(level, mode).map(|(name, _)| name.clone()).collect()
    }

    fn verdict(&self, subject: &ObjectRef, stays: bool) -> Verdict {
        let mut verdict = Verdict::default();
        let groups = LEVELS.into_iter().flat_map(|level| MODES.map(|mode| (level, mode)));
        for (level, mode) in groups {
            let mut of_group = self.of_group(level, mode);
            let Some((_, first)) = of_group.next() else { continue };
            let names = self.names(level, mode);
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
                ..first.clone()
            };
            verdict.findings.push(finding);
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

/// What a denial rests on: the policies of the cluster, and the namespaces that lose something.
fn needs(names: &[String], settings: &Settings, world: &World) -> BTreeSet<Need> {
    let namespaces = names.iter().take(CONFIRMED).flat_map(|name| {
        [Need::Namespace(name.clone()), Need::Policies(name.clone()), Need::Workloads(name.clone())]
    });
    let of_cluster = Need::of_cluster(settings, world).into_iter();
    of_cluster.chain([Need::ClusterPolicies]).chain(namespaces).collect()
}
