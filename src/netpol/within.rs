//! Where the pods are that a selector of a policy may select.

use std::collections::BTreeSet;

use super::Selector;

/// In which namespaces a selection may select pods. It surely selects none elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Where<'a> {
    /// It treats all pods alike.
    Nowhere,
    /// In this one.
    At(&'a str),
    /// In these.
    In(&'a BTreeSet<String>),
    /// In those with such labels.
    Labelled(Selector),
    /// In any.
    Everywhere,
}
