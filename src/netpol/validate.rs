//! What the API server would refuse in a `NetworkPolicy` (k8s.io/kubernetes `pkg/apis/networking/validation`).
//!
//! Unknown fields are no reason: the API server warns about them and drops them.

mod metadata;
mod peer;
mod place;
mod port;
mod selector;

use serde_json::Value;

use self::place::Place;

/// One reason why the API server would refuse an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// JSON pointer to the field.
    pub path: String,
    /// What is wrong, as a sentence without a full stop.
    pub reason: String,
}

/// Everything that the API server would refuse in the `NetworkPolicy` `object`, in the order of the fields.
pub fn validate(object: &Value) -> Vec<Invalid> {
    let mut invalid = Vec::new();
    let object = Place::root(object);
    if object.is_map(&mut invalid) {
        metadata::check(&object.child("metadata"), &mut invalid);
        check_spec(&object.child("spec"), &mut invalid);
    }
    invalid
}

fn check_spec(spec: &Place<'_>, invalid: &mut Vec<Invalid>) {
    if !spec.is_map(invalid) {
        return;
    }
    selector::check(&spec.child("podSelector"), invalid);
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for rule in spec.child(direction).list(invalid) {
            check_rule(&rule, peers, invalid);
        }
    }
    check_types(&spec.child("policyTypes"), invalid);
}

fn check_rule(rule: &Place<'_>, peers: &str, invalid: &mut Vec<Invalid>) {
    if !rule.is_map(invalid) {
        return;
    }
    for port in rule.child("ports").list(invalid) {
        port::check(&port, invalid);
    }
    for peer in rule.child(peers).list(invalid) {
        peer::check(&peer, invalid);
    }
}

fn check_types(types: &Place<'_>, invalid: &mut Vec<Invalid>) {
    let list = types.list(invalid);
    if list.len() > 2 {
        types.refuse("has more than two policyTypes; there are only Ingress and Egress", invalid);
        return;
    }
    for item in list {
        match item.text(invalid) {
            Some("Ingress" | "Egress") | None => {}
            Some(other) => {
                item.refuse(
                    format!("`{other}` is no policy type; write Ingress or Egress"),
                    invalid,
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::validate;

    fn refused(spec: &Value) -> Vec<(String, String)> {
        let object = json!({"metadata": {"name": "p"}, "spec": spec});
        validate(&object).into_iter().map(|invalid| (invalid.path, invalid.reason)).collect()
    }

    #[test]
    fn legal_policies_pass() {
        for spec in [
            json!(null),
            json!({}),
            json!({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}),
            json!({"policyTypes": ["Ingress", "Ingress"], "ingress": null, "egress": []}),
            json!({"policyTypes": [], "ingress": [{}], "egress": [null]}),
            json!({"podSelectors": 1, "ingress": [{"form": "typo"}]}),
        ] {
            assert_eq!(refused(&spec), [], "{spec}");
        }
    }

    #[test]
    fn policy_types_are_ingress_and_egress() {
        for (types, path, reason) in [
            (json!(["ingress"]), "/spec/policyTypes/0", "write Ingress or Egress"),
            (json!(["Ingress", null]), "/spec/policyTypes/1", "write Ingress or Egress"),
            (json!(["Egress", "Egress", "Egress"]), "/spec/policyTypes", "more than two"),
            (json!("Ingress"), "/spec/policyTypes", "is text where a list belongs"),
            (json!([1]), "/spec/policyTypes/0", "is a number where text belongs"),
        ] {
            let refused = refused(&json!({"policyTypes": types}));
            assert!(
                matches!(&refused[..], [(at, why)] if at == path && why.contains(reason)),
                "{types}: {refused:?}"
            );
        }
    }

    #[test]
    fn wrong_types_are_refused_where_they_are() {
        for (spec, path, reason) in [
            (json!([]), "/spec", "is a list where a map belongs"),
            (json!({"ingress": {}}), "/spec/ingress", "is a map where a list belongs"),
            (json!({"egress": [true]}), "/spec/egress/0", "is a boolean where a map belongs"),
            (json!({"ingress": [{"from": {}}]}), "/spec/ingress/0/from", "list belongs"),
            (json!({"ingress": [{"ports": 80}]}), "/spec/ingress/0/ports", "list belongs"),
        ] {
            let refused = refused(&spec);
            assert!(
                matches!(&refused[..], [(at, why)] if at == path && why.contains(reason)),
                "{spec}: {refused:?}"
            );
        }
        assert_eq!(validate(&json!("x"))[0].path, "");
    }

    #[test]
    fn every_reason_is_given_in_the_order_of_the_fields() {
        let paths: Vec<String> = refused(&json!({
            "policyTypes": ["Both"],
            "egress": [{"to": [{}], "ports": [{"port": 0}]}],
            "ingress": [{}, {"from": [{"podSelector": {}}, {}]}],
            "podSelector": {"matchLabels": {"a b": "c"}},
        }))
        .into_iter()
        .map(|(path, _)| path)
        .collect();
        let expected = [
            "/spec/podSelector/matchLabels/a b",
            "/spec/ingress/1/from/1",
            "/spec/egress/0/ports/0/port",
            "/spec/egress/0/to/0",
            "/spec/policyTypes/0",
        ];
        assert_eq!(paths, expected);
    }
}
