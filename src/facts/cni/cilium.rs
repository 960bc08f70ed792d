//! What `cilium-config` says.

use crate::model::{Enforces, Features};
use crate::object::ConfigMap;

/// Whether Cilium enforces `NetworkPolicies`.
pub(super) fn enforces(config: Option<&ConfigMap>) -> (Enforces, Option<String>) {
    let Some(config) = config else {
        return (Enforces::Unknown, Some("its ConfigMap cilium-config is not known".to_owned()));
    };
    let off = [
        ("enable-policy", "never"),
        ("enable-k8s-networkpolicy", "false"),
        ("policy-audit-mode", "true"),
    ];
    let is_off = |(key, value): &(&str, &str)| config.data.get(*key).is_some_and(|it| it == value);
    match off.into_iter().find(is_off) {
        Some((key, value)) => {
            (Enforces::No, Some(format!("ConfigMap cilium-config: {key} is {value}")))
        }
        None => (Enforces::Yes, None),
    }
}

/// Adds to `features` what the configuration decides.
pub(super) fn configure(features: &mut Features, config: Option<&ConfigMap>) {
    let Some(config) = config else { return };
    let is = |key: &str, wanted: &str| config.data.get(key).is_some_and(|value| value == wanted);
    features.sctp = Some(is("enable-sctp", "true"));
    features.isolates_always = Some(is("enable-policy", "always"));
    let modes = config.data.get("policy-cidr-match-mode").map_or("", String::as_str);
    features.blocks_match_nodes = Some(modes.split([',', ' ']).any(|mode| mode == "nodes"));
}
