//! Selector expressions, and what they say about labels of which not all are known.

use std::collections::BTreeSet;

use super::labels::{LabelSource, NAMESPACE, Value};
use crate::netpol::truth::{all, any};

/// A selector expression (Calico `libcalico-go/lib/selector/parser/ast.go`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Expression {
    /// `all()`, and the empty selector.
    All,
    /// `global()`: legal in the `namespaceSelector` of a rule alone.
    Global,
    /// What could not be read: it may select anything.
    Unknown,
    /// `has(key)`.
    Has(String),
    /// `key == 'value'` and `key in {…}`: the key is there with one of these values.
    In(String, BTreeSet<String>),
    /// `key != 'value'` and `key not in {…}`: the key is absent, or has another value.
    NotIn(String, BTreeSet<String>),
    /// `key contains 'text'` and its like: the key is there with such a value.
    Text(String, Affix, String),
    /// `!`.
    Not(Box<Self>),
    /// `&&`.
    And(Vec<Self>),
    /// `||`.
    Or(Vec<Self>),
}

/// Where a text must stand in a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Affix {
    /// `contains`.
    Anywhere,
    /// `starts with`.
    First,
    /// `ends with`.
    Last,
}

impl Affix {
    /// Whether `text` stands there in `value`.
    pub fn is_in(self, value: &str, text: &str) -> bool {
        match self {
            Self::Anywhere => value.contains(text),
            Self::First => value.starts_with(text),
            Self::Last => value.ends_with(text),
        }
    }
}

impl Expression {
    /// Whether `labels` match; `None` when that depends on something unknown.
    pub fn matches(&self, labels: &impl LabelSource) -> Option<bool> {
        match self {
            Self::All => Some(true),
            Self::Global | Self::Unknown => None,
            Self::Has(key) | Self::In(key, _) | Self::NotIn(key, _) | Self::Text(key, ..) => {
                match labels.value(key) {
                    Value::Is(value) => Some(self.admits(Some(value))),
                    Value::Absent => Some(self.admits(None)),
                    Value::Free | Value::Unknown => None,
                }
            }
            Self::Not(operand) => operand.matches(labels).map(|matches| !matches),
            Self::And(operands) => all(operands.iter().map(|operand| operand.matches(labels))),
            Self::Or(operands) => any(operands.iter().map(|operand| operand.matches(labels))),
        }
    }

    /// Whether a comparison holds of the value of its key; `false` for what is no comparison.
    pub(super) fn admits(&self, value: Option<&str>) -> bool {
        match self {
            Self::Has(_) => value.is_some(),
            Self::In(_, values) => value.is_some_and(|value| values.contains(value)),
            Self::NotIn(_, values) => value.is_none_or(|value| !values.contains(value)),
            Self::Text(_, affix, text) => value.is_some_and(|value| affix.is_in(value, text)),
            _ => false,
        }
    }

    /// What both select.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::All, one) | (one, Self::All) => one,
            (one, other) => Self::And(vec![one, other]),
        }
    }

    /// Every key that it asks for, in no order, perhaps more than once.
    pub fn keys(&self) -> Vec<&str> {
        match self {
            Self::All | Self::Global | Self::Unknown => Vec::new(),
            Self::Has(key) | Self::In(key, _) | Self::NotIn(key, _) | Self::Text(key, ..) => {
                vec![key]
            }
            Self::Not(operand) => operand.keys(),
            Self::And(operands) | Self::Or(operands) => {
                operands.iter().flat_map(Self::keys).collect()
            }
        }
    }

    /// The expression about the labels of a namespace or a service account, asked of what inherits them under `prefix`
    /// (`parseSelectorAttachPrefix`).
    #[must_use]
    pub(super) fn prefixed(self, prefix: &str) -> Self {
        self.mapped(&|leaf| {
            let with = |key: String| format!("{prefix}{key}");
            match leaf {
                Self::Has(key) => Self::Has(with(key)),
                Self::In(key, values) => Self::In(with(key), values),
                Self::NotIn(key, values) => Self::NotIn(with(key), values),
                Self::Text(key, affix, text) => Self::Text(with(key), affix, text),
                other => other,
            }
        })
    }

    /// The expression with another one for every `all()` in it.
    #[must_use]
    pub(super) fn with_all(self, all: &Self) -> Self {
        self.mapped(&|leaf| if leaf == Self::All { all.clone() } else { leaf })
    }

    /// In the `namespaceSelector` of a rule: `all()` is everything in a namespace, `global()` everything in none
    /// (`getEndpointSelector`).
    #[must_use]
    pub(super) fn of_namespaces(self) -> Self {
        let namespaced = || Self::Has(NAMESPACE.to_owned());
        self.with_all(&namespaced()).mapped(&|leaf| match leaf {
            Self::Global => Self::Not(Box::new(namespaced())),
            other => other,
        })
    }

    fn mapped(self, map: &impl Fn(Self) -> Self) -> Self {
        let each = |operands: Vec<Self>| operands.into_iter().map(|one| one.mapped(map)).collect();
        match self {
            Self::Not(operand) => Self::Not(Box::new(operand.mapped(map))),
            Self::And(operands) => Self::And(each(operands)),
            Self::Or(operands) => Self::Or(each(operands)),
            leaf => map(leaf),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Expression;
    use crate::netpol::Labels;
    use crate::netpol::calico::{LabelSource, Value, parse};

    /// Known labels, and one key of which nothing is known.
    struct Partly(Labels);

    impl LabelSource for Partly {
        fn value(&self, key: &str) -> Value<'_> {
            match (key, self.0.value(key)) {
                ("secret", _) => Value::Unknown,
                (_, Some(value)) => Value::Is(value),
                (_, None) => Value::Absent,
            }
        }
    }

    fn matches(selector: &str, labels: &[(&str, &str)]) -> Option<bool> {
        let labels = labels.iter().copied().collect();
        parse(selector).unwrap().matches(&Partly(labels))
    }

    #[test]
    fn absent_keys_fail_every_comparison_but_the_negative_ones() {
        for (selector, absent, x, xyz) in [
            ("a == 'x'", false, true, false),
            ("a != 'x'", true, false, true),
            ("a in {'x', 'y'}", false, true, false),
            ("a not in {'x'}", true, false, true),
            ("a in {}", false, false, false),
            ("a not in {}", true, true, true),
            ("has(a)", false, true, true),
            ("!has(a)", true, false, false),
            ("a contains 'y'", false, false, true),
            ("a contains ''", false, true, true),
            ("a starts with 'xy'", false, false, true),
            ("a ends with 'z'", false, false, true),
            ("!(a ends with 'z')", true, true, false),
            ("all()", true, true, true),
            ("", true, true, true),
            ("!all()", false, false, false),
        ] {
            assert_eq!(matches(selector, &[]), Some(absent), "{selector}");
            assert_eq!(matches(selector, &[("a", "x")]), Some(x), "{selector}");
            assert_eq!(matches(selector, &[("a", "xyz")]), Some(xyz), "{selector}");
        }
    }

    #[test]
    fn the_unknown_stays_unknown_where_it_matters() {
        for (selector, expected) in [
            ("secret == 'x'", None),
            ("!has(secret)", None),
            ("secret == 'x' && a == 'y'", Some(false)),
            ("secret == 'x' && a == 'x'", None),
            ("secret == 'x' || a == 'x'", Some(true)),
            ("secret == 'x' || a == 'y'", None),
            ("global()", None),
        ] {
            assert_eq!(matches(selector, &[("a", "x")]), expected, "{selector}");
        }
        assert_eq!(Expression::Unknown.matches(&Partly(Labels::default())), None);
    }

    #[test]
    fn a_prefix_goes_before_every_key() {
        let expression =
            parse("a == 'x' && (!has(b) || c not in {'y'} || d starts with 'z')").unwrap();
        let prefixed = expression.prefixed("pcns.");
        assert_eq!(prefixed.keys(), ["pcns.a", "pcns.b", "pcns.c", "pcns.d"]);
    }

    #[test]
    fn all_and_global_of_a_rules_namespaces() {
        let namespaced = [("projectcalico.org/namespace", "app")];
        let known = |labels: &[(&str, &str)]| Partly(labels.iter().copied().collect());
        for (selector, inside, outside) in [("all()", true, false), ("global()", false, true)] {
            let expression = parse(selector).unwrap().of_namespaces();
            assert_eq!(expression.matches(&known(&namespaced)), Some(inside), "{selector}");
            assert_eq!(expression.matches(&known(&[])), Some(outside), "{selector}");
        }
    }
}
