//! The finite-domain search over label sets: is there a label set that none of some selectors matches? (SEMANTICS 1.7)
//!
//! Every question about selectors is one of these: universality (within everything), implication `a => b` (within a, none of
//! [b]), disjointness, emptiness. It is exact on the finite domain {absent, the values mentioned, one fresh value} per key.

use super::{Labels, Selector};

/// The outcome of [`search`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Search {
    /// This label set satisfies `within` and none of the selectors: the smallest found, deterministic.
    Found(Labels),
    /// There is none.
    None,
    /// The budget ran out first.
    Undecided,
}

/// Looks for a label set that satisfies `within` and that no selector of `avoid` matches.
pub fn search(within: &Selector, avoid: &[&Selector]) -> Search {
    let _ = (within, avoid);
    unimplemented!()
}
