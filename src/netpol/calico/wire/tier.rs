//! `spec` of a `Tier`.

use serde::Deserialize;

use crate::netpol::calico::{DefaultAction, Order, Tier};

/// The tier of `AdminNetworkPolicies`, which passed by default before tiers had a default action.
const ADMIN_TIER: &str = "adminnetworkpolicy";

/// `spec` of a `Tier`, as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WireTierSpec {
    order: Option<f64>,
    default_action: Option<String>,
}

impl WireTierSpec {
    /// What it says of the tier `name` (`DefaultTierFields`).
    pub fn read(self, name: &str) -> Tier {
        let default_action = match self.default_action.as_deref() {
            None | Some("") if name == ADMIN_TIER => DefaultAction::Pass,
            None | Some("" | "Deny") => DefaultAction::Deny,
            Some("Pass") => DefaultAction::Pass,
            Some(_) => DefaultAction::Unknown,
        };
        let order = self.order.map_or(Order::OF_DEFAULT_TIER, Order::from);
        Tier { name: name.to_owned(), order, default_action }
    }
}
