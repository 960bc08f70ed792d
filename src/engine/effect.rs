//! What a write opens and closes, as far as it can be found out while somebody waits for the answer.

use crate::connections::{Shift, States, TooMuch, Work, effect_of_policy};
use crate::facts::network;
use crate::model::Mode;
use crate::object::Object;

use super::Verdict;
use super::case::Case;

/// Stands for 20 ms: a step took 0.6 to 1.4 microseconds in clusters of 50 to 100 namespaces with 25 workloads and Pods each (a
/// new default-deny, a block, a peer that is everybody), as released on a busy machine of two cores.
const WORK: Work = Work::steps(15_000);

/// What the write of a policy opens and closes for the workloads that it selects.
pub(super) fn of_policy(case: &Case<'_>) -> Result<Vec<Shift>, TooMuch> {
    let Some(subject) = case.change.subject() else { return Ok(Vec::new()) };
    let network = network(&case.after, case.settings);
    let before = case.scope_before().world;
    let states = States { before, after: &case.after, network: &network };
    let mut work = WORK;
    effect_of_policy(states, &case.after_view.name, &subject.name, &mut work)
}

/// Whether anybody is to be told: not of what is refused or merely tried, and nobody in the mode that tells nobody anything. Flux
/// dry-runs a whole stage before it applies any of it, so what a dry run seems to open may be closed by its neighbour.
pub(super) fn is_told(verdict: &Verdict, case: &Case<'_>) -> bool {
    let is_final = !verdict.is_denied() && verdict.asks.is_none();
    is_final && !case.change.dry_run && verdict.mode != Mode::Audit && alters_a_policy(case)
}

/// Whether it changes what a policy says, and not its metadata alone.
fn alters_a_policy(case: &Case<'_>) -> bool {
    let spec = |object: &Option<Object>| match object {
        Some(Object::Policy(policy)) => {
            (!policy.meta.is_terminating()).then(|| policy.spec.clone())
        }
        _ => None,
    };
    spec(&case.change.before) != spec(&case.change.after)
}
