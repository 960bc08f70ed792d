//! The order of policies in their tier, and of tiers.

use std::cmp::Ordering;

use super::Policy;

/// `order`, a number with a fraction; `-0` is `0`.
#[derive(Clone, Copy, Debug)]
pub struct Order(f64);

impl Order {
    /// Behind every number: of a policy that names none.
    pub const LAST: Self = Self(f64::INFINITY);
    /// Before every number.
    pub const FIRST: Self = Self(f64::NEG_INFINITY);
    /// Of the tier `kube-admin`, in which Calico keeps the Admin tier of Kubernetes.
    pub const OF_ADMIN_TIER: Self = Self(1_000.0);
    /// Of the tier `kube-baseline`, in which Calico keeps the Baseline tier of Kubernetes.
    pub const OF_BASELINE_TIER: Self = Self(10_000_000.0);
    /// Of the tier `default`, and of every tier that names none (`DefaultTierFields`).
    pub const OF_DEFAULT_TIER: Self = Self(1_000_000.0);
    /// Of the policies that Calico makes of Kubernetes' own, in the tier `default` (`conversion.go`).
    pub const OF_KUBERNETES: Self = Self(1_000.0);
}

impl From<f64> for Order {
    fn from(order: f64) -> Self {
        Self(if order == 0.0 { 0.0 } else { order })
    }
}

impl Ord for Order {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Order {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Order {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Order {}

/// Which of two policies of one tier and one order comes first; `None` when that depends on the version of Calico (felix
/// `PolKVLess`): by `namespace/tier.name` first, by `name/namespace/kind` since 3.31.
pub(super) fn by_name(one: &Policy<'_>, other: &Policy<'_>) -> Option<Ordering> {
    let before = written(one).cmp(&written(other));
    let since = split(one).cmp(&split(other));
    (before == since).then_some(before)
}

fn written(policy: &Policy<'_>) -> String {
    let (tier, name) = (&policy.spec.tier, policy.bare_name());
    let namespace = policy.namespace.map(|namespace| format!("{namespace}/"));
    format!("{}{tier}.{name}", namespace.unwrap_or_default())
}

fn split(policy: &Policy<'_>) -> String {
    let kind = policy.namespace.map_or("GlobalNetworkPolicy", |_| "NetworkPolicy");
    format!("{}/{}/{kind}", policy.bare_name(), policy.namespace.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering::{Equal, Greater, Less};

    use super::{Order, by_name};
    use crate::netpol::calico::{Policy, Spec};

    #[test]
    fn orders_are_compared_as_numbers_and_none_is_last() {
        let order = Order::from;
        assert!(order(-1.5) < order(0.0) && order(0.0) < order(0.5));
        assert_eq!(order(-0.0), order(0.0));
        assert!(order(f64::MAX) < Order::LAST);
        assert!(Order::OF_KUBERNETES < Order::OF_DEFAULT_TIER);
    }

    #[test]
    fn names_decide_where_all_versions_agree() {
        let spec = Spec::default();
        let policy = |namespace, name| Policy { namespace, name, spec: &spec };
        for (one, other, order) in [
            (policy(None, "a"), policy(None, "b"), Some(Less)),
            (policy(None, "default.b"), policy(None, "a"), Some(Greater)),
            (policy(Some("shop"), "a"), policy(Some("shop"), "b"), Some(Less)),
            (policy(Some("shop"), "a"), policy(None, "a"), Some(Greater)),
            (policy(Some("shop"), "a"), policy(None, "b"), None),
            (policy(Some("app"), "a"), policy(None, "b"), Some(Less)),
            (policy(Some("shop"), "b"), policy(None, "a"), Some(Greater)),
            (policy(None, "a"), policy(None, "a-b"), None),
            (policy(None, "a"), policy(None, "default.a"), Some(Equal)),
        ] {
            assert_eq!(by_name(&one, &other), order, "{one:?} and {other:?}");
        }
    }
}
