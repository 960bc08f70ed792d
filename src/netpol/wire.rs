//! How a `spec` is read from any serde format: as the API server decodes, defaults and stores it.
//!
//! One pass, without an intermediate value. A wrong JSON type is an error of the format. What has the right type and still
//! makes no sense (garbage stored before validation was as strict as today) becomes a part that matches nothing: it never
//! counts as protection and never as permission.

mod block;
pub(super) mod map;
mod null;
mod peer;
mod port;
mod rule;
mod selector;

use serde::{Deserialize, Deserializer};

use self::map::Map;
use self::null::nulls;
use self::rule::{Egress, Ingress, rules};
use super::{PolicySpec, PolicyTypes, Selector, TypesWritten};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    pod_selector: Option<Selector>,
    policy_types: Option<Vec<Option<String>>>,
    ingress: Option<Vec<Option<Map<Ingress>>>>,
    #[serde(default, deserialize_with = "written")]
    egress: Option<Written<Vec<Option<Map<Egress>>>>>,
}

/// A key that is there; `None` for null.
struct Written<T>(Option<T>);

fn written<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Written<T>>, D::Error> {
    Option::deserialize(deserializer).map(|value| Some(Written(value)))
}

impl<'de> Deserialize<'de> for PolicySpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::<Spec>::deserialize(deserializer).map(|Map(spec)| spec.into())
    }
}

impl From<Spec> for PolicySpec {
    fn from(spec: Spec) -> Self {
        let egress_written = spec.egress.is_some();
        let egress = spec.egress.and_then(|Written(egress)| egress);
        let nulls = nulls(spec.ingress.as_deref(), egress.as_deref());
        let (ingress, egress) = (rules(spec.ingress), rules(egress));
        let written = spec.policy_types.filter(|types| !types.is_empty());
        let named =
            |types: &[Option<String>], name| types.iter().flatten().any(|text| text == name);
        let (types, types_written) = match written {
            Some(types) => (
                PolicyTypes { ingress: named(&types, "Ingress"), egress: named(&types, "Egress") },
                TypesWritten::Present,
            ),
            // SetDefaults_NetworkPolicy: always ingress, and egress where there is a rule for it.
            None => {
                (PolicyTypes { ingress: true, egress: !egress.is_empty() }, TypesWritten::Absent)
            }
        };
        Self {
            selector: spec.pod_selector.unwrap_or_default(),
            types,
            types_written,
            egress_written,
            nulls,
            ingress,
            egress,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::netpol::{Labels, Peers, PolicySpec, PolicyTypes, Ports, Rule, TypesWritten};

    fn read(value: &Value) -> PolicySpec {
        let from_value = PolicySpec::deserialize(value).unwrap();
        let from_text: PolicySpec = serde_json::from_str(&value.to_string()).unwrap();
        assert_eq!(from_value, from_text);
        from_value
    }

    use serde::Deserialize;

    #[test]
    fn policy_types_are_defaulted_once_and_kept_as_a_set() {
        let both = PolicyTypes { ingress: true, egress: true };
        let ingress = PolicyTypes { ingress: true, egress: false };
        let egress = PolicyTypes { ingress: false, egress: true };
        for (spec, types, types_written) in [
            (json!({}), ingress, TypesWritten::Absent),
            (json!({"policyTypes": null}), ingress, TypesWritten::Absent),
            (json!({"policyTypes": []}), ingress, TypesWritten::Absent),
            (json!({"egress": null}), ingress, TypesWritten::Absent),
            (json!({"egress": []}), ingress, TypesWritten::Absent),
            (json!({"egress": [{}]}), both, TypesWritten::Absent),
            (json!({"egress": [null]}), both, TypesWritten::Absent),
            (json!({"policyTypes": [], "egress": [{}]}), both, TypesWritten::Absent),
            (json!({"policyTypes": ["Egress"]}), egress, TypesWritten::Present),
            (json!({"policyTypes": ["Ingress"], "egress": [{}]}), ingress, TypesWritten::Present),
            (json!({"policyTypes": ["Ingress", "Ingress"]}), ingress, TypesWritten::Present),
            (json!({"policyTypes": ["Egress", "Ingress"]}), both, TypesWritten::Present),
            (
                json!({"policyTypes": ["ingress", null]}),
                PolicyTypes::default(),
                TypesWritten::Present,
            ),
        ] {
            let policy = read(&spec);
            assert_eq!((policy.types, policy.types_written), (types, types_written), "{spec}");
        }
    }

    #[test]
    fn a_written_egress_is_told_from_a_missing_one() {
        assert!(!read(&json!({})).egress_written);
        for egress in [json!(null), json!([]), json!([{}])] {
            assert!(read(&json!({"egress": egress})).egress_written, "{egress}");
        }
    }

    #[test]
    fn missing_null_and_empty_pod_selectors_select_everything() {
        for spec in [json!({}), json!({"podSelector": null}), json!({"podSelector": {}})] {
            assert!(read(&spec).selector.is_everything(), "{spec}");
        }
        let strange = json!({"podSelector": {"matchExpressions": [{"key": "a", "operator": "Near", "values": ["x"]}]}});
        let policy = read(&strange);
        assert!(!policy.selector.matches(&Labels::default()));
        assert!(!policy.selector.matches(&Labels::from_iter([("a", "x")])));
    }

    #[test]
    fn no_rule_and_the_empty_rule_differ() {
        let everyone = Rule { peers: Peers::Any, ports: Ports::Any };
        for (spec, rules) in [
            (json!({"ingress": null}), vec![]),
            (json!({"ingress": []}), vec![]),
            (json!({"ingress": [{}]}), vec![everyone.clone()]),
            (json!({"ingress": [null]}), vec![everyone.clone()]),
            (json!({"ingress": [{"from": null, "ports": []}]}), vec![everyone]),
        ] {
            assert_eq!(read(&spec).ingress, rules, "{spec}");
        }
    }

    #[test]
    fn wrong_json_types_are_errors() {
        for spec in [
            json!([]),
            json!("x"),
            json!({"podSelector": []}),
            json!({"podSelector": {"matchLabels": {"a": 1}}}),
            json!({"podSelector": {"matchExpressions": {}}}),
            json!({"policyTypes": "Ingress"}),
            json!({"policyTypes": [1]}),
            json!({"ingress": {}}),
            json!({"ingress": [[]]}),
            json!({"ingress": [[null, null]]}),
            json!({"egress": [{"to": {}}]}),
            json!({"egress": [{"ports": [{"port": 80.5}]}]}),
            json!({"egress": [{"ports": [{"port": true}]}]}),
            json!({"egress": [{"ports": [{"port": 80, "endPort": "90"}]}]}),
            json!({"egress": [{"to": [{"ipBlock": "10.0.0.0/8"}]}]}),
        ] {
            assert!(PolicySpec::deserialize(&spec).is_err(), "{spec}");
            assert!(serde_json::from_str::<PolicySpec>(&spec.to_string()).is_err(), "{spec}");
        }
    }

    #[test]
    fn unknown_fields_are_skipped() {
        let spec = json!({"podSelectors": {"a": 1}, "ingress": [{"form": [1, {"x": []}]}]});
        assert_eq!(read(&spec).ingress, [Rule { peers: Peers::Any, ports: Ports::Any }]);
    }
}
