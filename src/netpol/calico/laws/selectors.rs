//! Selector expressions: text, evaluation and the union of conjunctions say the same.

use proptest::prelude::*;

use super::config;
use super::written::written;
use crate::netpol::Labels;
use crate::netpol::calico::{AnyPod, LabelSource, Selection, Value, parse};

const KEYS: [&str; 5] = ["a", "b", "c", "pcns.team", "projectcalico.org/namespace"];
const VALUES: [&str; 5] = ["x", "xy", "y", "", "shop"];

/// Every label set over the keys that pods have for themselves.
fn label_sets() -> impl Iterator<Item = Labels> {
    let values = || [None, Some("x"), Some("xy"), Some("y"), Some(""), Some("other")].into_iter();
    values().flat_map(move |a| values().map(move |b| (a, b))).flat_map(move |(a, b)| {
        values().map(move |c| {
            let pairs = [("a", a), ("b", b), ("c", c)].into_iter();
            pairs.filter_map(|(key, value)| Some((key, value?))).collect()
        })
    })
}

/// A pod of the namespace `shop`.
struct Pod<'a>(&'a Labels);

impl Pod<'_> {
    fn label(&self, key: &str) -> Option<&str> {
        match key {
            "projectcalico.org/namespace" => Some("shop"),
            "pcns.team" => Some("xy"),
            key => self.0.value(key),
        }
    }
}

impl LabelSource for Pod<'_> {
    fn value(&self, key: &str) -> Value<'_> {
        self.label(key).map_or(Value::Absent, Value::Is)
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn expressions_agree_with_a_naive_evaluator(written in written(&KEYS, &VALUES, 4)) {
        let text = written.text();
        let expression = parse(&text).unwrap();
        let namespace_labels = Labels::from_iter([("team", "xy")]);
        let shop = AnyPod { namespace: "shop", namespace_labels: &namespace_labels };
        let selection = Selection::of([&expression], &shop);
        prop_assert!(selection.exact || written.looks_into_values(), "{text}");
        for labels in label_sets() {
            let pod = Pod(&labels);
            let holds = written.holds(true, &|key| pod.label(key).map(str::to_owned));
            prop_assert_eq!(expression.matches(&pod), Some(holds), "{} of {}", text, labels);
            let selected = selection.certain.iter().any(|selector| selector.matches(&labels));
            let certain = &selection.certain;
            prop_assert!(selected <= holds, "{text} is {certain:?} for {labels}");
            prop_assert!(selected || !holds || !selection.exact, "{text} is {certain:?} for {labels}");
        }
    }
}
