//! Tiers: policies in their order, and what becomes of what they leave open.

use super::Order;
use super::policy::DEFAULT_TIER;

/// A `Tier`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tier {
    /// Its name.
    pub name: String,
    /// `order`.
    pub order: Order,
    /// `defaultAction`.
    pub default_action: DefaultAction,
}

/// What happens to what no rule decides, for pods that a policy of the tier selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DefaultAction {
    /// It is denied.
    Deny,
    /// The next tier decides.
    Pass,
    /// Cannot be read.
    Unknown,
}

impl Tier {
    /// The tier that is always there: of the policies that name none, and of Kubernetes' own.
    pub(super) fn default_tier() -> Self {
        Self {
            name: DEFAULT_TIER.to_owned(),
            order: Order::OF_DEFAULT_TIER,
            default_action: DefaultAction::Deny,
        }
    }
}
