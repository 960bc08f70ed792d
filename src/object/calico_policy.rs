//! Calico's own policies, and its tiers, as objects.

use serde::Deserialize;

use crate::netpol::calico::{Api, Policy, Spec, Tier, WireSpec, WireTierSpec};

use super::read::or_default;
use super::wire::wire;
use super::{Kind, Meta, ObjectRef};

/// A `NetworkPolicy` or a `GlobalNetworkPolicy` of Calico, as it is served (`projectcalico.org/v3`) or as it is stored
/// (`crd.projectcalico.org/v1`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalicoPolicy {
    /// Its kind.
    pub kind: Kind,
    /// Metadata.
    pub meta: Meta,
    /// What it says.
    pub spec: Spec,
}

/// A `Tier` of Calico.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalicoTier {
    /// Metadata.
    pub meta: Meta,
    /// What it says.
    pub tier: Tier,
}

wire! {
    WireCalicoPolicy { api_version: String, metadata: Meta, spec: WireSpec }
    WireCalicoTier { metadata: Meta, spec: WireTierSpec }
}

impl CalicoPolicy {
    /// How it is named.
    pub fn reference(&self) -> ObjectRef {
        let namespace = self.kind.is_namespaced().then(|| self.meta.namespace.clone());
        ObjectRef { kind: self.kind, namespace, name: self.meta.name.clone() }
    }

    /// The policy where it is.
    pub fn placed(&self) -> Policy<'_> {
        let namespace = self.kind.is_namespaced().then_some(self.meta.namespace.as_str());
        Policy { namespace, name: &self.meta.name, spec: &self.spec }
    }
}

impl WireCalicoPolicy {
    pub(super) fn into_policy(self, kind: Kind) -> CalicoPolicy {
        let spec = self.spec.read(!kind.is_namespaced(), Api::of(&self.api_version));
        CalicoPolicy { kind, meta: self.metadata, spec }
    }
}

impl From<WireCalicoTier> for CalicoTier {
    fn from(wire: WireCalicoTier) -> Self {
        let tier = wire.spec.read(&wire.metadata.name);
        Self { meta: wire.metadata, tier }
    }
}

#[cfg(test)]
mod tests {
    use crate::netpol::Direction;
    use crate::netpol::calico::DefaultAction;
    use crate::object::{CalicoPolicy, Kind, Object};
    use crate::sample::one;

    fn policy(yaml: &str) -> CalicoPolicy {
        match one(yaml) {
            Object::CalicoPolicy(policy) => policy,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn policies_are_read_from_both_groups_with_their_own_defaults() {
        let body =
            "metadata: {name: default.a, namespace: shop}, spec: {egress: [{action: Allow}]}";
        for (version, governs_ingress) in
            [("projectcalico.org/v3", false), ("crd.projectcalico.org/v1", true)]
        {
            let found = policy(&format!("{{apiVersion: {version}, kind: NetworkPolicy, {body}}}"));
            assert_eq!(found.kind, Kind::CalicoNetworkPolicy);
            let placed = found.placed();
            assert_eq!((placed.namespace, placed.bare_name()), (Some("shop"), "a"));
            assert_eq!(placed.governs(Direction::Ingress), Some(governs_ingress), "{version}");
            assert_eq!(placed.governs(Direction::Egress), Some(true), "{version}");
        }
    }

    #[test]
    fn a_global_policy_is_in_no_namespace() {
        let found = policy(
            "{apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy, metadata: {name: a}, spec: {namespaceSelector: 'has(x)'}}",
        );
        assert_eq!(found.kind, Kind::GlobalNetworkPolicy);
        assert_eq!(found.placed().namespace, None);
        assert_eq!(
            found.placed().label_keys().collect::<Vec<_>>(),
            ["projectcalico.org/namespace", "pcns.x"]
        );
    }

    #[test]
    fn a_tier_is_called_like_its_object() {
        let yaml = "{apiVersion: crd.projectcalico.org/v1, kind: Tier, metadata: {name: first}, spec: {order: 1, defaultAction: Pass}}";
        let Object::CalicoTier(found) = one(yaml) else { panic!("no tier") };
        assert_eq!(found.tier.name, "first");
        assert_eq!(found.tier.default_action, DefaultAction::Pass);
    }

    #[test]
    fn staged_policies_are_not_enforced_and_not_read() {
        for kind in
            ["StagedNetworkPolicy", "StagedGlobalNetworkPolicy", "StagedKubernetesNetworkPolicy"]
        {
            assert_eq!(Kind::of("projectcalico.org/v3", kind), None);
        }
    }
}
