//! An edit of what the controller keeps does not last, which its author is told at once (SEMANTICS 13.17).

use crate::model::{Declaration, Governance};
use crate::object::{Object, Policy};
use crate::provision::{FIELD_MANAGER, is_ours};

use super::case::Case;

/// The note about a policy of a managed namespace that somebody else than the controller changes or deletes; `None` for a change
/// of anything that the controller does not keep.
pub(super) fn reverted(case: &Case<'_>) -> Option<String> {
    let Some(Object::Policy(before)) = &case.change.before else { return None };
    let view = &case.after_view;
    let governance = Governance::of(case.settings, &view.name, &view.labels());
    let is_kept = case.settings.controller.enabled
        && governance.declaration == Declaration::Managed
        && is_ours(before)
        && case.change.field_manager != FIELD_MANAGER;
    let becomes = match &case.change.after {
        _ if !is_kept => return None,
        None => "comes back",
        Some(Object::Policy(after)) if is_another(before, after) => "is changed back",
        Some(_) => return None,
    };
    Some(format!(
        "NetworkPolicy {} is kept by the controller and {becomes}; allow what is missing in a policy of your own, or for all \
         managed namespaces in controller.templates",
        before.meta.name
    ))
}

fn is_another(before: &Policy, after: &Policy) -> bool {
    !is_ours(after)
        || before.spec.selector != after.spec.selector
        || before.spec.types != after.spec.types
        || before.spec.ingress != after.spec.ingress
        || before.spec.egress != after.spec.egress
}
