//! Policies of the tiers around `NetworkPolicies`.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::netpol::{Engines, Form, Network, TieredSpec};

use super::read::or_default;
use super::{Kind, Meta, ObjectRef};

/// A `ClusterNetworkPolicy`, an `AdminNetworkPolicy` or a `BaselineAdminNetworkPolicy`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TieredPolicy {
    /// Its kind.
    pub kind: Kind,
    /// Metadata.
    pub meta: Meta,
    /// What it says.
    pub spec: TieredSpec,
}

/// How `kind` is written, when it is one of them.
pub(crate) fn form(kind: Kind) -> Option<Form> {
    match kind {
        Kind::AdminNetworkPolicy => Some(Form::Admin),
        Kind::BaselineAdminNetworkPolicy => Some(Form::Baseline),
        Kind::ClusterNetworkPolicy => Some(Form::Cluster),
        _ => None,
    }
}

/// The object with its spec as it is: what it means depends on the kind.
#[derive(Deserialize)]
struct Wire {
    #[serde(default, deserialize_with = "or_default")]
    metadata: Meta,
    #[serde(default)]
    spec: Value,
}

impl TieredPolicy {
    /// How it is named.
    pub fn reference(&self) -> ObjectRef {
        ObjectRef { kind: self.kind, namespace: None, name: self.meta.name.clone() }
    }

    /// Whether it counts: the network is not known to leave policies of its kind without effect.
    pub fn is_enforced(&self, network: &Network) -> bool {
        let Engines { admin, cluster, .. } = network.engines;
        let implements = if self.kind == Kind::ClusterNetworkPolicy { cluster } else { admin };
        implements != Some(false)
    }

    /// Reads one that is written in `form`.
    pub(super) fn read<'de, D: Deserializer<'de>>(
        kind: Kind,
        form: Form,
        deserializer: D,
    ) -> Result<Self, D::Error> {
        let Wire { metadata, spec } = Wire::deserialize(deserializer)?;
        let spec = TieredSpec::read(form, spec).map_err(serde::de::Error::custom)?;
        Ok(Self { kind, meta: metadata, spec })
    }
}
