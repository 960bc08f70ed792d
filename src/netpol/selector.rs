//! Label selectors, exactly as `k8s.io/apimachinery` `labels.Selector` matches.

use std::collections::BTreeSet;

use super::Labels;

/// A conjunction of requirements; without any it matches everything.
///
/// `matchLabels` is written as [`Operator::In`] with one value.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Selector {
    /// All must hold.
    pub requirements: Vec<Requirement>,
}

/// What a selector asks of one label key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Requirement {
    /// The label key.
    pub key: String,
    /// What must hold of its value.
    pub operator: Operator,
}

/// The operators of `matchExpressions`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// The key is absent.
    DoesNotExist,
    /// The key is there, whatever its value.
    Exists,
    /// The key is there with one of these values.
    In(BTreeSet<String>),
    /// The key is absent, or has another value.
    NotIn(BTreeSet<String>),
}

impl Selector {
    /// Whether it has no requirement: `{}` selects everything.
    pub fn is_everything(&self) -> bool {
        self.requirements.is_empty()
    }

    /// Whether `labels` fulfil every requirement.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.requirements.iter().all(|requirement| requirement.matches(labels))
    }
}

impl Requirement {
    /// Whether `labels` fulfil this requirement (apimachinery `Requirement.Matches`).
    pub fn matches(&self, labels: &Labels) -> bool {
        let value = labels.value(&self.key);
        match &self.operator {
            Operator::DoesNotExist => value.is_none(),
            Operator::Exists => value.is_some(),
            Operator::In(values) => value.is_some_and(|value| values.contains(value)),
            Operator::NotIn(values) => value.is_none_or(|value| !values.contains(value)),
        }
    }
}
