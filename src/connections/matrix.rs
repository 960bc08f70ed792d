//! Who may talk to whom between the pods of a World: kept by class, so that memory grows with what policies say and not with the
//! number of pairs.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::World;
use crate::netpol::{Decided, Direction, Network};
use crate::object::{Kind, ObjectRef};

use super::decisions::{Decisions, Number};
use super::peers::{PeerIndex, SORTS};
use super::side::Side;
use super::{Class, Governed};

/// What all classes may reach at each other.
#[derive(Clone, Debug, Default)]
pub(super) struct Matrix {
    decisions: Decisions,
    classes: Vec<Cell>,
    /// The classes that are open to classes of a sort, most of them at least.
    open_to: [Vec<usize>; SORTS],
    /// The workloads, sorted, each with the classes of its pods.
    workloads: Vec<(ObjectRef, Vec<usize>)>,
}

/// One class.
#[derive(Clone, Debug)]
struct Cell {
    sort: usize,
    ingress: Side,
    egress: Side,
    /// Classes that decide otherwise about this one than about most of its sort, for ingress.
    named_by: Vec<usize>,
    /// Places in the list of workloads.
    workloads: Vec<usize>,
}

impl Matrix {
    /// The matrix of `classes`, with the rules that govern each of them: ingress and egress.
    pub(super) fn of<'w>(
        world: &'w World,
        classes: &[Class<'w>],
        governed: &[[Governed<'w>; 2]],
        network: &Network,
    ) -> Self {
        let index = PeerIndex::new(world, classes);
        let mut decisions = Decisions::default();
        let mut cells = Vec::with_capacity(classes.len());
        for (class, governed) in classes.iter().zip(governed) {
            let mut side = |governed: &Governed<'w>| {
                Side::of(governed, class, &index, network, &mut decisions)
            };
            let [ingress, egress] = governed.each_ref().map(&mut side);
            let sort = index.sorts()[cells.len()];
            cells.push(Cell { sort, ingress, egress, named_by: Vec::new(), workloads: Vec::new() });
        }
        let mut open_to: [Vec<usize>; SORTS] = Default::default();
        for index in 0..cells.len() {
            let named: Vec<usize> = cells[index].ingress.others().collect();
            for other in named {
                cells[other].named_by.push(index);
            }
            for (sort, open) in open_to.iter_mut().enumerate() {
                if !decisions.is_nothing(cells[index].ingress.usual(sort)) {
                    open.push(index);
                }
            }
        }
        let mut by_workload: BTreeMap<&ObjectRef, Vec<usize>> = BTreeMap::new();
        for (index, class) in classes.iter().enumerate() {
            class.workloads.iter().for_each(|workload| {
                by_workload.entry(workload).or_default().push(index);
            });
        }
        for (place, members) in by_workload.values().enumerate() {
            for class in members {
                cells[*class].workloads.push(place);
            }
        }
        let workloads =
            by_workload.into_iter().map(|(workload, classes)| (workload.clone(), classes));
        let workloads = workloads.collect();
        Self { decisions, classes: cells, open_to, workloads }
    }

    /// The workloads, sorted.
    pub(super) fn workloads(&self) -> impl Iterator<Item = &ObjectRef> {
        self.workloads.iter().map(|(workload, _)| workload)
    }

    /// Whom `from` may reach, sorted; where pods of a workload differ, what some of them may.
    pub(super) fn row(&self, from: &ObjectRef) -> Vec<(&ObjectRef, Arc<Decided>)> {
        let found = self.workloads.binary_search_by(|(workload, _)| workload.cmp(from));
        let Ok(place) = found else { return Vec::new() };
        let mut met: BTreeMap<[Number; 2], Option<Arc<Decided>>> = BTreeMap::new();
        let mut row: BTreeMap<usize, Arc<Decided>> = BTreeMap::new();
        for source in &self.workloads[place].1 {
            for target in self.targets(*source) {
                let numbers = self.numbers(*source, target);
                let decided = met.entry(numbers).or_insert_with(|| self.decide(numbers));
                let Some(decided) = decided else { continue };
                for workload in &self.classes[target].workloads {
                    // A pod reaches itself whatever policies say.
                    if *workload == place && from.kind == Kind::Pod {
                        continue;
                    }
                    let known = row.entry(*workload).or_insert_with(|| Arc::clone(decided));
                    if !Arc::ptr_eq(known, decided) {
                        *known = Arc::new(known.or(decided));
                    }
                }
            }
        }
        row.into_iter().map(|(place, decided)| (&self.workloads[place].0, decided)).collect()
    }

    /// The classes that `source` can possibly reach.
    fn targets(&self, source: usize) -> Vec<usize> {
        let cell = &self.classes[source];
        let mut targets: Vec<usize> = cell.egress.others().collect();
        if (0..SORTS).any(|sort| !self.decisions.is_nothing(cell.egress.usual(sort))) {
            targets.extend(&self.open_to[cell.sort]);
            targets.extend(&cell.named_by);
            targets.sort_unstable();
            targets.dedup();
        }
        targets
    }

    /// What the egress of the one and the ingress of the other decide.
    fn numbers(&self, source: usize, target: usize) -> [Number; 2] {
        let (from, to) = (&self.classes[source], &self.classes[target]);
        [from.egress.about(target, to.sort), to.ingress.about(source, from.sort)]
    }

    /// What both allow, if there is anything.
    fn decide(&self, [egress, ingress]: [Number; 2]) -> Option<Arc<Decided>> {
        if egress == ingress {
            return (!self.decisions.is_nothing(egress))
                .then(|| Arc::clone(self.decisions.get(egress)));
        }
        let decided = self.decisions.get(egress).and(self.decisions.get(ingress));
        (!decided.possible().is_empty()).then(|| Arc::new(decided))
    }
}

/// The rules that govern each of `classes`: ingress and egress.
pub(super) fn govern<'w>(
    world: &'w World,
    network: &Network,
    classes: &[Class<'w>],
) -> Vec<[Governed<'w>; 2]> {
    let of = |class: &Class<'w>| {
        Direction::BOTH
            .map(|direction| Governed::of(world, network, class.view, &class.end(), direction))
    };
    classes.iter().map(of).collect()
}
