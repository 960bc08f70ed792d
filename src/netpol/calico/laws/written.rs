//! Random selectors: how they are written, and what they mean, one label set at a time.

use proptest::prelude::*;
use proptest::sample::select;

/// A selector.
#[derive(Clone, Debug)]
pub(crate) enum Written {
    All,
    Has(&'static str),
    Is(&'static str, &'static str),
    IsNot(&'static str, &'static str),
    In(&'static str, Vec<&'static str>),
    NotIn(&'static str, Vec<&'static str>),
    Contains(&'static str, &'static str),
    Starts(&'static str, &'static str),
    Ends(&'static str, &'static str),
    Not(Box<Self>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
}

use Written::{All, And, Contains, Ends, Has, In, Is, IsNot, Not, NotIn, Or, Starts};

impl Written {
    pub(super) fn text(&self) -> String {
        let list = |values: &[&str]| {
            values.iter().map(|value| format!("'{value}'")).collect::<Vec<_>>().join(", ")
        };
        match self {
            All => "all()".to_owned(),
            Has(key) => format!("has({key})"),
            Is(key, value) => format!("{key} == \"{value}\""),
            IsNot(key, value) => format!("{key}!='{value}'"),
            In(key, values) => format!("{key} in {{{}}}", list(values)),
            NotIn(key, values) => format!("{key} not in {{{}}}", list(values)),
            Contains(key, text) => format!("{key} contains '{text}'"),
            Starts(key, text) => format!("{key} starts with '{text}'"),
            Ends(key, text) => format!("{key} ends with '{text}'"),
            Not(one) => format!("!({})", one.text()),
            And(one, other) => format!("({}) && ({})", one.text(), other.text()),
            Or(one, other) => format!("({}) || ({})", one.text(), other.text()),
        }
    }

    /// Whether it holds where `value` gives the value of each key, and `all()` is `all`.
    pub(super) fn holds(&self, all: bool, value: &dyn Fn(&str) -> Option<String>) -> bool {
        let is = |key: &str, test: &dyn Fn(&str) -> bool| value(key).is_some_and(|one| test(&one));
        match self {
            All => all,
            Has(key) => value(key).is_some(),
            Is(key, wanted) => is(key, &|one| one == *wanted),
            IsNot(key, unwanted) => !is(key, &|one| one == *unwanted),
            In(key, values) => is(key, &|one| values.contains(&one)),
            NotIn(key, values) => !is(key, &|one| values.contains(&one)),
            Contains(key, text) => is(key, &|one| one.contains(text)),
            Starts(key, text) => is(key, &|one| one.starts_with(text)),
            Ends(key, text) => is(key, &|one| one.ends_with(text)),
            Not(one) => !one.holds(all, value),
            And(one, other) => one.holds(all, value) && other.holds(all, value),
            Or(one, other) => one.holds(all, value) || other.holds(all, value),
        }
    }

    pub(super) fn looks_into_values(&self) -> bool {
        match self {
            Contains(..) | Starts(..) | Ends(..) => true,
            Not(one) => one.looks_into_values(),
            And(one, other) | Or(one, other) => {
                one.looks_into_values() || other.looks_into_values()
            }
            _ => false,
        }
    }
}

/// Selectors over these keys and values, with up to so many operators in one another.
pub(super) fn written(
    keys: &'static [&'static str],
    values: &'static [&'static str],
    depth: u32,
) -> impl Strategy<Value = Written> + Clone {
    let key = move || select(keys);
    let value = move || select(values);
    let list = move || prop::collection::vec(value(), 0..3);
    let leaf = prop_oneof![
        1 => Just(All),
        3 => key().prop_map(Has),
        3 => (key(), value()).prop_map(|(key, value)| Is(key, value)),
        3 => (key(), value()).prop_map(|(key, value)| IsNot(key, value)),
        2 => (key(), list()).prop_map(|(key, values)| In(key, values)),
        2 => (key(), list()).prop_map(|(key, values)| NotIn(key, values)),
        1 => (key(), value()).prop_map(|(key, value)| Contains(key, value)),
        1 => (key(), value()).prop_map(|(key, value)| Starts(key, value)),
        1 => (key(), value()).prop_map(|(key, value)| Ends(key, value)),
    ];
    leaf.prop_recursive(depth, 12, 2, |inner| {
        let boxed = || inner.clone().prop_map(Box::new);
        prop_oneof![
            boxed().prop_map(Not),
            (boxed(), boxed()).prop_map(|(one, other)| And(one, other)),
            (boxed(), boxed()).prop_map(|(one, other)| Or(one, other)),
        ]
    })
}
