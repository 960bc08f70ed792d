//! Protocols, ports of a rule, and sets of ports.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A transport protocol that `NetworkPolicy` speaks about; everything else (ICMP) is undefined by the API.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "UPPERCASE")]
pub enum Protocol {
    /// SCTP; enforcement depends on the CNI.
    Sctp,
    /// TCP, the default of a port entry without `protocol`.
    #[default]
    Tcp,
    /// UDP.
    Udp,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sctp => "SCTP",
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
        })
    }
}

/// The `ports` of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Ports {
    /// Missing or empty: all ports of all protocols.
    Any,
    /// At least one entry; they are a union.
    Some(Vec<PortMatch>),
}

/// One entry of `ports`; the protocol defaults to TCP per entry (SEMANTICS 1.4).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PortMatch {
    /// No `port`: every port of the protocol.
    All(Protocol),
    /// A container port name, resolved on the destination pod by name and protocol.
    Name(Protocol, String),
    /// `port` up to and including `endPort` (equal without one).
    Range(Protocol, u16, u16),
    /// An entry that cannot be read (stored garbage): matches nothing.
    Unreadable,
}

/// A set of numeric ports of one protocol: sorted disjoint inclusive ranges.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PortSet {
    ranges: Vec<(u16, u16)>,
}
