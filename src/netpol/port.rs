//! Protocols, ports of a rule, and sets of ports.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::range::RangeSet;

/// A set that misses fewer ports of a protocol counts as all of them.
const NEARLY: u128 = 1024;

/// A transport protocol that `NetworkPolicy` speaks about; everything else (ICMP) is undefined by the API.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
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

impl Protocol {
    /// Every protocol, sorted by name.
    pub const ALL: [Self; 3] = [Self::Sctp, Self::Tcp, Self::Udp];

    /// The protocol that a manifest writes so; `None` for what the API does not know.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "SCTP" => Some(Self::Sctp),
            "TCP" => Some(Self::Tcp),
            "UDP" => Some(Self::Udp),
            _ => None,
        }
    }
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

impl Ports {
    /// The entries; none for [`Ports::Any`].
    pub fn entries(&self) -> &[PortMatch] {
        match self {
            Self::Any => &[],
            Self::Some(entries) => entries,
        }
    }

    /// The numbers of `protocol` that are admitted whatever the destination; names are left out.
    pub fn numbers(&self, protocol: Protocol) -> PortSet {
        match self {
            Self::Any => PortSet::everything(),
            Self::Some(entries) => {
                entries.iter().filter_map(|entry| entry.range(protocol)).collect()
            }
        }
    }

    /// Whether a name is among the entries for `protocol`.
    pub fn names(&self, protocol: Protocol, name: &str) -> bool {
        self.entries().iter().any(|entry| {
            matches!(entry, PortMatch::Name(of, written) if *of == protocol && written == name)
        })
    }

    /// Whether no entry can match anything.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Any => false,
            Self::Some(entries) => entries.iter().all(|entry| *entry == PortMatch::Unreadable),
        }
    }

    /// Whether there is an entry that matches and is no name.
    pub fn has_numbers(&self) -> bool {
        match self {
            Self::Any => true,
            Self::Some(entries) => entries
                .iter()
                .any(|entry| matches!(entry, PortMatch::All(_) | PortMatch::Range(..))),
        }
    }
}

/// One entry of `ports`; the protocol defaults to TCP per entry (`SetDefaults_NetworkPolicyPort`).
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

impl PortMatch {
    /// The range of ports of `protocol` that the entry admits; `None` for none, and for names.
    pub fn range(&self, protocol: Protocol) -> Option<(u16, u16)> {
        match self {
            Self::All(of) if *of == protocol => Some((1, u16::MAX)),
            Self::Range(of, first, last) if *of == protocol => Some((*first, *last)),
            _ => None,
        }
    }
}

/// A set of numeric ports of one protocol, 1 to 65535: sorted disjoint inclusive ranges.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PortSet {
    ranges: RangeSet<u16>,
}

impl PortSet {
    /// Every port.
    pub fn everything() -> Self {
        [(1, u16::MAX)].into_iter().collect()
    }

    /// The ranges in order, both ends included.
    pub fn ranges(&self) -> &[(u16, u16)] {
        self.ranges.ranges()
    }

    /// Whether there is no port in the set.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Whether `port` is in the set.
    pub fn contains(&self, port: u16) -> bool {
        self.ranges.contains(port)
    }

    /// The ports in either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self { ranges: self.ranges.union(&other.ranges) }
    }

    /// The ports in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self { ranges: self.ranges.intersection(&other.ranges) }
    }

    /// The ports in this set and not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        Self { ranges: self.ranges.difference(&other.ranges) }
    }

    /// Whether every port of this set is in the other.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.difference(other).is_empty()
    }

    /// Whether (nearly) every port is in the set: fewer than 1,024 are missing.
    pub fn is_everything(&self) -> bool {
        Self::everything().difference(self).ranges.count() < NEARLY
    }
}

/// Ranges in any order, both ends included; port 0 does not exist and is left out.
impl FromIterator<(u16, u16)> for PortSet {
    fn from_iter<I: IntoIterator<Item = (u16, u16)>>(ranges: I) -> Self {
        let ranges = ranges.into_iter().map(|(first, last)| (first.max(1), last));
        Self { ranges: RangeSet::of(ranges) }
    }
}

/// `53,8000-8100`, and `none` without ports.
impl fmt::Display for PortSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("none");
        }
        for (index, (first, last)) in self.ranges().iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{first}")?;
            if first != last {
                write!(f, "-{last}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{PortMatch, PortSet, Ports, Protocol};

    fn set(ranges: &[(u16, u16)]) -> PortSet {
        ranges.iter().copied().collect()
    }

    #[test]
    fn entries_speak_about_their_own_protocol() {
        let ports = Ports::Some(vec![
            PortMatch::Range(Protocol::Tcp, 8000, 8100),
            PortMatch::Name(Protocol::Tcp, "web".into()),
            PortMatch::All(Protocol::Udp),
            PortMatch::Unreadable,
        ]);
        assert_eq!(ports.numbers(Protocol::Tcp).to_string(), "8000-8100");
        assert_eq!(ports.numbers(Protocol::Udp), PortSet::everything());
        assert!(ports.numbers(Protocol::Sctp).is_empty());
        assert!(ports.names(Protocol::Tcp, "web") && !ports.names(Protocol::Udp, "web"));
        assert!(Ports::Some(vec![PortMatch::Unreadable]).is_empty() && !Ports::Any.is_empty());
    }

    #[test]
    fn fewer_than_1024_missing_ports_are_all_ports() {
        for (ranges, everything) in [
            (vec![(1, u16::MAX)], true),
            (vec![(1024, u16::MAX)], true),
            (vec![(1025, u16::MAX)], false),
            (vec![(1, 100), (101, u16::MAX)], true),
            (vec![], false),
        ] {
            assert_eq!(set(&ranges).is_everything(), everything, "{ranges:?}");
        }
    }

    #[test]
    fn port_zero_does_not_exist() {
        assert_eq!(set(&[(0, 5)]), set(&[(1, 5)]));
        assert!(set(&[(0, 0)]).is_empty());
        assert_eq!(set(&[(80, 80), (443, 443)]).to_string(), "80,443");
        assert_eq!(set(&[]).to_string(), "none");
    }
}
