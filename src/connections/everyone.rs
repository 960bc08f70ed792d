//! All connections of a World, by workload.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::World;
use crate::netpol::{AddressSet, Decided, Network};
use crate::object::ObjectRef;

use super::classes;
use super::matrix::{Matrix, govern};
use super::outside::Outside;

/// One end of a connection, as a person names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    /// The pods of a workload.
    Workload(ObjectRef),
    /// Addresses that are no pod's.
    Addresses(AddressSet),
}

/// What one end may reach at another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Who connects.
    pub from: Party,
    /// Who is connected to.
    pub to: Party,
    /// On which ports: where pods of a workload differ, what some of them may.
    pub decided: Arc<Decided>,
}

/// All connections of the workloads of a World. Pairs between which nothing is possible are left out.
#[derive(Clone, Debug, Default)]
pub struct Connections {
    /// Between workloads.
    pairs: Pairs,
    /// From addresses outside the cluster to a workload.
    inwards: Sides,
    /// From a workload to addresses outside the cluster.
    outwards: Sides,
}

/// What workloads may reach at each other.
#[derive(Clone, Debug)]
enum Pairs {
    /// Everything of a World.
    All(Box<Matrix>),
    /// Some pairs.
    Some(BTreeMap<ObjectRef, BTreeMap<ObjectRef, Arc<Decided>>>),
}

/// What all workloads of the World may reach at each other and outside the cluster.
///
/// A pod's connections to itself are left out: they are always allowed (SEMANTICS 13.15).
pub fn connections(world: &World, network: &Network) -> Connections {
    let classes = classes(world);
    let governed = govern(world, network, &classes);
    let (mut inwards, mut outwards) = (Sides::new(), Sides::new());
    for (class, [ingress, egress]) in classes.iter().zip(&governed) {
        for (governed, sides) in [(ingress, &mut inwards), (egress, &mut outwards)] {
            let outside = Outside::of(governed, network, &class.end());
            for workload in &class.workloads {
                match sides.get_mut(workload) {
                    Some(known) => *known = known.or(&outside),
                    None => {
                        sides.insert(workload.clone(), outside.clone());
                    }
                }
            }
        }
    }
    let matrix = Matrix::of(world, &classes, &governed, network);
    Connections { pairs: Pairs::All(Box::new(matrix)), inwards, outwards }
}

impl Connections {
    /// The connections, sorted by their ends.
    pub fn iter(&self) -> impl Iterator<Item = Connection> + '_ {
        let from_addresses = parts(&self.inwards).map(|(to, addresses, decided)| Connection {
            from: Party::Addresses(addresses),
            to: Party::Workload(to.clone()),
            decided,
        });
        let mut from_addresses: Vec<Connection> = from_addresses.collect();
        from_addresses.sort_by(|one, other| (&one.from, &one.to).cmp(&(&other.from, &other.to)));
        self.sources().into_iter().flat_map(|from| self.of_workload(from)).chain(from_addresses)
    }

    /// Whether nothing is possible.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// What these have beyond `others`.
    pub(super) fn beyond(&self, others: &Self) -> Self {
        let mut found = BTreeMap::new();
        for from in self.pairs.sources() {
            let known: BTreeMap<&ObjectRef, Arc<Decided>> =
                others.pairs.row(from).into_iter().collect();
            let mut row = BTreeMap::new();
            for (to, decided) in self.pairs.row(from) {
                let rest = match known.get(to) {
                    Some(known) if *known == decided => continue,
                    Some(known) => Arc::new(decided.beyond(known)),
                    None => decided,
                };
                if !rest.possible().is_empty() {
                    row.insert(to.clone(), rest);
                }
            }
            if !row.is_empty() {
                found.insert(from.clone(), row);
            }
        }
        Self {
            pairs: Pairs::Some(found),
            inwards: beyond(&self.inwards, &others.inwards),
            outwards: beyond(&self.outwards, &others.outwards),
        }
    }

    /// The workloads from which there is something to tell, sorted.
    fn sources(&self) -> Vec<&ObjectRef> {
        let mut sources: Vec<&ObjectRef> =
            self.pairs.sources().into_iter().chain(self.outwards.keys()).collect();
        sources.sort_unstable();
        sources.dedup();
        sources
    }

    /// What starts at a workload, sorted by the other end.
    fn of_workload<'a>(&'a self, from: &'a ObjectRef) -> impl Iterator<Item = Connection> + 'a {
        let source = move || Party::Workload(from.clone());
        let pairs = self.pairs.row(from).into_iter().map(move |(to, decided)| Connection {
            from: source(),
            to: Party::Workload(to.clone()),
            decided,
        });
        let outwards = self.outwards.get(from).cloned().unwrap_or_default().into_parts();
        let outwards = outwards.into_iter().map(move |(addresses, decided)| Connection {
            from: source(),
            to: Party::Addresses(addresses),
            decided: Arc::new(decided),
        });
        pairs.chain(outwards)
    }
}

/// The same connections, however they are kept.
impl PartialEq for Connections {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Connections {}

impl Pairs {
    fn sources(&self) -> Vec<&ObjectRef> {
        match self {
            Self::All(matrix) => matrix.workloads().collect(),
            Self::Some(rows) => rows.keys().collect(),
        }
    }

    fn row(&self, from: &ObjectRef) -> Vec<(&ObjectRef, Arc<Decided>)> {
        match self {
            Self::All(matrix) => matrix.row(from),
            Self::Some(rows) => {
                let row = rows.get(from).into_iter().flatten();
                row.map(|(to, decided)| (to, Arc::clone(decided))).collect()
            }
        }
    }
}

impl Default for Pairs {
    fn default() -> Self {
        Self::Some(BTreeMap::new())
    }
}

type Sides = BTreeMap<ObjectRef, Outside>;

fn parts(sides: &Sides) -> impl Iterator<Item = (&ObjectRef, AddressSet, Arc<Decided>)> {
    sides.iter().flat_map(|(workload, outside)| {
        let parts = outside.clone().into_parts().into_iter();
        parts.map(move |(addresses, decided)| (workload, addresses, Arc::new(decided)))
    })
}

fn beyond(sides: &Sides, others: &Sides) -> Sides {
    let nothing = Outside::default();
    let of = |(workload, outside): (&ObjectRef, &Outside)| {
        let rest = outside.beyond(others.get(workload).unwrap_or(&nothing));
        (rest != nothing).then(|| (workload.clone(), rest))
    };
    sides.iter().filter_map(of).collect()
}
