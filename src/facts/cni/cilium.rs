//! What `cilium-config` says.

use crate::model::{Enforces, Features};
use crate::object::ConfigMap;

/// What switches all policies off, Cilium's own as well: nothing is enforced, or what would be denied is only written down.
const IDLE: [(&str, &str); 2] = [("enable-policy", "never"), ("policy-audit-mode", "true")];

/// Every endpoint is isolated, whether a policy selects it or not.
const ALWAYS: (&str, &str) = ("enable-policy", "always");

/// Whether Cilium enforces `NetworkPolicies`.
pub(super) fn enforces(config: Option<&ConfigMap>) -> (Enforces, Option<String>) {
    let Some(config) = config else {
        return (Enforces::Unknown, Some("its ConfigMap cilium-config is not known".to_owned()));
    };
    let mut off = IDLE.into_iter().chain([("enable-k8s-networkpolicy", "false")]);
    match off.find(|setting| is(config, *setting)) {
        Some((key, value)) => {
            (Enforces::No, Some(format!("ConfigMap cilium-config: {key} is {value}")))
        }
        None if is(config, ALWAYS) => {
            (Enforces::Yes, Some("ConfigMap cilium-config: enable-policy is always".to_owned()))
        }
        None => (Enforces::Yes, None),
    }
}

/// Adds to `features` what the configuration decides. What one node or one endpoint is told otherwise (`CiliumNodeConfig`,
/// `cilium-dbg endpoint config`) is not looked at.
pub(super) fn configure(features: &mut Features, config: Option<&ConfigMap>) {
    let Some(config) = config else { return };
    let is_idle = IDLE.into_iter().any(|setting| is(config, setting));
    features.sctp = Some(is(config, ("enable-sctp", "true")));
    features.isolates_always = Some(is(config, ALWAYS) && !is_idle);
    if is_idle {
        features.cilium = Some(false);
    }
    let modes = config.data.get("policy-cidr-match-mode").map_or("", String::as_str);
    features.blocks_match_nodes = Some(modes.split([',', ' ']).any(|mode| mode == "nodes"));
}

/// The agent reads its configuration without regard to case.
fn is(config: &ConfigMap, (key, wanted): (&str, &str)) -> bool {
    config.data.get(key).is_some_and(|value| value.eq_ignore_ascii_case(wanted))
}
