//! The rules: one `.rs` and one `.md` file each, and one line in [`RULES`].
//!
//! To add a rule, write `rules/NAME.rs` with a `RULE`, `rules/NAME.md` with its page, and add a `mod` line and a line in
//! [`RULES`]; the tests below and those of the pages do the rest.

use crate::model::Rule;

mod allow_all;
mod answering;
mod egress;
mod egress_without_api_server;
mod egress_without_dns;
mod host_network_workload;
mod ignored_rules;
mod implied_ingress_deny;
mod ineffective_except;
mod ingress;
mod ingress_without_api_server;
mod ingress_without_dns_clients;
mod ingress_without_ingress_controller;
mod ingress_without_monitoring;
mod known;
mod metadata_service_egress;
mod missing_default_deny;
mod missing_namespace_label;
mod mixed_policy_engines;
mod namespace_label_in_use;
mod neutralised_default_deny;
mod null_selector;
mod parts;
mod policy_not_enforced;
mod redundant_rule;
mod remedy;
mod restart_needed;
mod split_selector;
mod suspicious_cidr;
mod uncovered_workload;
mod undeclared_namespace;
mod unknown_named_port;
mod unmatched_namespace_selector;
mod unmatched_pod_selector;
mod unsatisfiable_selector;
mod unsupported_feature;
mod void_exemption;

pub(crate) use egress_without_dns::allowing as allowing_dns;
pub(crate) use ingress::{nodes, peers};
pub use ingress_without_dns_clients::RULE as INGRESS_WITHOUT_DNS_CLIENTS;
pub use missing_default_deny::RULE as MISSING_DEFAULT_DENY;
pub use mixed_policy_engines::RULE as MIXED_POLICY_ENGINES;
pub use neutralised_default_deny::RULE as NEUTRALISED_DEFAULT_DENY;
pub use uncovered_workload::RULE as UNCOVERED_WORKLOAD;
pub use undeclared_namespace::RULE as UNDECLARED_NAMESPACE;
pub(crate) use undeclared_namespace::is_undeclared;

/// Every rule, sorted by name.
pub static RULES: &[&Rule] = &[
    &allow_all::RULE,
    &egress_without_api_server::RULE,
    &egress_without_dns::RULE,
    &host_network_workload::RULE,
    &ignored_rules::RULE,
    &implied_ingress_deny::RULE,
    &ineffective_except::RULE,
    &ingress_without_api_server::RULE,
    &ingress_without_dns_clients::RULE,
    &ingress_without_ingress_controller::RULE,
    &ingress_without_monitoring::RULE,
    &metadata_service_egress::RULE,
    &missing_default_deny::RULE,
    &missing_namespace_label::RULE,
    &mixed_policy_engines::RULE,
    &namespace_label_in_use::RULE,
    &neutralised_default_deny::RULE,
    &null_selector::RULE,
    &policy_not_enforced::RULE,
    &redundant_rule::RULE,
    &restart_needed::RULE,
    &split_selector::RULE,
    &suspicious_cidr::RULE,
    &uncovered_workload::RULE,
    &undeclared_namespace::RULE,
    &unknown_named_port::RULE,
    &unmatched_namespace_selector::RULE,
    &unmatched_pod_selector::RULE,
    &unsatisfiable_selector::RULE,
    &unsupported_feature::RULE,
    &void_exemption::RULE,
];

/// The rule with this name.
pub fn rule(name: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.name == name)
}

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod registry;
