//! Selectors as conjunctions of one set of values per key.

use std::collections::BTreeMap;
use std::ops::Range;

use super::domain::Space;
use crate::netpol::Selector;

/// What a selector asks of one key: a set of values, neither empty nor the whole domain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Literal {
    offset: usize,
    values: Vec<u64>,
}

/// A selector: a label set evades it when one literal fails.
pub(super) type Clause = Vec<Literal>;

/// How the values that a key still may have relate to a literal.
pub(super) enum Standing {
    /// Every one fulfils it.
    Fulfilled,
    /// None fulfils it.
    Failed,
    /// Some do.
    Open,
}

impl Literal {
    pub(super) fn standing(&self, domains: &[u64]) -> Standing {
        let domain = &domains[self.bits()];
        let pairs = || domain.iter().zip(&self.values);
        if pairs().all(|(domain, values)| domain & values == 0) {
            Standing::Failed
        } else if pairs().all(|(domain, values)| domain & !values == 0) {
            Standing::Fulfilled
        } else {
            Standing::Open
        }
    }

    /// Leaves the key only values that fulfil the literal.
    pub(super) fn fulfil(&self, domains: &mut [u64]) {
        let domain = &mut domains[self.bits()];
        domain.iter_mut().zip(&self.values).for_each(|(domain, values)| *domain &= values);
    }

    /// Leaves the key only values that fail the literal.
    pub(super) fn fail(&self, domains: &mut [u64]) {
        let domain = &mut domains[self.bits()];
        domain.iter_mut().zip(&self.values).for_each(|(domain, values)| *domain &= !values);
    }

    /// What looking at it costs.
    pub(super) fn cost(&self) -> usize {
        self.values.len()
    }

    fn bits(&self) -> Range<usize> {
        self.offset..self.offset + self.values.len()
    }
}

/// The literals of `selector`, one per key; `None` when it contradicts itself.
pub(super) fn clause(space: &Space<'_>, selector: &Selector) -> Option<Clause> {
    let mut by_key: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
    for requirement in &selector.requirements {
        let key = space.key(&requirement.key);
        let values = space.values(key, requirement);
        let merged = by_key.entry(key).or_insert_with(|| space.domain(key));
        merged.iter_mut().zip(values).for_each(|(merged, values)| *merged &= values);
    }
    if by_key.values().any(|values| values.iter().all(|word| *word == 0)) {
        return None;
    }
    let literals = by_key
        .into_iter()
        .filter(|(key, values)| *values != space.domain(*key))
        .map(|(key, values)| Literal { offset: space.offset(key), values });
    Some(literals.collect())
}
