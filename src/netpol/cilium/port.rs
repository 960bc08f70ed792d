//! The ports of rules.

use crate::netpol::{ContainerPort, Direction, PodEnd, PortMatch, PortSet, PortSets};

/// `toPorts` of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Ports {
    /// Missing or empty: all ports.
    Any,
    /// At least one item.
    Listed(Vec<PortRule>),
    /// `icmps`: no port of any protocol that has ports.
    Icmp,
    /// It may be any ports.
    Unknown,
}

/// One item of `toPorts`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct PortRule {
    pub(super) entries: Vec<PortMatch>,
    /// What goes through is looked into (`rules`, `serverNames`, TLS, a listener): a connection may be refused.
    pub(super) is_filtered: bool,
    /// A part of it cannot be read: it may be any port.
    pub(super) is_unreadable: bool,
}

/// Ports that match for certain, and those that may match, the certain ones included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Matching {
    pub(super) certain: PortSets,
    pub(super) possible: PortSets,
}

impl Matching {
    fn certain(ports: PortSets) -> Self {
        Self { possible: ports.clone(), certain: ports }
    }

    pub(super) fn possible(ports: PortSets) -> Self {
        Self { certain: PortSets::default(), possible: ports }
    }

    /// What either matches.
    pub(super) fn or(&self, other: &Self) -> Self {
        Self {
            certain: self.certain.union(&other.certain),
            possible: self.possible.union(&other.possible),
        }
    }
}

impl Ports {
    /// The ports that they are in rules of `direction` about `subject`.
    pub(super) fn of(&self, direction: Direction, subject: &PodEnd<'_>) -> Matching {
        match self {
            Self::Any => Matching::certain(PortSets::everything()),
            Self::Icmp => Matching::default(),
            Self::Unknown => Matching::possible(PortSets::everything()),
            Self::Listed(rules) => {
                let rules = rules.iter().map(|rule| rule.of(direction, subject));
                rules.fold(Matching::default(), |all, rule| all.or(&rule))
            }
        }
    }
}

impl PortRule {
    fn of(&self, direction: Direction, subject: &PodEnd<'_>) -> Matching {
        if self.is_unreadable {
            return Matching::possible(PortSets::everything());
        }
        let entries = self.entries.iter().map(|entry| of_entry(entry, direction, subject));
        let all = entries.fold(Matching::default(), |all, entry| all.or(&entry));
        if self.is_filtered { Matching::possible(all.possible) } else { all }
    }
}

fn of_entry(entry: &PortMatch, direction: Direction, subject: &PodEnd<'_>) -> Matching {
    match entry {
        PortMatch::Name(protocol, name) => match direction {
            Direction::Ingress => {
                let (certain, possible) = ContainerPort::named(subject.ports, *protocol, name);
                Matching { certain, possible }
            }
            // Looked up among all pods, or all that the rule chooses, and void where they differ (`GetNamedPort`).
            Direction::Egress => Matching::possible(PortSets::of(|of| {
                if of == *protocol { PortSet::everything() } else { PortSet::default() }
            })),
        },
        PortMatch::Unreadable => Matching::possible(PortSets::everything()),
        PortMatch::All(_) | PortMatch::Range(..) => {
            Matching::certain(PortSets::of(|protocol| entry.range(protocol).into_iter().collect()))
        }
    }
}
