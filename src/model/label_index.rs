//! Which namespaces carry a label: so that a selector is asked of a few namespaces and not of all.

use imbl::{OrdMap, OrdSet};

use crate::netpol::{Labels, Operator, Selector};

/// The label that every namespace has, and that names it.
const NAME: &str = "kubernetes.io/metadata.name";

/// Namespaces by label and value.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct LabelIndex(OrdMap<(String, String), OrdSet<String>>);

impl LabelIndex {
    /// The namespace `name` has `labels` now.
    pub(super) fn insert(&mut self, name: &str, labels: &Labels) {
        for (key, value) in labels.iter() {
            let names = self.0.entry((key.to_owned(), value.to_owned())).or_default();
            names.insert(name.to_owned());
        }
    }

    /// The namespace `name` has `labels` no more.
    pub(super) fn remove(&mut self, name: &str, labels: &Labels) {
        for (key, value) in labels.iter() {
            let pair = (key.to_owned(), value.to_owned());
            if let Some(names) = self.0.get_mut(&pair) {
                names.remove(name);
                if names.is_empty() {
                    self.0.remove(&pair);
                }
            }
        }
    }

    /// The only namespaces that `selector` can match; `None` when it can be any.
    pub(super) fn candidates(&self, selector: &Selector) -> Option<OrdSet<String>> {
        let of = |key: &str, values: &std::collections::BTreeSet<String>| -> OrdSet<String> {
            if key == NAME {
                return values.iter().cloned().collect();
            }
            let named =
                values.iter().filter_map(|value| self.0.get(&(key.to_owned(), value.clone())));
            named.flat_map(|names| names.iter().cloned()).collect()
        };
        let listed =
            selector.requirements.iter().filter_map(|requirement| match &requirement.operator {
                Operator::In(values) => Some(of(&requirement.key, values)),
                _ => None,
            });
        listed.min_by_key(OrdSet::len)
    }

    /// Whether some namespace has the label `key`, whatever its value.
    pub(super) fn has_key(&self, key: &str) -> bool {
        let mut rest = self.0.range((key.to_owned(), String::new())..);
        rest.next().is_some_and(|((found, _), _)| found == key)
    }
}
