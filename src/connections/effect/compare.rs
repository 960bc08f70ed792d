//! What pods of two namespaces may reach at each other, before a change and after it.

use std::collections::BTreeMap;

use crate::netpol::{Decided, Direction, PortSets};
use crate::object::{Kind, ObjectRef};

use super::super::Party;
use super::super::outside::Outside;
use super::Shift;
use super::local::{Local, Moment, States};
use super::work::{TooMuch, Work};

const MOMENTS: [Moment; 2] = [Moment::Before, Moment::After];

/// A pair is four decisions, each about as dear as a look at a Pod.
const PAIR: usize = 4;

/// What is found between two workloads is written down and told.
const RESULT: usize = 2;

/// So many rules are about as dear as a look at a Pod.
const RULES: usize = 2;

/// How many rules govern each of `locals`, before and after.
fn sizes<'w>(
    states: States<'w>,
    locals: &[Local<'w>],
    direction: Direction,
    work: &mut Work,
) -> Result<Vec<usize>, TooMuch> {
    let size = |local: &Local<'w>| {
        // Every policy of the namespace is asked whether it governs them.
        work.spend(MOMENTS.map(|moment| local.class(moment).view.policies.len()).iter().sum())?;
        let governed = MOMENTS.map(|moment| local.governed(states, moment, direction).size());
        let size = governed.iter().sum();
        work.spend(size)?;
        Ok(size)
    };
    locals.iter().map(size).collect()
}

/// What is different between `subjects`, seen in `direction`, and `peers`: where pods of a workload differ, what some of them
/// may counts.
pub(super) fn with_pods<'w>(
    states: States<'w>,
    subjects: &[Local<'w>],
    peers: &[Local<'w>],
    direction: Direction,
    work: &mut Work,
) -> Result<Vec<Shift>, TooMuch> {
    let opposite = match direction {
        Direction::Ingress => Direction::Egress,
        Direction::Egress => Direction::Ingress,
    };
    let own = sizes(states, subjects, direction, work)?;
    let theirs = sizes(states, peers, opposite, work)?;
    // Pods of one class are alike, so that many pairs of workloads share what is decided.
    let mut decisions: Vec<[Decided; 2]> = Vec::new();
    let mut decided: BTreeMap<(&ObjectRef, &ObjectRef), usize> = BTreeMap::new();
    for (subject, own) in subjects.iter().zip(own) {
        for (peer, theirs) in peers.iter().zip(&theirs) {
            work.spend(PAIR + (own + theirs) / RULES)?;
            let (from, to) = match direction {
                Direction::Ingress => (peer, subject),
                Direction::Egress => (subject, peer),
            };
            let found = MOMENTS.map(|moment| {
                let leaves = from.decide(to, states, moment, Direction::Egress);
                leaves.and(&to.decide(from, states, moment, Direction::Ingress))
            });
            work.spend(RESULT * from.workloads().len() * to.workloads().len())?;
            let number = decisions.len();
            decisions.push(found.clone());
            for pair in pairs(from.workloads(), to.workloads()) {
                match decided.get_mut(&pair) {
                    Some(known) => {
                        let both =
                            [0, 1].map(|moment| decisions[*known][moment].or(&found[moment]));
                        *known = decisions.len();
                        decisions.push(both);
                    }
                    None => {
                        decided.insert(pair, number);
                    }
                }
            }
        }
    }
    Ok(shifts(&decisions, decided, direction))
}

/// What differs before and after, where something does.
fn shifts(
    decisions: &[[Decided; 2]],
    decided: BTreeMap<(&ObjectRef, &ObjectRef), usize>,
    direction: Direction,
) -> Vec<Shift> {
    let differences = decisions
        .iter()
        .map(|[before, after]| [after.surely_beyond(before), before.surely_beyond(after)]);
    let differences: Vec<[PortSets; 2]> = differences.collect();
    let shift = |((from, to), number): ((&ObjectRef, &ObjectRef), usize)| {
        let [opened, closed] = &differences[number];
        let workload = |reference: &ObjectRef| Party::Workload(reference.clone());
        let is_any = !opened.is_empty() || !closed.is_empty();
        is_any.then(|| Shift {
            opened: opened.clone(),
            closed: closed.clone(),
            from: workload(from),
            to: workload(to),
            direction,
        })
    };
    decided.into_iter().filter_map(shift).collect()
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
            let size = governed.size();
            work.spend(1 + edges * governed.blocks(states.network).count())?;
            work.spend(size + (edges + 1) * size / RULES)?;
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
