//! What a write opens, closes and cuts is told with the answer.

use crate::connections::effect_of;
use crate::model::{Mode, RuleLevel, Transition};
use crate::netpol::PolicySpec;
use crate::object::{Object, ObjectRef};

use super::case::Case;
use super::{Verdict, judge};

/// Adds to an unsettled verdict what the checks of a change find; the change itself, for [`tell`], when there is anything to
/// tell.
pub(super) fn judge<'c>(
    verdict: &mut Verdict,
    case: &'c Case<'_>,
    subject: &'c ObjectRef,
) -> Option<Transition<'c>> {
    if !is_told(verdict, case) {
        return None;
    }
    let transition = Transition::new(subject, case.scope_before(), case.scope_after());
    let own = case.change.object().map(Object::meta);
    verdict.findings.extend(judge::change(&transition, own));
    Some(transition)
}

/// Adds to a settled verdict what the change opens and closes.
pub(super) fn tell(verdict: &mut Verdict, transition: &Transition<'_>) {
    if verdict.is_denied() || verdict.mode == Mode::Audit {
        return;
    }
    match effect_of(transition).as_ref() {
        Ok(shifts) => verdict.effect.clone_from(shifts),
        Err(_) => verdict.is_effect_unknown = true,
    }
}

/// Whether anybody is to be told: not of what is refused or merely tried. Flux dry-runs a whole stage before it applies any of
/// it, so what one object of a dry run seems to open may be closed by its neighbour.
fn is_told(verdict: &Verdict, case: &Case<'_>) -> bool {
    let is_refused = case.mode() == Mode::Enforce
        && (!verdict.refusals.is_empty()
            || verdict.findings.iter().any(|finding| {
                finding.level == RuleLevel::Deny && !finding.existing && finding.exempted.is_none()
            }));
    !is_refused && verdict.asks.is_none() && !case.change.dry_run && alters_connections(case)
}

/// Whether it changes what a policy says, or the labels of a namespace that is there.
fn alters_connections(case: &Case<'_>) -> bool {
    match [&case.change.before, &case.change.after] {
        [Some(Object::Policy(_)), _] | [_, Some(Object::Policy(_))] => {
            spec(case.change.before.as_ref()) != spec(case.change.after.as_ref())
        }
        [Some(Object::Namespace(old)), Some(Object::Namespace(new))] => {
            old.meta.labels != new.meta.labels
        }
        _ => false,
    }
}

/// What the policy says, while it protects.
fn spec(object: Option<&Object>) -> Option<&PolicySpec> {
    match object {
        Some(Object::Policy(policy)) => (!policy.meta.is_terminating()).then_some(&policy.spec),
        _ => None,
    }
}
