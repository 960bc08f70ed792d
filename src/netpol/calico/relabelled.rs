//! What a change of a namespace's labels makes of a policy: selectors ask for them under `pcns.`.

use super::rule::Entity;
use super::{AnyPod, Policy, Selection};
use crate::netpol::{Labels, Search, Selector, search};

impl Policy<'_> {
    /// Whether some selector of it surely matches pods of `namespace` under the labels `new` that it did not match under `old`,
    /// and whether one surely matched pods that it does not match any more.
    pub fn moved(&self, namespace: &str, old: &Labels, new: &Labels) -> [bool; 2] {
        let [old, new] = [old, new].map(|labels| AnyPod { namespace, namespace_labels: labels });
        let subject = moved(&self.pods(&old), &self.pods(&new));
        let peers = self.entities().flat_map(|entity| entity.moved(self.namespace, &old, &new));
        peers.fold(subject, |one, other| [one[0] || other[0], one[1] || other[1]])
    }
}

impl Entity {
    /// The same of its selectors, and of `notSelector`.
    fn moved(&self, home: Option<&str>, old: &AnyPod<'_>, new: &AnyPod<'_>) -> [[bool; 2]; 2] {
        let Self { selector, namespaces, service_accounts, not_selector, .. } = self;
        // Without a selector of namespaces a policy of one means those of its own.
        let is_elsewhere = namespaces.is_none() && home.is_some_and(|home| home != new.namespace);
        let chosen = [selector, namespaces, service_accounts].map(Option::as_ref);
        let of = |pod: &AnyPod<'_>| Selection::of(chosen.into_iter().flatten(), pod);
        let chosen = if is_elsewhere { [false; 2] } else { moved(&of(old), &of(new)) };
        let of = |pod: &AnyPod<'_>| Selection::of(not_selector, pod);
        [chosen, moved(&of(old), &of(new))]
    }
}

fn moved(old: &Selection, new: &Selection) -> [bool; 2] {
    [has_more(new, old), has_more(old, new)]
}

/// Whether `one` surely selects a pod that `other` surely does not.
fn has_more(one: &Selection, other: &Selection) -> bool {
    let known: Vec<&Selector> = other.certain.iter().collect();
    let is_new = |selector: &Selector| matches!(search(selector, &known), Search::Found(_));
    other.exact && one.certain.iter().any(is_new)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::netpol::Labels;
    use crate::netpol::calico::{Api, Policy, WireSpec};

    /// Whether a policy of `home` gains and loses pods of `shop` when its label `team` becomes `blue` from `red`.
    fn moved(home: Option<&str>, spec: &Value) -> [bool; 2] {
        let spec: WireSpec = serde_json::from_value(spec.clone()).unwrap();
        let spec = spec.read(home.is_none(), Api::Served);
        let [red, blue] = ["red", "blue"].map(|team| Labels::from_iter([("team", team)]));
        Policy { namespace: home, name: "a", spec: &spec }.moved("shop", &red, &blue)
    }

    #[test]
    fn selectors_follow_the_labels_of_the_namespace() {
        let from = |source: Value| json!({"ingress": [{"action": "Allow", "source": source}]});
        let (neither, gained, lost) = ([false; 2], [true, false], [false, true]);
        for (home, spec, expected) in [
            (None, json!({"namespaceSelector": "team == 'red'"}), lost),
            (None, json!({"namespaceSelector": "team != 'red'"}), gained),
            (None, json!({"namespaceSelector": "has(team)"}), neither),
            (None, json!({"namespaceSelector": "has(stage)"}), neither),
            (None, json!({"selector": "team == 'red'"}), neither),
            (None, json!({"selector": "app == 'web' && pcns.team == 'blue'"}), gained),
            (None, json!({"selector": "app == 'web' || pcns.team == 'blue'"}), gained),
            (None, json!({"selector": "all() || pcns.team == 'blue'"}), neither),
            (None, from(json!({"namespaceSelector": "team == 'red'"})), lost),
            (None, from(json!({"namespaceSelector": "team in {'red', 'blue'}"})), neither),
            (None, from(json!({"notSelector": "pcns.team == 'blue'"})), gained),
            (Some("data"), from(json!({"namespaceSelector": "team == 'red'"})), lost),
            (Some("data"), from(json!({"selector": "pcns.team == 'red'"})), neither),
            (Some("shop"), from(json!({"selector": "pcns.team == 'red'"})), lost),
            (Some("data"), json!({"namespaceSelector": "team == 'red'"}), neither),
            // What is not known is not told.
            (None, json!({"namespaceSelector": "team == 'red'", "selector": "a b"}), neither),
        ] {
            assert_eq!(moved(home, &spec), expected, "{home:?} {spec}");
        }
    }
}
