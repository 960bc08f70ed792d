//! The few ConfigMaps that tell something about the cluster.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Meta;
use super::read::or_default;
use super::wire::wire;

/// The ConfigMaps that are read, and what of them: how Cilium and the AWS VPC CNI enforce policies.
const READ: [(&str, &[&str]); 2] = [
    ("amazon-vpc-cni", &["enable-network-policy-controller"]),
    (
        "cilium-config",
        &[
            "enable-k8s-networkpolicy",
            "enable-policy",
            "enable-sctp",
            "policy-audit-mode",
            "policy-cidr-match-mode",
        ],
    ),
];

/// A `ConfigMap`. Only what `READ` names is kept of its data: no other ConfigMap's content is ever in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigMap {
    /// Metadata, without annotations.
    pub meta: Meta,
    /// The keys that are read.
    pub data: BTreeMap<String, String>,
}

impl ConfigMap {
    /// The names of those that are read, for a cluster's watch.
    pub fn names() -> impl Iterator<Item = &'static str> {
        READ.into_iter().map(|(name, _)| name)
    }

    /// Whether something is read of a ConfigMap of this name.
    pub fn is_read(name: &str) -> bool {
        Self::names().any(|read| read == name)
    }
}

wire! {
    WireConfigMap { metadata: Meta, data: BTreeMap<String, Option<String>> }
}

impl From<WireConfigMap> for ConfigMap {
    fn from(wire: WireConfigMap) -> Self {
        let mut meta = wire.metadata;
        meta.annotations.clear();
        let read = READ.into_iter().find(|(name, _)| *name == meta.name);
        let keys = read.map_or(&[][..], |(_, keys)| keys);
        let data = wire.data.into_iter().filter(|(key, _)| keys.contains(&key.as_str()));
        Self { meta, data: data.map(|(key, value)| (key, value.unwrap_or_default())).collect() }
    }
}
