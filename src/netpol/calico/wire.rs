//! How Calico's policies are read from any serde format.
//!
//! A wrong JSON type is an error of the format. What has the right type and still cannot be read becomes an explicit unknown
//! in its place, with a note: nothing is lost, and nothing counts as protection or permission.

mod entity;
mod port;
mod protocol;
mod rule;
mod tier;
mod types;

use serde::Deserialize;

use self::rule::WireRule;
use self::types::Written;
use super::labels::{NAMESPACE, OF_NAMESPACE, OF_SERVICE_ACCOUNT, SERVICE_ACCOUNT};
use super::policy::DEFAULT_TIER;
use super::{Expression, Order, Spec, Unreadable, parse};

pub use self::tier::WireTierSpec;
pub use self::types::Api;

/// `spec` of a `NetworkPolicy` or a `GlobalNetworkPolicy`, as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WireSpec {
    tier: Option<String>,
    order: Option<f64>,
    selector: Option<String>,
    namespace_selector: Option<String>,
    service_account_selector: Option<String>,
    types: Option<Vec<Option<String>>>,
    do_not_track: Option<bool>,
    #[serde(rename = "preDNAT")]
    pre_dnat: Option<bool>,
    ingress: Option<Vec<Option<WireRule>>>,
    egress: Option<Vec<Option<WireRule>>>,
}

impl WireSpec {
    /// What it says, as a `GlobalNetworkPolicy` or as a `NetworkPolicy`, written to this API.
    pub fn read(self, is_global: bool, api: Api) -> Spec {
        let mut notes = Notes::default();
        let mut selector = notes.selector("spec.selector", self.selector.as_deref());
        let mut of = |field, text: &Option<String>, prefix| {
            notes.selector(field, text.as_deref()).prefixed(prefix)
        };
        let mut namespaces = Expression::All;
        if is_global {
            namespaces = of("spec.namespaceSelector", &self.namespace_selector, OF_NAMESPACE);
        }
        let mut service_accounts =
            of("spec.serviceAccountSelector", &self.service_account_selector, OF_SERVICE_ACCOUNT);
        // `convertGlobalNetworkPolicyV2ToV1Value`: beside another selector, all() is every pod and no host.
        if is_global && is_written(self.namespace_selector.as_ref()) {
            let all = Expression::Has(NAMESPACE.to_owned());
            (selector, namespaces) = (selector.with_all(&all), namespaces.with_all(&all));
        }
        if is_global && is_written(self.service_account_selector.as_ref()) {
            let all = Expression::Has(SERVICE_ACCOUNT.to_owned());
            selector = selector.with_all(&all);
            service_accounts = service_accounts.with_all(&all);
        }
        let written = (Written::of(self.ingress.as_ref()), Written::of(self.egress.as_ref()));
        let (ingress, egress) =
            (notes.rules("spec.ingress", self.ingress), notes.rules("spec.egress", self.egress));
        let (governs_ingress, governs_egress) =
            types::read(self.types.as_deref(), written, api, &mut notes);
        Spec {
            tier: self
                .tier
                .filter(|tier| !tier.is_empty())
                .unwrap_or_else(|| DEFAULT_TIER.to_owned()),
            order: self.order.map_or(Order::LAST, Order::from),
            selector,
            namespaces,
            service_accounts,
            governs_ingress,
            governs_egress,
            hosts_only: self.do_not_track == Some(true) || self.pre_dnat == Some(true),
            ingress,
            egress,
            unreadable: notes.0,
        }
    }
}

fn is_written(text: Option<&String>) -> bool {
    text.is_some_and(|text| !text.is_empty())
}

/// What could not be read.
#[derive(Default)]
struct Notes(Vec<Unreadable>);

impl Notes {
    fn add(&mut self, field: impl Into<String>, reason: impl Into<String>) {
        self.0.push(Unreadable { field: field.into(), reason: reason.into() });
    }

    /// A selector; a missing one selects everything.
    fn selector(&mut self, field: &str, text: Option<&str>) -> Expression {
        match parse(text.unwrap_or_default()) {
            Ok(expression) => expression,
            Err(malformed) => {
                self.add(field, malformed.to_string());
                Expression::Unknown
            }
        }
    }

    fn rules(&mut self, field: &str, rules: Option<Vec<Option<WireRule>>>) -> Vec<super::Rule> {
        let rules = rules.unwrap_or_default().into_iter().enumerate();
        rules
            .map(|(index, rule)| rule.unwrap_or_default().read(&format!("{field}[{index}]"), self))
            .collect()
    }
}

#[cfg(test)]
mod tests;
