//! The finite domain of every key, and sets of its values as bits.

use std::collections::{BTreeMap, BTreeSet};

use crate::netpol::{Labels, Operator, Requirement, Selector};

const BITS: usize = u64::BITS as usize;

/// The keys that some selectors mention, each with its domain: 0 is absent, then the values mentioned, then a fresh one.
pub(super) struct Space<'a> {
    keys: Vec<Key<'a>>,
}

struct Key<'a> {
    name: &'a str,
    values: Vec<&'a str>,
    /// Where the bits of this key begin, in words.
    offset: usize,
}

impl<'a> Space<'a> {
    pub(super) fn of(within: &'a Selector, avoid: &[&'a Selector]) -> Self {
        let mut mentioned: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for selector in avoid.iter().copied().chain([within]) {
            for requirement in &selector.requirements {
                let values = mentioned.entry(&requirement.key).or_default();
                if let Operator::In(these) | Operator::NotIn(these) = &requirement.operator {
                    values.extend(these.iter().map(String::as_str));
                }
            }
        }
        let mut offset = 0;
        let mut keys = Vec::with_capacity(mentioned.len());
        for (name, values) in mentioned {
            let key = Key { name, values: values.into_iter().collect(), offset };
            offset += key.words();
            keys.push(key);
        }
        Self { keys }
    }

    /// The whole domain of every key, one after the other.
    pub(super) fn domains(&self) -> Vec<u64> {
        (0..self.keys.len()).flat_map(|key| self.domain(key)).collect()
    }

    /// The key of a requirement, as its number.
    pub(super) fn key(&self, name: &str) -> usize {
        self.keys.binary_search_by_key(&name, |key| key.name).expect("every key was collected")
    }

    /// Where the bits of `key` begin among those of all keys.
    pub(super) fn offset(&self, key: usize) -> usize {
        self.keys[key].offset
    }

    /// The whole domain of `key`.
    pub(super) fn domain(&self, key: usize) -> Vec<u64> {
        let key = &self.keys[key];
        let mut bits = vec![0; key.words()];
        (0..key.size()).for_each(|value| set(&mut bits, value));
        bits
    }

    /// The values of its key that fulfil `requirement`.
    pub(super) fn values(&self, key: usize, requirement: &Requirement) -> Vec<u64> {
        let mut bits = self.domain(key);
        let key = &self.keys[key];
        match &requirement.operator {
            Operator::DoesNotExist => {
                bits.fill(0);
                set(&mut bits, 0);
            }
            Operator::Exists => clear(&mut bits, 0),
            Operator::In(values) => {
                bits.fill(0);
                for value in values {
                    set(&mut bits, key.index(value));
                }
            }
            Operator::NotIn(values) => {
                for value in values {
                    clear(&mut bits, key.index(value));
                }
            }
        }
        bits
    }

    /// The labels with the first value that each domain leaves: absent, else the smallest mentioned, else the fresh one.
    pub(super) fn labels(&self, domains: &[u64]) -> Labels {
        let chosen = self.keys.iter().filter_map(|key| {
            let bits = &domains[key.offset..key.offset + key.words()];
            let first = (0..key.size()).find(|value| is_set(bits, *value))?;
            let index = first.checked_sub(1)?;
            let value = key.values.get(index).map_or_else(|| key.fresh(), ToString::to_string);
            Some((key.name, value))
        });
        chosen.collect()
    }
}

impl Key<'_> {
    fn size(&self) -> usize {
        self.values.len() + 2
    }

    fn words(&self) -> usize {
        self.size().div_ceil(BITS)
    }

    fn index(&self, value: &str) -> usize {
        1 + self.values.binary_search(&value).expect("every value was collected")
    }

    /// A legal label value that no selector mentions for this key.
    fn fresh(&self) -> String {
        (0..=self.values.len())
            .map(|number| if number == 0 { "other".to_owned() } else { format!("other-{number}") })
            .find(|value| self.values.binary_search(&value.as_str()).is_err())
            .expect("one more candidate than values")
    }
}

fn set(bits: &mut [u64], value: usize) {
    bits[value / BITS] |= 1 << (value % BITS);
}

fn clear(bits: &mut [u64], value: usize) {
    bits[value / BITS] &= !(1 << (value % BITS));
}

fn is_set(bits: &[u64], value: usize) -> bool {
    bits[value / BITS] & (1 << (value % BITS)) != 0
}
