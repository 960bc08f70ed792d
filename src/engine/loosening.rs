//! Loosening: what takes protection away by annotation or label, and who may do that.
//!
//! It needs the verb `exempt` on `namespaces` of the API group `portcullis.dev` (DESIGN 5). Whether somebody has it only the
//! API server knows, so the verdict asks, and is made anew with the answer.

use crate::model::{
    Declaration, Exemption, Governance, Levels, Mode, NamespaceView, Right, RuleLevel, Scope,
    exempting, exemptions, three_of,
};
use crate::object::{Meta, Object, Workload};
use crate::rules::{RULES, rule};

use super::case::Case;

/// What the change takes away, one sentence each; empty when it loosens nothing.
pub(super) fn loosened(case: &Case<'_>) -> Vec<String> {
    let Some(after) = &case.change.after else { return Vec::new() };
    let mut loosened = Vec::new();
    if matches!(after, Object::Namespace(_)) {
        let scope = case.scope_after();
        if case.change.before.is_some() {
            let before = case.scope_before();
            loosened.extend(weaker(before.governance(), scope.governance()));
            loosened.extend(milder(before.levels(), scope.levels()));
        } else {
            loosened.extend(weak_from_the_start(case, &scope));
            loosened.extend(milder(&levels_of_name(case), scope.levels()));
        }
    }
    loosened.extend(exempted(case, after));
    loosened
}

/// Whether the API server is to be asked: where nothing is refused, before the change and after it, nobody needs a right.
pub(super) fn is_guarded(case: &Case<'_>) -> bool {
    let was = || match (&case.change.before, &case.change.after) {
        (Some(Object::Namespace(_)), _) => case.scope_before().levels().mode(),
        (None, Some(Object::Namespace(_))) => levels_of_name(case).mode(),
        _ => Mode::Audit,
    };
    case.mode() == Mode::Enforce || was() == Mode::Enforce
}

/// What would hold in the namespace if it had no labels: what a creation is measured by, as its profile is by the default.
fn levels_of_name<'a>(case: &Case<'a>) -> Levels<'a> {
    let name = [("kubernetes.io/metadata.name", case.after_view.name.as_str())];
    case.settings.levels_in(&name.into_iter().collect())
}

/// Labels choose what `overrides` hold for a namespace: who may write them must not choose to be refused less.
fn milder(old: &Levels<'_>, new: &Levels<'_>) -> Vec<String> {
    let mut milder = Vec::new();
    let (was, is) = (old.mode(), new.mode());
    if was == Mode::Enforce && is != Mode::Enforce {
        milder.push(format!(
            "the labels choose mode {} where {} holds: nothing is refused in this namespace any more",
            is.name(),
            was.name()
        ));
    }
    let falls = RULES
        .iter()
        .filter(|rule| old.of(rule) == RuleLevel::Deny && new.of(rule) < RuleLevel::Deny);
    let names: Vec<String> = falls.map(|rule| rule.name.to_owned()).collect();
    if !names.is_empty() {
        milder.push(format!(
            "the labels choose a milder level for {}: what it refuses elsewhere passes in this namespace",
            three_of(&names)
        ));
    }
    milder
}

/// The same with who may not do it.
pub(super) fn refusals(loosened: Vec<String>, case: &Case<'_>) -> Vec<String> {
    let (name, namespace) = (&case.change.requester.name, &case.after_view.name);
    let why = match case.change.right {
        Right::Unanswered => format!("whether {name} may could not be found out; try again"),
        _ => format!("{name} lacks the verb exempt on namespaces.portcullis.dev {namespace}"),
    };
    loosened.into_iter().map(|what| format!("{what}; {why}")).collect()
}

fn weaker(old: &Governance, new: &Governance) -> Vec<String> {
    let strength = |declaration: &Declaration| match declaration {
        Declaration::Managed => 2,
        Declaration::OwnPolicy => 1,
        Declaration::Absent | Declaration::Invalid(_) => 0,
    };
    let mut weaker = Vec::new();
    if new.enforce < old.enforce {
        let (from, to) = (old.enforce.name(), new.enforce.name());
        weaker.push(format!(
            "portcullis.dev/enforce goes from {from} to {to}: less is required of this namespace"
        ));
    }
    if strength(&new.declaration) < strength(&old.declaration) {
        weaker.push(
            "portcullis.dev/default-deny becomes weaker: nothing may keep the default-deny any more".to_owned(),
        );
    }
    weaker
}

fn weak_from_the_start(case: &Case<'_>, after: &Scope<'_>) -> Option<String> {
    let (own, default) = (after.governance().enforce, case.settings.profile.enforce);
    (own < default && !after.governance().exempt).then(|| {
        format!(
            "portcullis.dev/enforce: {} is below the default, {}: less is required",
            own.name(),
            default.name()
        )
    })
}

/// The rules that would deny and that the object is newly exempt from, or for longer.
fn exempted(case: &Case<'_>, after: &Object) -> Option<String> {
    let granted = |object: &Object, view: &NamespaceView| {
        let meta = own(object, view)?;
        exemptions(&meta.annotations, case.now).ok()
    };
    let new = granted(after, &case.after_view)?;
    let old = case.change.before.as_ref();
    let old = old.and_then(|old| granted(old, case.scope_before().namespace)).unwrap_or_default();
    let scope = case.scope_after();
    let levels = scope.levels();
    let denies = |exemption: &&Exemption| {
        rule(&exemption.rule).is_some_and(|rule| levels.of(rule) == RuleLevel::Deny)
    };
    let is_wider = |exemption: &&Exemption| !old.iter().any(|old| covers(old, exemption));
    let names: Vec<&str> =
        new.iter().filter(denies).filter(is_wider).map(|new| new.rule.as_str()).collect();
    (!names.is_empty()).then(|| {
        let until = new[0].until.as_ref().map(|until| format!(" until {}", until.text));
        let (object, until) = (after.reference(), until.unwrap_or_default());
        format!("{object} becomes exempt from {}{until}", names.join(", "))
    })
}

/// The metadata whose annotations exempt the object: none for what a controller made, which is exempt with it.
fn own<'a>(object: &'a Object, view: &'a NamespaceView) -> Option<&'a Meta> {
    let is_own = |workload: &Workload| {
        exempting(workload, view).is_some_and(|source| std::ptr::eq(source, workload))
    };
    match object {
        Object::Workload(workload) if !is_own(workload) => None,
        object => Some(object.meta()),
    }
}

fn covers(old: &Exemption, new: &Exemption) -> bool {
    let lasts = match (&old.until, &new.until) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(old), Some(new)) => old.end >= new.end,
    };
    old.rule == new.rule && lasts
}
