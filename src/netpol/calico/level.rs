//! How much a pod without labels may do under Calico's policies: the level of a namespace whose pods they all isolate.

use std::sync::Arc;

use super::{AnyPod, Governing, NetworkSet, Policy, Tier};
use crate::netpol::{
    AddressSet, Decided, Direction, End, Labels, Level, Network, PodEnd, PortSets, Protocol,
    decide, standard,
};

/// What the level of a namespace rests on.
#[derive(Clone, Debug)]
pub struct Around<'a> {
    /// The tiers that are known.
    pub tiers: &'a [Tier],
    /// All sets with labels; `None` when they are not known.
    pub sets: Option<Arc<[NetworkSet]>>,
    /// The network.
    pub network: &'a Network,
}

/// What a pod with `labels`, of a service account that is not known, may do in `direction`: [`Level::Open`] when (nearly)
/// everything is allowed, as where no policy selects it, [`Level::Strict`] when nothing is; `None` when that is not known.
///
/// `standard` are the `NetworkPolicies` of Kubernetes that govern such a pod.
pub fn default_level<'a>(
    policies: impl IntoIterator<Item = Policy<'a>>,
    standard: Option<&standard::Governing<'_>>,
    around: &Around<'_>,
    of: &AnyPod<'_>,
    labels: &Labels,
    direction: Direction,
) -> Option<Level> {
    let pod = PodEnd {
        namespace: of.namespace,
        namespace_labels: of.namespace_labels,
        labels,
        service_account: "",
        ports: &[],
        addresses: &[],
        host_network: false,
    };
    let governing = Governing::of(policies, around.tiers, around.sets.clone(), &pod, direction);
    let network = around.network;
    let decided = |part: &AddressSet| {
        let peer = End::Addresses(part);
        let standard = standard.map(|standard| standard.stage(network, &pod, &peer));
        match &governing {
            Some(governing) => decide(&governing.stages(network, &pod, &peer, standard)),
            None => decide(standard.as_slice()),
        }
    };
    let blocks = governing.iter().flat_map(Governing::blocks);
    let blocks = blocks.chain(standard.into_iter().flat_map(standard::Governing::blocks));
    let parts = AddressSet::of(network.families).cut(blocks);
    let parts: Vec<(AddressSet, Decided)> =
        parts.into_iter().map(|part| (part.clone(), decided(&part))).collect();
    let is_open = |ports: fn(&Decided) -> PortSets| {
        let open = parts.iter().filter(|(_, decided)| is_everything(&ports(decided)));
        let open: AddressSet = open.map(|(part, _)| part.clone()).collect();
        open.covers_all(network.families)
    };
    if is_open(|decided| decided.allowed.clone()) {
        return Some(Level::Open);
    }
    if is_open(Decided::possible) {
        return None;
    }
    let standard_allows = standard.map(|standard| standard.rules().next().is_some());
    let may_allow = match governing {
        Some(governing) => governing.may_allow(standard_allows),
        None => standard_allows == Some(true),
    };
    let allows_some = may_allow || parts.iter().any(|(_, decided)| !decided.possible().is_empty());
    Some(if allows_some { Level::Isolated } else { Level::Strict })
}

/// (Nearly) every port of every protocol.
fn is_everything(ports: &PortSets) -> bool {
    Protocol::ALL.into_iter().all(|protocol| ports.of_protocol(protocol).is_everything())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Around, default_level};
    use crate::netpol::calico::{AnyPod, Api, Policy, Spec, Tier, WireSpec, WireTierSpec};
    use crate::netpol::{Direction, Labels, Level, Network};

    /// The level for the egress of `shop` under `GlobalNetworkPolicies`, which are called a, b and so on.
    fn level(policies: &[Value]) -> Option<Level> {
        let read = |spec: &Value| {
            serde_json::from_value::<WireSpec>(spec.clone()).unwrap().read(true, Api::Served)
        };
        let specs: Vec<Spec> = policies.iter().map(read).collect();
        let names = ["a", "b", "c"].into_iter();
        let policies = names.zip(&specs).map(|(name, spec)| Policy { namespace: None, name, spec });
        let tier = json!({"order": 1, "defaultAction": "Pass"});
        let tier: Tier = serde_json::from_value::<WireTierSpec>(tier).unwrap().read("first");
        let network = Network::default();
        let around = Around { tiers: &[tier], sets: Some([].into()), network: &network };
        let namespace_labels = Labels::default();
        let shop = AnyPod { namespace: "shop", namespace_labels: &namespace_labels };
        default_level(policies, None, &around, &shop, &Labels::default(), Direction::Egress)
    }

    fn egress(rules: &Value) -> Value {
        json!({"types": ["Egress"], "egress": rules})
    }

    #[test]
    fn a_default_deny_is_strict_and_rules_isolate_or_open() {
        let to =
            |destination: Value| egress(&json!([{"action": "Allow", "destination": destination}]));
        for (policies, expected) in [
            (vec![], Some(Level::Open)),
            (vec![egress(&json!([]))], Some(Level::Strict)),
            (vec![egress(&json!([{"action": "Deny"}, {"action": "Log"}]))], Some(Level::Strict)),
            (vec![egress(&json!([{"action": "Allow"}]))], Some(Level::Open)),
            (vec![egress(&json!([{"action": "Allow", "protocol": "TCP"}]))], Some(Level::Isolated)),
            (vec![to(json!({"nets": ["0.0.0.0/0"]}))], Some(Level::Open)),
            (
                vec![to(json!({"nets": ["0.0.0.0/0"], "notNets": ["169.254.169.254"]}))],
                Some(Level::Open),
            ),
            (vec![to(json!({"nets": ["10.0.0.0/8"]}))], Some(Level::Isolated)),
            (vec![to(json!({"selector": "all()"}))], Some(Level::Isolated)),
            (vec![egress(&json!([{"action": "Pass"}]))], Some(Level::Open)),
        ] {
            assert_eq!(level(&policies), expected, "{policies:?}");
        }
    }

    #[test]
    fn what_comes_earlier_opens_or_closes() {
        let open = egress(&json!([{"action": "Allow"}]));
        let closed = egress(&json!([]));
        let with = |mut policy: Value, key: &str, value: Value| {
            policy[key] = value;
            policy
        };
        let late = with(closed.clone(), "order", json!(2));
        assert_eq!(level(&[open.clone(), late.clone()]), Some(Level::Open));
        let denied = with(egress(&json!([{"action": "Deny"}])), "order", json!(1));
        assert_eq!(level(&[open.clone(), denied]), Some(Level::Strict));
        let of_others = with(open.clone(), "selector", json!("has(app)"));
        assert_eq!(level(&[of_others, late.clone()]), Some(Level::Strict));
        let passed = with(
            egress(&json!([{"action": "Pass", "destination": {"selector": "all()"}}])),
            "tier",
            json!("first"),
        );
        assert_eq!(level(&[passed, late]), Some(Level::Strict));
        let lost = with(open, "tier", json!("lost"));
        assert_eq!(level(std::slice::from_ref(&lost)), None);
        assert_eq!(level(&[lost, closed]), None);
    }
}
