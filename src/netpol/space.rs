//! The finite-domain search over label sets: is there a label set that none of some selectors matches?
//!
//! Every question about selectors is one of these: universality (within everything), implication `a => b` (within a, none of
//! `[b]`), disjointness, emptiness. It is exact on the finite domain {absent, the values mentioned, one fresh value} per key:
//! selectors cannot tell two values apart that none of them mentions.

mod clause;
mod domain;
mod solve;

use self::domain::Space;
use self::solve::{Outcome, solve};
use super::{Labels, Selector};

/// The outcome of [`search`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Search {
    /// This label set satisfies `within` and none of the selectors; no label of it can be left out. It depends on the
    /// selectors alone, not on their order.
    Found(Labels),
    /// There is none.
    None,
    /// The budget ran out first.
    Undecided,
}

/// Looks for a label set that satisfies `within` and that no selector of `avoid` matches.
pub fn search(within: &Selector, avoid: &[&Selector]) -> Search {
    if avoid.iter().any(|selector| selector.is_everything()) {
        return Search::None;
    }
    let fits = |labels: &Labels| {
        within.matches(labels) && !avoid.iter().any(|selector| selector.matches(labels))
    };
    // Selectors that each ask for some label are the usual case, and {} evades them all.
    if fits(&Labels::default()) {
        return Search::Found(Labels::default());
    }
    let space = Space::of(within, avoid);
    match solve(&space, within, avoid) {
        Outcome::Found(domains) => Search::Found(smallest(space.labels(&domains), fits)),
        Outcome::None => Search::None,
        Outcome::Undecided => Search::Undecided,
    }
}

/// Leaves out every label that the witness does not need, and looks again after each: one that was needed only beside
/// another is not needed without it.
fn smallest(mut labels: Labels, fits: impl Fn(&Labels) -> bool) -> Labels {
    while let Some(fewer) = one_less(&labels, &fits) {
        labels = fewer;
    }
    labels
}

/// The labels without the first one that is not needed.
fn one_less(labels: &Labels, fits: impl Fn(&Labels) -> bool) -> Option<Labels> {
    let without = |key: &str| {
        let mut fewer = labels.clone();
        fewer.remove(key);
        fewer
    };
    labels.iter().map(|(key, _)| without(key)).find(fits)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Search, search};
    use crate::netpol::{Selector, is_label_value};

    fn selectors(values: &[Value]) -> Vec<Selector> {
        values.iter().map(|value| serde_json::from_value(value.clone()).unwrap()).collect()
    }

    fn expression(key: &str, operator: &str, values: &[String]) -> Value {
        json!({"matchExpressions": [{"key": key, "operator": operator, "values": values}]})
    }

    fn find(within: &Value, avoid: &[Value]) -> Search {
        let (within, avoid) = (selectors(std::slice::from_ref(within)), selectors(avoid));
        search(&within[0], &avoid.iter().collect::<Vec<_>>())
    }

    fn found(labels: &[(&str, &str)]) -> Search {
        Search::Found(labels.iter().copied().collect())
    }

    #[test]
    fn what_evades_all_selectors_is_found() {
        let not = |key, values: &[&str]| {
            expression(key, "NotIn", &values.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        let absent = |key| expression(key, "DoesNotExist", &[]);
        let exists = |key| expression(key, "Exists", &[]);
        let is = |key: &str, value: &str| json!({"matchLabels": {key: value}});
        for (within, avoid, outcome) in [
            (json!({}), vec![], found(&[])),
            (json!({}), vec![json!({})], Search::None),
            (json!({}), vec![is("a", "x"), is("b", "y")], found(&[])),
            (json!({}), vec![exists("a"), absent("a")], Search::None),
            (json!({}), vec![absent("a")], found(&[("a", "other")])),
            (json!({}), vec![absent("a"), is("a", "other")], found(&[("a", "other-1")])),
            (json!({}), vec![not("a", &["x"])], found(&[("a", "x")])),
            (json!({}), vec![is("a", "x"), not("a", &["x", "y"])], found(&[("a", "y")])),
            (json!({}), vec![is("a", "x"), not("a", &["x"])], Search::None),
            (json!({}), vec![absent("a"), absent("b")], found(&[("a", "other"), ("b", "other")])),
            (is("a", "x"), vec![is("b", "y")], found(&[("a", "x")])),
            (is("a", "x"), vec![exists("a")], Search::None),
            (is("a", "x"), vec![absent("b")], found(&[("a", "x"), ("b", "other")])),
            (exists("a"), vec![is("a", "x")], found(&[("a", "other")])),
        ] {
            assert_eq!(find(&within, &avoid), outcome, "within {within} avoiding {avoid:?}");
        }
    }

    #[test]
    fn a_label_needed_only_beside_another_goes_with_it() {
        let not = |value: &str| json!({"key": "c", "operator": "NotIn", "values": [value]});
        let avoid = [
            json!({"matchExpressions": [not("x"), not("y")]}),
            json!({"matchExpressions": [
                {"key": "a", "operator": "DoesNotExist"}, {"key": "b", "operator": "Exists"}]}),
            json!({"matchExpressions": [
                not("x"), {"key": "b", "operator": "NotIn", "values": ["y"]}]}),
            json!({"matchLabels": {"a": "x"}}),
        ];
        assert_eq!(find(&json!({}), &avoid), found(&[("c", "x")]));
    }

    #[test]
    fn the_fresh_value_is_a_legal_label_value() {
        let avoid: Vec<Value> = std::iter::once(expression("a", "DoesNotExist", &[]))
            .chain([
                json!({"matchLabels": {"a": "other"}}),
                json!({"matchLabels": {"a": "other-1"}}),
            ])
            .collect();
        let Search::Found(labels) = find(&json!({}), &avoid) else { panic!("nothing found") };
        assert_eq!(labels.value("a"), Some("other-2"));
        assert!(labels.iter().all(|(_, value)| is_label_value(value)));
    }

    #[test]
    fn hundreds_of_selectors_with_shared_keys_are_decided() {
        let apps: Vec<String> = (0..300).map(|index| format!("app-{index:03}")).collect();
        let mut avoid: Vec<Value> =
            apps.iter().map(|app| json!({"matchLabels": {"app": app, "tier": "web"}})).collect();
        avoid.push(expression("tier", "NotIn", &["web".into()]));
        assert_eq!(find(&json!({}), &avoid), found(&[("tier", "web")]));
        avoid.push(expression("app", "DoesNotExist", &[]));
        assert_eq!(find(&json!({}), &avoid), found(&[("app", "other"), ("tier", "web")]));
        avoid.push(expression("app", "NotIn", &apps));
        assert_eq!(find(&json!({}), &avoid), Search::None);
    }

    #[test]
    fn the_budget_ends_a_hopeless_search() {
        // Eleven pigeons in ten holes: every pigeon has a hole, no hole has two.
        let mut avoid = Vec::new();
        let holes: Vec<String> = (0..10).map(|hole| format!("h{hole}")).collect();
        for pigeon in 0..11 {
            avoid.push(expression(&format!("p{pigeon:02}"), "NotIn", &holes));
            for other in 0..pigeon {
                for hole in &holes {
                    let pair = [(format!("p{pigeon:02}"), hole), (format!("p{other:02}"), hole)];
                    avoid.push(json!({"matchLabels": serde_json::Map::from_iter(
                        pair.map(|(key, hole)| (key, Value::from(hole.as_str()))))}));
                }
            }
        }
        assert_eq!(find(&json!({}), &avoid), Search::Undecided);
    }
}
