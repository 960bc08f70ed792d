//! The order of policies in their tier, and of tiers.

use std::cmp::Ordering;

/// `order`, a number with a fraction; `-0` is `0`.
#[derive(Clone, Copy, Debug)]
pub struct Order(f64);

impl Order {
    /// Behind every number: of a policy that names none.
    pub const LAST: Self = Self(f64::INFINITY);
    /// Of the tier `default`, and of every tier that names none (`DefaultTierFields`).
    pub(super) const OF_DEFAULT_TIER: Self = Self(1_000_000.0);
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

#[cfg(test)]
mod tests {
    use super::Order;

    #[test]
    fn orders_are_compared_as_numbers_and_none_is_last() {
        let order = Order::from;
        assert!(order(-1.5) < order(0.0) && order(0.0) < order(0.5));
        assert_eq!(order(-0.0), order(0.0));
        assert!(order(f64::MAX) < Order::LAST);
        assert!(order(1e6) == Order::OF_DEFAULT_TIER);
    }
}
