//! What the policies of one end decide about all other pods: an answer for most of them, and those that it is another for.

use crate::netpol::{Decided, End, Network};

use super::decisions::{Decisions, Number};
use super::peers::{PeerIndex, SORTS};
use super::{Class, Governed};

/// What the policies of one class decide about every class.
#[derive(Clone, Debug)]
pub(super) struct Side {
    /// By the sort of the other class.
    usual: [Number; SORTS],
    /// Classes for which it is another answer, sorted.
    others: Vec<(usize, Number)>,
}

impl Side {
    /// What `governed` decides for `subject`.
    pub(super) fn of<'w>(
        governed: &Governed<'w>,
        subject: &Class<'_>,
        index: &PeerIndex<'_, 'w>,
        network: &Network,
        decisions: &mut Decisions,
    ) -> Self {
        if governed.is_free() {
            let everything = decisions.number(Decided::everything());
            return Self { usual: [everything; SORTS], others: Vec::new() };
        }
        let (classes, sorts, end) = (index.classes(), index.sorts(), subject.end());
        let nothing = decisions.number(Decided::default());
        let mut decide = |peer: usize| {
            let decided = governed.decide(network, &end, &End::Pod(classes[peer].end()));
            decisions.number(decided)
        };
        let told_apart = index.told_apart(governed, network, &subject.view.name);
        let usual = std::array::from_fn(|sort| {
            index.first_beside(&told_apart, sort).map_or(nothing, &mut decide)
        });
        let others = told_apart.iter().map(|class| (*class, decide(*class)));
        let others = others.filter(|(class, number)| usual[sorts[*class]] != *number).collect();
        Self { usual, others }
    }

    /// The decision about a class of this sort.
    pub(super) fn about(&self, class: usize, sort: usize) -> Number {
        let found = self.others.binary_search_by_key(&class, |(other, _)| *other);
        found.map_or(self.usual[sort], |found| self.others[found].1)
    }

    /// The decision about most classes of this sort.
    pub(super) fn usual(&self, sort: usize) -> Number {
        self.usual[sort]
    }

    /// The classes about which there is another decision, sorted.
    pub(super) fn others(&self) -> impl Iterator<Item = usize> + '_ {
        self.others.iter().map(|(class, _)| *class)
    }
}
