//! Label selectors, exactly as `k8s.io/apimachinery` `labels.Selector` matches.

use std::collections::BTreeSet;
use std::fmt;

use super::{Labels, Search, search};

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

    /// A selector that matches nothing: what an unreadable one becomes.
    pub fn nothing() -> Self {
        Self { requirements: vec![Requirement::never()] }
    }

    /// What both select.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let requirements = self.requirements.iter().chain(&other.requirements).cloned().collect();
        Self { requirements }
    }

    /// Whether everything that it matches is matched by `other` too; `None` when undecided.
    pub fn implies(&self, other: &Self) -> Option<bool> {
        search(self, &[other]).is_none()
    }

    /// Whether no label set is matched by both; `None` when undecided.
    pub fn is_disjoint(&self, other: &Self) -> Option<bool> {
        search(&self.and(other), &[]).is_none()
    }

    /// Whether both match the same label sets; `None` when undecided.
    pub fn is_equivalent(&self, other: &Self) -> Option<bool> {
        match (self.implies(other), other.implies(self)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        }
    }

    /// Whether some label set is matched; `None` when undecided.
    pub fn is_satisfiable(&self) -> Option<bool> {
        if self.asks_each_key_once() {
            return Some(true);
        }
        search(self, &[]).is_none().map(|none| !none)
    }

    /// Whether no two requirements are about one key, and none is impossible by itself: then they cannot contradict one
    /// another. Nearly all selectors are so.
    fn asks_each_key_once(&self) -> bool {
        self.requirements.iter().enumerate().all(|(index, requirement)| {
            let is_possible = match &requirement.operator {
                Operator::In(values) => !values.is_empty(),
                Operator::DoesNotExist | Operator::Exists | Operator::NotIn(_) => true,
            };
            is_possible
                && !self.requirements[..index].iter().any(|other| other.key == requirement.key)
        })
    }
}

impl Search {
    fn is_none(&self) -> Option<bool> {
        match self {
            Self::Found(_) => Some(false),
            Self::None => Some(true),
            Self::Undecided => None,
        }
    }
}

impl Requirement {
    /// A requirement that nothing fulfils.
    pub fn never() -> Self {
        Self { key: String::new(), operator: Operator::In(BTreeSet::new()) }
    }

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

/// As kubectl writes selectors: `app=web,tier in (a,b),!legacy`; `{}` for everything.
impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_everything() {
            return f.write_str("{}");
        }
        for (index, requirement) in self.requirements.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{requirement}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = &self.key;
        let list = |values: &BTreeSet<String>| {
            values.iter().map(String::as_str).collect::<Vec<_>>().join(",")
        };
        match &self.operator {
            Operator::DoesNotExist => write!(f, "!{key}"),
            Operator::Exists => write!(f, "{key}"),
            Operator::In(values) if values.len() == 1 => write!(f, "{key}={}", list(values)),
            Operator::In(values) => write!(f, "{key} in ({})", list(values)),
            Operator::NotIn(values) if values.len() == 1 => write!(f, "{key}!={}", list(values)),
            Operator::NotIn(values) => write!(f, "{key} notin ({})", list(values)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Operator, Requirement, Selector};

    fn one(key: &str, operator: Operator) -> Selector {
        Selector { requirements: vec![Requirement { key: key.into(), operator }] }
    }

    fn any_of(key: &str, values: &[&str]) -> Selector {
        one(key, Operator::In(values.iter().copied().map(Into::into).collect()))
    }

    fn none_of(key: &str, values: &[&str]) -> Selector {
        one(key, Operator::NotIn(values.iter().copied().map(Into::into).collect()))
    }

    #[test]
    fn implication_and_equivalence() {
        let everything = Selector::default();
        for (left, right, implies, equivalent) in [
            (any_of("a", &["x"]), everything.clone(), true, false),
            (everything, any_of("a", &["x"]), false, false),
            (any_of("a", &["x"]), any_of("a", &["x", "y"]), true, false),
            (any_of("a", &["x"]), one("a", Operator::Exists), true, false),
            (any_of("a", &["x"]), none_of("a", &["y"]), true, false),
            (one("a", Operator::DoesNotExist), none_of("a", &["y"]), true, false),
            (none_of("a", &["y"]), one("a", Operator::DoesNotExist), false, false),
            (Selector::nothing(), any_of("a", &["x"]), true, false),
            (
                none_of("a", &["x"]).and(&none_of("a", &["y"])),
                none_of("a", &["x", "y"]),
                true,
                true,
            ),
            (any_of("a", &["x", "y"]).and(&none_of("a", &["y"])), any_of("a", &["x"]), true, true),
        ] {
            assert_eq!(left.implies(&right), Some(implies), "{left} => {right}");
            assert_eq!(left.is_equivalent(&right), Some(equivalent), "{left} <=> {right}");
        }
    }

    #[test]
    fn contradictions_are_found() {
        let exists = || one("a", Operator::Exists);
        let absent = || one("a", Operator::DoesNotExist);
        for (left, right, disjoint) in [
            (exists(), absent(), true),
            (any_of("a", &["x"]), none_of("a", &["x"]), true),
            (any_of("a", &["x"]), any_of("a", &["y"]), true),
            (any_of("a", &["x"]), any_of("b", &["y"]), false),
            (none_of("a", &["x"]), absent(), false),
        ] {
            assert_eq!(left.is_disjoint(&right), Some(disjoint), "{left} and {right}");
            assert_eq!(left.and(&right).is_satisfiable(), Some(!disjoint), "{left} and {right}");
        }
        assert_eq!(Selector::default().is_satisfiable(), Some(true));
    }

    #[test]
    fn selectors_are_written_as_kubectl_does() {
        let selector = any_of("app", &["web"])
            .and(&any_of("tier", &["b", "a"]))
            .and(&none_of("env", &["dev"]))
            .and(&none_of("zone", &["a", "b"]))
            .and(&one("team", Operator::Exists))
            .and(&one("legacy", Operator::DoesNotExist));
        let text = "app=web,tier in (a,b),env!=dev,zone notin (a,b),team,!legacy";
        assert_eq!(selector.to_string(), text);
        assert_eq!(Selector::default().to_string(), "{}");
    }
}
