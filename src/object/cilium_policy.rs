//! Cilium's own policies as objects.

use serde::Deserialize;
use serde_json::Value;

use crate::netpol::cilium::{Placed, Specs};

use super::read::or_default;
use super::wire::wire;
use super::{Kind, Meta, ObjectRef};

/// A `CiliumNetworkPolicy` or a `CiliumClusterwideNetworkPolicy`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CiliumPolicy {
    /// Its kind.
    pub kind: Kind,
    /// Metadata.
    pub meta: Meta,
    /// What it says.
    pub specs: Specs,
}

wire! {
    WireCiliumPolicy { metadata: Meta, spec: Option<Value>, specs: Option<Value> }
}

impl CiliumPolicy {
    /// How it is named.
    pub fn reference(&self) -> ObjectRef {
        let namespace = self.kind.is_namespaced().then(|| self.meta.namespace.clone());
        ObjectRef { kind: self.kind, namespace, name: self.meta.name.clone() }
    }

    /// The policy where it is.
    pub fn placed(&self) -> Placed<'_> {
        let home = self.kind.is_namespaced().then_some(self.meta.namespace.as_str());
        Placed { home, specs: &self.specs }
    }
}

impl WireCiliumPolicy {
    pub(super) fn into_policy(self, kind: Kind) -> CiliumPolicy {
        let specs = Specs::read(self.spec.as_ref(), self.specs.as_ref());
        CiliumPolicy { kind, meta: self.metadata, specs }
    }
}

#[cfg(test)]
mod tests {
    use crate::netpol::cilium::Scoped;
    use crate::netpol::{Direction, Labels, Selector};
    use crate::object::{CiliumPolicy, Kind, Object};
    use crate::sample::one;

    fn policy(yaml: &str) -> CiliumPolicy {
        match one(yaml) {
            Object::CiliumPolicy(policy) => policy,
            other => panic!("{other:?}"),
        }
    }

    fn isolated(policy: &CiliumPolicy, namespace: &str) -> Vec<Scoped> {
        policy.placed().isolated_in(namespace, &Labels::default(), Direction::Ingress)
    }

    #[test]
    fn a_policy_is_about_its_namespace_or_about_all() {
        let everyone = || Scoped::Pods(Selector::default());
        let spec = "spec: {endpointSelector: {}, ingress: [{}]}";
        let own = policy(&format!(
            "{{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {{name: a, namespace: shop}}, {spec}}}"
        ));
        assert_eq!(own.kind, Kind::CiliumNetworkPolicy);
        assert_eq!(isolated(&own, "shop"), [everyone()]);
        assert_eq!(isolated(&own, "data"), [Scoped::Nobody]);
        let all = policy(&format!(
            "{{apiVersion: cilium.io/v2, kind: CiliumClusterwideNetworkPolicy, metadata: {{name: a}}, {spec}}}"
        ));
        assert_eq!(all.kind, Kind::CiliumClusterwideNetworkPolicy);
        assert_eq!(isolated(&all, "data"), [everyone()]);
    }

    #[test]
    fn nothing_is_lost_of_what_cannot_be_read() {
        for spec in
            ["spec: 7", "specs: {}", "specs: [7]", "spec: {endpointSelector: 7, ingress: [{}]}"]
        {
            let policy = policy(&format!(
                "{{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {{name: a, namespace: shop}}, {spec}}}"
            ));
            assert_eq!(isolated(&policy, "shop").first(), Some(&Scoped::Undecided), "{spec}");
        }
    }
}
