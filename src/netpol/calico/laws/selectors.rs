//! Selector expressions: text, evaluation and the union of conjunctions say the same.

use proptest::prelude::*;
use proptest::sample::select;

use crate::netpol::Labels;
use crate::netpol::calico::{AnyPod, LabelSource, Selection, Value, parse};

/// A selector as a text, and what it means, one label set at a time.
#[derive(Clone, Debug)]
enum Written {
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
    fn text(&self) -> String {
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

    fn holds(&self, labels: &Labels) -> bool {
        let value = |key: &str| match key {
            "projectcalico.org/namespace" => Some("shop"),
            "pcns.team" => Some("xy"),
            key => labels.value(key),
        };
        match self {
            All => true,
            Has(key) => value(key).is_some(),
            Is(key, wanted) => value(key) == Some(wanted),
            IsNot(key, unwanted) => value(key) != Some(unwanted),
            In(key, values) => value(key).is_some_and(|value| values.contains(&value)),
            NotIn(key, values) => !value(key).is_some_and(|value| values.contains(&value)),
            Contains(key, text) => value(key).is_some_and(|value| value.contains(text)),
            Starts(key, text) => value(key).is_some_and(|value| value.starts_with(text)),
            Ends(key, text) => value(key).is_some_and(|value| value.ends_with(text)),
            Not(one) => !one.holds(labels),
            And(one, other) => one.holds(labels) && other.holds(labels),
            Or(one, other) => one.holds(labels) || other.holds(labels),
        }
    }

    fn looks_into_values(&self) -> bool {
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

const VALUES: [&str; 4] = ["x", "xy", "y", ""];

fn written() -> impl Strategy<Value = Written> {
    let key = || select(vec!["a", "b", "c", "pcns.team", "projectcalico.org/namespace"]);
    let value = || select(vec!["x", "xy", "y", "", "shop"]);
    let values = || prop::collection::vec(value(), 0..3);
    let leaf = prop_oneof![
        1 => Just(All),
        3 => key().prop_map(Has),
        3 => (key(), value()).prop_map(|(key, value)| Is(key, value)),
        3 => (key(), value()).prop_map(|(key, value)| IsNot(key, value)),
        2 => (key(), values()).prop_map(|(key, values)| In(key, values)),
        2 => (key(), values()).prop_map(|(key, values)| NotIn(key, values)),
        1 => (key(), value()).prop_map(|(key, value)| Contains(key, value)),
        1 => (key(), value()).prop_map(|(key, value)| Starts(key, value)),
        1 => (key(), value()).prop_map(|(key, value)| Ends(key, value)),
    ];
    leaf.prop_recursive(4, 12, 2, |inner| {
        let boxed = || inner.clone().prop_map(Box::new);
        prop_oneof![
            boxed().prop_map(Not),
            (boxed(), boxed()).prop_map(|(one, other)| And(one, other)),
            (boxed(), boxed()).prop_map(|(one, other)| Or(one, other)),
        ]
    })
}

/// Every label set over the keys that pods have for themselves.
fn label_sets() -> impl Iterator<Item = Labels> {
    let values = || VALUES.into_iter().map(Some).chain([None, Some("other")]);
    values().flat_map(move |a| values().map(move |b| (a, b))).flat_map(move |(a, b)| {
        values().map(move |c| {
            let pairs = [("a", a), ("b", b), ("c", c)].into_iter();
            pairs.filter_map(|(key, value)| Some((key, value?))).collect()
        })
    })
}

/// A pod of the namespace `shop`.
struct Pod<'a>(&'a Labels);

impl LabelSource for Pod<'_> {
    fn value(&self, key: &str) -> Value<'_> {
        let value = match key {
            "projectcalico.org/namespace" => Some("shop"),
            "pcns.team" => Some("xy"),
            key => self.0.value(key),
        };
        value.map_or(Value::Absent, Value::Is)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn expressions_agree_with_a_naive_evaluator(written in written()) {
        let text = written.text();
        let expression = parse(&text).unwrap();
        let namespace_labels = Labels::from_iter([("team", "xy")]);
        let shop = AnyPod { namespace: "shop", namespace_labels: &namespace_labels };
        let selection = Selection::of([&expression], &shop);
        prop_assert!(selection.exact || written.looks_into_values(), "{text}");
        for labels in label_sets() {
            let holds = written.holds(&labels);
            prop_assert_eq!(expression.matches(&Pod(&labels)), Some(holds), "{} of {}", text, labels);
            let selected = selection.certain.iter().any(|selector| selector.matches(&labels));
            let certain = &selection.certain;
            prop_assert!(selected <= holds, "{text} is {certain:?} for {labels}");
            prop_assert!(selected || !holds || !selection.exact, "{text} is {certain:?} for {labels}");
        }
    }
}
