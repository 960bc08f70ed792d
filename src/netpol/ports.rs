//! Sets of ports of every protocol at once.

use super::{PortSet, Protocol};

/// A set of ports per protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PortSets {
    /// In the order of [`Protocol::ALL`].
    sets: [PortSet; 3],
}

impl PortSets {
    /// Every port of every protocol.
    pub fn everything() -> Self {
        Self { sets: [PortSet::everything(), PortSet::everything(), PortSet::everything()] }
    }

    /// The set that `ports` gives for each protocol.
    pub fn of(mut ports: impl FnMut(Protocol) -> PortSet) -> Self {
        Self { sets: Protocol::ALL.map(&mut ports) }
    }

    /// The ports of `protocol`.
    pub fn of_protocol(&self, protocol: Protocol) -> &PortSet {
        match protocol {
            Protocol::Sctp => &self.sets[0],
            Protocol::Tcp => &self.sets[1],
            Protocol::Udp => &self.sets[2],
        }
    }

    /// Whether there is no port in the set.
    pub fn is_empty(&self) -> bool {
        self.sets.iter().all(PortSet::is_empty)
    }

    /// Whether (nearly) every port of every protocol is in the set (SEMANTICS 13.16).
    pub fn is_everything(&self) -> bool {
        self.sets.iter().all(PortSet::is_everything)
    }

    /// Whether `port` of `protocol` is in the set.
    pub fn contains(&self, protocol: Protocol, port: u16) -> bool {
        self.of_protocol(protocol).contains(port)
    }

    /// The ports in either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self::of(|protocol| self.of_protocol(protocol).union(other.of_protocol(protocol)))
    }

    /// The ports in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self::of(|protocol| self.of_protocol(protocol).intersection(other.of_protocol(protocol)))
    }

    /// The ports in this set and not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        Self::of(|protocol| self.of_protocol(protocol).difference(other.of_protocol(protocol)))
    }

    /// Whether every port of this set is in the other.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.difference(other).is_empty()
    }
}
