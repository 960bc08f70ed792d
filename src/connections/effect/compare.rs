//! What pods of two namespaces may reach at each other, before a change and after it.

use std::collections::BTreeMap;

use crate::netpol::{Decided, Direction};
use crate::object::{Kind, ObjectRef};

use super::super::Party;
use super::super::outside::Outside;
use super::Shift;
use super::local::{Local, Moment, States};
use super::work::{TooMuch, Work};

const MOMENTS: [Moment; 2] = [Moment::Before, Moment::After];

/// A pair is four decisions, each about as dear as a look at a Pod.
const PAIR: usize = 4;

/// What is different between `subjects`, seen in `direction`, and `peers`: where pods of a workload differ, what some of them
/// may counts.
pub(super) fn with_pods<'w>(
    states: States<'w>,
    subjects: &[Local<'w>],
    peers: &[Local<'w>],
    direction: Direction,
    work: &mut Work,
) -> Result<Vec<Shift>, TooMuch> {
    let mut decided: BTreeMap<(&ObjectRef, &ObjectRef), [Decided; 2]> = BTreeMap::new();
    for subject in subjects {
        for peer in peers {
            work.spend(PAIR)?;
            let (from, to) = match direction {
                Direction::Ingress => (peer, subject),
                Direction::Egress => (subject, peer),
            };
            let found = MOMENTS.map(|moment| {
                let leaves = from.decide(to, states, moment, Direction::Egress);
                leaves.and(&to.decide(from, states, moment, Direction::Ingress))
            });
            for pair in pairs(from.workloads(), to.workloads()) {
                match decided.get_mut(&pair) {
                    Some(known) => {
                        known.iter_mut().zip(&found).for_each(|(one, other)| *one = one.or(other));
                    }
                    None => {
                        decided.insert(pair, found.clone());
                    }
                }
            }
        }
    }
    let shift = |((from, to), [before, after]): (_, [Decided; 2])| {
        let workload = |reference: &ObjectRef| Party::Workload(reference.clone());
        let shift = Shift {
            opened: after.surely_beyond(&before),
            closed: before.surely_beyond(&after),
            from: workload(from),
            to: workload(to),
            direction,
        };
        (!shift.is_empty()).then_some(shift)
    };
    Ok(decided.into_iter().filter_map(shift).collect())
}

/// Every two of them; a pod reaches itself whatever policies say (SEMANTICS 13.15).
fn pairs<'a>(
    from: &'a [ObjectRef],
    to: &'a [ObjectRef],
) -> impl Iterator<Item = (&'a ObjectRef, &'a ObjectRef)> {
    let all = from.iter().flat_map(move |from| to.iter().map(move |to| (from, to)));
    all.filter(|(from, to)| from != to || from.kind != Kind::Pod)
}

/// What is different between `subjects`, seen in `direction`, and addresses that are no pod's.
pub(super) fn with_addresses<'w>(
    states: States<'w>,
    subjects: &[Local<'w>],
    direction: Direction,
    work: &mut Work,
) -> Result<Vec<Shift>, TooMuch> {
    let mut decided: BTreeMap<&ObjectRef, [Outside; 2]> = BTreeMap::new();
    for subject in subjects {
        let mut outside = |moment| {
            let governed = subject.governed(states, moment, direction);
            // Each block cuts what the blocks before it have left.
            let edges: usize =
                governed.blocks(states.network).map(|block| block.edges().len()).sum();
            work.spend(1 + edges * governed.blocks(states.network).count())?;
            Ok(Outside::of(governed, states.network, &subject.class(moment).end()))
        };
        let found = [outside(Moment::Before)?, outside(Moment::After)?];
        for workload in subject.workloads() {
            match decided.get_mut(workload) {
                Some(known) => {
                    known.iter_mut().zip(&found).for_each(|(one, other)| *one = one.or(other));
                }
                None => {
                    decided.insert(workload, found.clone());
                }
            }
        }
    }
    let mut shifts = Vec::new();
    for (workload, [before, after]) in decided {
        for (is_opened, parts) in
            [(true, after.surely_beyond(&before)), (false, before.surely_beyond(&after))]
        {
            for (addresses, decided) in parts.into_parts() {
                let ends = [Party::Addresses(addresses), Party::Workload(workload.clone())];
                shifts.push(Shift::of(ends, direction, is_opened, decided.allowed));
            }
        }
    }
    Ok(shifts)
}
