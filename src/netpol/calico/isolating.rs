//! Which pods of a namespace Calico's policies isolate, whatever their labels are.

use super::policy::DEFAULT_TIER;
use super::{AnyPod, DefaultAction, Policy, Selection, Tier};
use crate::netpol::Direction;

/// A policy, and the pods of a namespace for which its tier denies what none of its rules decides.
#[derive(Clone, Debug)]
pub struct Isolating<'a> {
    /// The policy.
    pub policy: Policy<'a>,
    /// The pods that it isolates.
    pub pods: Selection,
}

/// The policies that isolate pods of a namespace in `direction`, or may: after the rules of its tier, everything is denied that
/// none of them allows or passes on. Whether they allow everything is another question: `Governing` answers it for one pod.
///
/// Nothing is certain of a policy whose tier is not among `tiers`, and a tier that passes by default isolates nothing. The tier
/// `default` is always there.
pub fn isolating<'a>(
    policies: impl IntoIterator<Item = Policy<'a>>,
    tiers: &[Tier],
    of: &AnyPod<'_>,
    direction: Direction,
) -> Vec<Isolating<'a>> {
    let isolating = policies.into_iter().map(|policy| {
        let pods = match (policy.governs(direction), default_action(tiers, &policy.spec.tier)) {
            (Some(false), _) | (_, Some(DefaultAction::Pass)) => Selection::nothing(),
            (Some(true), Some(DefaultAction::Deny)) => policy.pods(of),
            _ => policy.pods(of).perhaps(),
        };
        Isolating { policy, pods }
    });
    isolating.filter(|isolating| !isolating.pods.is_nothing()).collect()
}

/// What a tier does with what its rules leave open; `None` when it is not known.
fn default_action(tiers: &[Tier], name: &str) -> Option<DefaultAction> {
    let known = tiers.iter().find(|tier| tier.name == name).map(|tier| tier.default_action);
    known.or_else(|| (name == DEFAULT_TIER).then_some(Tier::default_tier().default_action))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::isolating;
    use crate::netpol::calico::{AnyPod, Api, Policy, Tier, WireSpec, WireTierSpec};
    use crate::netpol::{Direction, Labels};

    fn tiers() -> Vec<Tier> {
        let tier = |name: &str, action: &str| {
            let spec = json!({"order": 1, "defaultAction": action});
            serde_json::from_value::<WireTierSpec>(spec).unwrap().read(name)
        };
        vec![tier("deny", "Deny"), tier("pass", "Pass"), tier("strange", "Drop")]
    }

    /// The selectors of the pods that a `GlobalNetworkPolicy` isolates for ingress, and whether there are no others.
    fn isolated(spec: &Value) -> Option<(String, bool)> {
        let spec = serde_json::from_value::<WireSpec>(spec.clone()).unwrap();
        let spec = spec.read(true, Api::Served);
        let policy = Policy { namespace: None, name: "a", spec: &spec };
        let namespace_labels = Labels::from_iter([("team", "blue")]);
        let shop = AnyPod { namespace: "shop", namespace_labels: &namespace_labels };
        let found = isolating([policy], &tiers(), &shop, Direction::Ingress);
        let found = found.first()?;
        let certain: Vec<String> = found.pods.certain.iter().map(ToString::to_string).collect();
        Some((certain.join(" or "), found.pods.exact))
    }

    #[test]
    fn a_policy_isolates_the_pods_that_it_selects_when_its_tier_denies() {
        let found = |text: &str, exact| Some((text.to_owned(), exact));
        for (spec, expected) in [
            (json!({"selector": "all()"}), found("{}", true)),
            (json!({"selector": "all()", "types": ["Egress"]}), None),
            (json!({"selector": "all()", "egress": [{"action": "Allow"}]}), None),
            (json!({"selector": "app == 'x' || !has(app)"}), found("!app or app=x", true)),
            (json!({"namespaceSelector": "team == 'red'"}), None),
            (json!({"tier": "deny"}), found("{}", true)),
            (json!({"tier": "pass"}), None),
            (json!({"tier": "strange"}), found("", false)),
            (json!({"tier": "missing"}), found("", false)),
            (json!({"types": ["Ingres"]}), found("", false)),
            (json!({"selector": "("}), found("", false)),
            (json!({"preDNAT": true, "applyOnForward": true}), None),
            (json!({"applyOnForward": true}), found("{}", true)),
        ] {
            assert_eq!(isolated(&spec), expected, "{spec}");
        }
    }
}
