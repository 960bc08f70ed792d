//! Connections with addresses outside the cluster, as ranges.

use crate::netpol::{AddressSet, Decided, End, Network, PodEnd, PortSets};

use super::Governed;

/// What is decided about addresses: disjoint sets, each with what holds for all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Outside(Vec<(AddressSet, Decided)>);

impl Outside {
    /// What is decided about every address of the cluster's families.
    pub(super) fn of(governed: &Governed<'_>, network: &Network, subject: &PodEnd<'_>) -> Self {
        let mut found = Self::default();
        for part in AddressSet::of(network.families).cut(governed.blocks(network)) {
            let decided = governed.decide(network, subject, &End::Addresses(&part));
            found.insert(part, decided);
        }
        found
    }

    /// What either allows, address by address.
    pub(super) fn or(&self, other: &Self) -> Self {
        self.combined(other, Decided::or)
    }

    /// What this one has beyond the other, address by address.
    pub(super) fn beyond(&self, other: &Self) -> Self {
        self.combined(other, Decided::beyond)
    }

    /// What this one allows for certain and the other for certain does not, address by address.
    pub(super) fn surely_beyond(&self, other: &Self) -> Self {
        self.combined(other, |one, other| Decided {
            allowed: one.surely_beyond(other),
            unknown: PortSets::default(),
        })
    }

    /// The parts, by their first address.
    pub(super) fn into_parts(self) -> Vec<(AddressSet, Decided)> {
        let mut parts = self.0;
        parts.sort_by(|one, other| one.0.cmp(&other.0));
        parts
    }

    /// Adds a part that no other overlaps; one of which nothing is possible is left out.
    pub(super) fn insert(&mut self, addresses: AddressSet, decided: Decided) {
        if decided.possible().is_empty() || addresses.is_empty() {
            return;
        }
        match self.0.iter_mut().find(|(_, same)| *same == decided) {
            Some((known, _)) => *known = known.union(&addresses),
            None => self.0.push((addresses, decided)),
        }
    }

    fn combined(&self, other: &Self, combine: impl Fn(&Decided, &Decided) -> Decided) -> Self {
        let sets =
            |outside: &Self| outside.0.iter().map(|(set, _)| set.clone()).collect::<Vec<_>>();
        let (own, others) = (sets(self), sets(other));
        let all: AddressSet = own.iter().chain(&others).cloned().collect();
        let mut result = Self::default();
        for part in all.cut(own.iter().chain(&others)) {
            let decided = combine(&self.at(&part), &other.at(&part));
            result.insert(part, decided);
        }
        result
    }

    /// What is decided about a part that none of the sets cuts.
    fn at(&self, part: &AddressSet) -> Decided {
        let holding = self.0.iter().find(|(addresses, _)| part.is_subset(addresses));
        holding.map(|(_, decided)| decided.clone()).unwrap_or_default()
    }
}
