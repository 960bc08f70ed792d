//! All connections of a World, by workload.

use std::collections::BTreeMap;

use crate::model::World;
use crate::netpol::{AddressSet, Decided, Direction, End, Network};
use crate::object::{Kind, ObjectRef};

use super::outside::Outside;
use super::{Class, Governed, classes};

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
    pub decided: Decided,
}

/// All connections of the workloads of a World. Pairs between which nothing is possible are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connections {
    /// Between workloads.
    pairs: BTreeMap<(ObjectRef, ObjectRef), Decided>,
    /// From addresses outside the cluster to a workload.
    inwards: BTreeMap<ObjectRef, Outside>,
    /// From a workload to addresses outside the cluster.
    outwards: BTreeMap<ObjectRef, Outside>,
}

/// What all workloads of the World may reach at each other and outside the cluster.
///
/// A pod's connections to itself are left out: they are always allowed (SEMANTICS 13.15).
pub fn connections(world: &World, network: &Network) -> Connections {
    let classes = classes(world);
    let judged: Vec<Judged<'_, '_>> =
        classes.iter().map(|class| Judged::of(world, class)).collect();
    let mut found = Connections::default();
    for to in &judged {
        for from in &judged {
            let ingress = to.ingress.decide(network, &to.class.end(), &End::Pod(from.class.end()));
            if ingress.possible().is_empty() {
                continue;
            }
            let egress = from.egress.decide(network, &from.class.end(), &End::Pod(to.class.end()));
            found.add_pods(from.class, to.class, &ingress.and(&egress));
        }
        found.add_outside(to, network);
    }
    found
}

/// A class and what governs it.
struct Judged<'c, 'w> {
    class: &'c Class<'w>,
    ingress: Governed<'w>,
    egress: Governed<'w>,
}

impl<'c, 'w> Judged<'c, 'w> {
    fn of(world: &'w World, class: &'c Class<'w>) -> Self {
        let governed = |direction| Governed::of(world, class.view, &class.end(), direction);
        Self { class, ingress: governed(Direction::Ingress), egress: governed(Direction::Egress) }
    }
}

impl Connections {
    /// The connections, sorted by their ends.
    pub fn iter(&self) -> impl Iterator<Item = Connection> + '_ {
        let pairs = self.pairs.iter().map(|((from, to), decided)| Connection {
            from: Party::Workload(from.clone()),
            to: Party::Workload(to.clone()),
            decided: decided.clone(),
        });
        let outwards = parts(&self.outwards).map(|(from, addresses, decided)| Connection {
            from: Party::Workload(from.clone()),
            to: Party::Addresses(addresses),
            decided,
        });
        let inwards = parts(&self.inwards).map(|(to, addresses, decided)| Connection {
            from: Party::Addresses(addresses),
            to: Party::Workload(to.clone()),
            decided,
        });
        let mut all: Vec<Connection> = pairs.chain(outwards).chain(inwards).collect();
        all.sort_by(|one, other| (&one.from, &one.to).cmp(&(&other.from, &other.to)));
        all.into_iter()
    }

    /// Whether nothing is possible.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty() && self.inwards.is_empty() && self.outwards.is_empty()
    }

    /// What these have beyond `others`.
    pub(super) fn beyond(&self, others: &Self) -> Self {
        let mut found = Self::default();
        for (ends, decided) in &self.pairs {
            let known = others.pairs.get(ends).cloned().unwrap_or_default();
            let decided = decided.beyond(&known);
            if !decided.possible().is_empty() {
                found.pairs.insert(ends.clone(), decided);
            }
        }
        found.inwards = beyond(&self.inwards, &others.inwards);
        found.outwards = beyond(&self.outwards, &others.outwards);
        found
    }

    fn add_pods(&mut self, from: &Class<'_>, to: &Class<'_>, decided: &Decided) {
        if decided.possible().is_empty() {
            return;
        }
        for source in &from.workloads {
            for target in &to.workloads {
                if source == target && source.kind == Kind::Pod {
                    continue;
                }
                let known = self.pairs.entry((source.clone(), target.clone())).or_default();
                *known = known.or(decided);
            }
        }
    }

    fn add_outside(&mut self, judged: &Judged<'_, '_>, network: &Network) {
        let end = judged.class.end();
        let sides = [(&judged.ingress, &mut self.inwards), (&judged.egress, &mut self.outwards)];
        for (governed, known) in sides {
            let outside = Outside::of(governed, network, &end);
            for workload in &judged.class.workloads {
                let known = known.entry(workload.clone()).or_default();
                *known = known.or(&outside);
            }
        }
    }
}

type Sides = BTreeMap<ObjectRef, Outside>;

fn parts(sides: &Sides) -> impl Iterator<Item = (&ObjectRef, AddressSet, Decided)> {
    sides.iter().flat_map(|(workload, outside)| {
        let parts = outside.clone().into_parts().into_iter();
        parts.map(move |(addresses, decided)| (workload, addresses, decided))
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
