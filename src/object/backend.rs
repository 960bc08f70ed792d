//! Services as others name them.

use schemars::JsonSchema;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

/// A Service that something else sends traffic to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Backend {
    /// The namespace of the Service; `None` for that of the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Its name.
    pub service: String,
    /// The port of the Service; `None` for every port of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<PortRef>,
}

/// A port by its name or its number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum PortRef {
    /// By name.
    Name(String),
    /// By number.
    Number(u16),
}

/// A port that is written as a name or as a number; what is neither is no port.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum WirePort {
    Number(u16),
    Name(String),
    Unreadable(IgnoredAny),
}

impl WirePort {
    /// The port; a number in quotes is a number.
    pub(super) fn read(self) -> Option<PortRef> {
        match self {
            Self::Number(0) | Self::Unreadable(_) => None,
            Self::Number(port) => Some(PortRef::Number(port)),
            Self::Name(name) if name.is_empty() => None,
            Self::Name(name) => Some(name.parse().map_or(PortRef::Name(name), PortRef::Number)),
        }
    }
}
