//! What a change opens and closes, found once for all who ask.

use std::sync::Arc;

use crate::facts::network;
use crate::model::Transition;
use crate::object::Kind;

use super::{Shift, States, TooMuch, Work, effect_of_labels, effect_of_policy};

/// Stands for 20 ms: a step took 0.2 to 2 microseconds in the clusters of `benches/engine/effects.rs`, as released on a busy machine
/// of two cores.
const WORK: Work = Work::steps(10_000);

/// What the change opens and closes, as far as it can be found out while somebody waits.
pub fn effect_of(transition: &Transition<'_>) -> Arc<Result<Vec<Shift>, TooMuch>> {
    transition.derived(|transition| {
        let Transition { subject, before, after, .. } = transition;
        let network = network(after.world, after.settings);
        let states = States { before: before.world, after: after.world, network: &network };
        let mut work = WORK;
        match subject.kind {
            Kind::NetworkPolicy => {
                effect_of_policy(states, &after.namespace.name, &subject.name, &mut work)
            }
            Kind::Namespace => effect_of_labels(states, &subject.name, &mut work),
            _ => Ok(Vec::new()),
        }
    })
}
