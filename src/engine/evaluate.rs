//! What a change would make of a state: the World before and after it is judged, and the difference kept.

use crate::model::{
    Change, Depends, Finding, Mode, Now, Operation, Right, RuleLevel, Settings, World,
};
use crate::netpol::Direction;
use crate::object::{Kind, Object, ObjectRef};
use crate::rules::UNDECLARED_NAMESPACE;

use super::case::Case;
use super::{
    Verdict, cluster_policy_change, effect, loosening, namespace_change, policy_change,
    workload_change,
};

/// What Portcullis says about `change`, made to `world` at `now`.
///
/// An old violation never blocks an unrelated edit: findings that were there before are warnings. A change is denied only for
/// what it makes worse. `world` may hold the object in any state: the change's own `before` is what counts.
pub fn evaluate(settings: &Settings, world: &World, change: &Change, now: Now) -> Verdict {
    let Some(subject) = change.subject() else { return Verdict::default() };
    if is_cleaning_up(change) || is_finishing(change) {
        return Verdict { mode: mode_of(&subject, settings, world), ..Verdict::default() };
    }
    if subject.kind.covers_beside() {
        if world.is_old() {
            // Who is about to lose cover may have come since.
            let needs = cluster_policy_change::needs_of_old(settings, world, change, &subject, now);
            if !needs.is_empty() {
                return Verdict { needs, mode: settings.strictest_mode(), ..Verdict::default() };
            }
        }
        let verdict = cluster_policy_change::judge(settings, world, change, &subject, now);
        // It is judged by what it does to namespaces, each in its own mode.
        let modes = verdict.findings.iter().map(|finding| finding.mode);
        let mode = modes.chain([mode_of(&subject, settings, world)]).max_by_key(|mode| mode.cap());
        return capped(settled(verdict, change), mode.unwrap_or_default());
    }
    let case = Case::new(settings, world, change, &subject, now);
    if case.is_ignorant() {
        let mode = settings.strictest_mode();
        return Verdict { needs: case.needs(), mode, ..Verdict::default() };
    }
    // A namespace that goes away must not wait for us.
    if case.is_in_terminating_namespace() {
        return Verdict { mode: case.mode(), ..Verdict::default() };
    }
    let mut verdict = match subject.kind {
        Kind::Namespace => namespace_change::judge(&case),
        Kind::NetworkPolicy => policy_change::judge(&case),
        kind if kind.is_workload() => workload_change::judge(&case),
        _ => Verdict::default(),
    };
    let scope = case.scope_after();
    verdict.coverage = Some(Direction::BOTH.map(|direction| scope.coverage(direction).level));
    guard(&mut verdict, &case);
    let transition = effect::judge(&mut verdict, &case, &subject);
    let mut verdict = settle(verdict, &case);
    if let Some(transition) = transition {
        effect::tell(&mut verdict, &transition);
    }
    verdict
}

/// Whether it is a deletion by those who clean up, which must never hang on us.
fn is_cleaning_up(change: &Change) -> bool {
    change.operation == Operation::Delete && change.requester.cleans_up()
}

/// Whether an object that is being deleted is written as it is. Its Pods may run on for as long as their grace lasts, so what
/// decides their isolation is judged when it changes.
fn is_finishing(change: &Change) -> bool {
    match (&change.before, &change.after) {
        (_, Some(after)) if !after.meta().is_terminating() => false,
        (Some(Object::Workload(before)), Some(Object::Workload(after))) => {
            before.template == after.template
        }
        (Some(_), Some(_)) => true,
        _ => false,
    }
}

/// Loosening is for those who may; offline nobody can be asked, and it is only said.
fn guard(verdict: &mut Verdict, case: &Case<'_>) {
    let loosened = loosening::loosened(case);
    let is_known = case.after.is_live() || case.change.right != Right::Unasked;
    if loosened.is_empty() || case.change.right == Right::Granted {
        verdict.notes.splice(0..0, loosened);
    } else if loosening::is_guarded(case) && is_known {
        verdict.asks = (case.change.right == Right::Unasked).then(|| case.after_view.name.clone());
        verdict.refusals = loosening::refusals(loosened, case);
    } else {
        verdict.notes.splice(0..0, loosened);
    }
}

/// Applies what holds for every change of a namespace or of something in it.
fn settle(verdict: Verdict, case: &Case<'_>) -> Verdict {
    let mut verdict = settled(verdict, case.change);
    let accepts_others = !case.settings.coverage.accept.is_empty();
    let rests_on_others = |finding: &Finding| {
        // A namespace may be covered by a cluster-scoped policy that was created a moment ago.
        finding.rule.depends == Depends::Others
            || accepts_others && finding.rule.name == UNDECLARED_NAMESPACE.name
    };
    if verdict.denials().any(rests_on_others) && case.after.is_live() {
        verdict.needs = case.needs();
    }
    capped(verdict, case.mode())
}

/// Exemptions, existing findings and dry runs.
fn settled(mut verdict: Verdict, change: &Change) -> Verdict {
    let (exempted, findings) =
        verdict.findings.into_iter().partition(|finding| finding.exempted.is_some());
    (verdict.exempted, verdict.findings) = (exempted, findings);
    for finding in &mut verdict.findings {
        let on_others = finding.rule.depends == Depends::Others;
        if finding.existing || change.dry_run && on_others {
            finding.level = finding.level.min(RuleLevel::Warn);
        }
    }
    verdict
}

/// The mode that holds for an object: that of its namespace, where it is in one that is known.
fn mode_of(subject: &ObjectRef, settings: &Settings, world: &World) -> Mode {
    let home = subject.home().and_then(|name| world.namespace(name));
    home.map_or(settings.mode, |view| settings.levels_of(view).mode())
}

/// Each finding by the mode where its object is, and the order. `mode` is that of the change.
fn capped(mut verdict: Verdict, mode: Mode) -> Verdict {
    verdict.mode = mode;
    for finding in &mut verdict.findings {
        let cap = finding.mode.cap();
        if finding.level == RuleLevel::Deny && cap < RuleLevel::Deny {
            verdict.would_deny.insert(finding.rule.name);
        }
        finding.level = finding.level.min(cap);
    }
    verdict.findings.sort_by(Finding::order);
    verdict
}
