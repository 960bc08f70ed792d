//! The ports that a rule matches.

use super::rule::{PortEntry, Rule};
use crate::netpol::{ContainerPort, PortSet, PortSets, Protocol};

/// Ports that something matches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Matched {
    /// Those that it matches for certain.
    pub(super) certain: PortSets,
    /// Those that it may match, the certain ones included.
    pub(super) possible: PortSets,
}

/// The ports that containers of the destination declare.
#[derive(Clone, Copy)]
pub(super) enum Declared<'a> {
    /// These.
    Known(&'a [ContainerPort]),
    /// Any: the destination may be a host endpoint, which can name ports.
    Unknown,
}

impl Matched {
    fn both(ports: PortSets) -> Self {
        Self { certain: ports.clone(), possible: ports }
    }

    /// The ports of `rule` on a destination that declares these.
    pub(super) fn of(rule: &Rule, declared: Declared<'_>) -> Self {
        let entries = |entries: &[PortEntry]| {
            entries
                .iter()
                .map(|entry| Self::entry(entry, declared))
                .fold(Self::default(), |all, one| all.or(&one))
        };
        let (ports, not_ports) = (&rule.destination.ports, &rule.destination.not_ports);
        let included =
            if ports.is_empty() { Self::both(PortSets::everything()) } else { entries(ports) };
        let excluded = entries(not_ports);
        let of = |protocol: Protocol, is_certain: bool| {
            let (ports, minus) = if is_certain {
                (&included.certain, &excluded.possible)
            } else {
                (&included.possible, &excluded.certain)
            };
            match rule.protocols.contains(protocol) {
                Some(false) => PortSet::default(),
                None if is_certain => PortSet::default(),
                _ => ports.of_protocol(protocol).difference(minus.of_protocol(protocol)),
            }
        };
        Self {
            certain: PortSets::of(|protocol| of(protocol, true)),
            possible: PortSets::of(|protocol| of(protocol, false)),
        }
    }

    fn entry(entry: &PortEntry, declared: Declared<'_>) -> Self {
        match (entry, declared) {
            (PortEntry::Range(first, last), _) => {
                let ports: PortSet = [((*first).max(1), *last)].into_iter().collect();
                Self::both(PortSets::of(|_| ports.clone()))
            }
            (PortEntry::Name(name), Declared::Known(declared)) => {
                let named = |protocol| {
                    let (certain, possible) = ContainerPort::named(declared, protocol, name);
                    Self { certain, possible }
                };
                Protocol::ALL.into_iter().map(named).fold(Self::default(), |all, one| all.or(&one))
            }
            (PortEntry::Name(_), Declared::Unknown) | (PortEntry::Unknown, _) => {
                Self { certain: PortSets::default(), possible: PortSets::everything() }
            }
        }
    }

    fn or(self, other: &Self) -> Self {
        Self {
            certain: self.certain.union(&other.certain),
            possible: self.possible.union(&other.possible),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Declared, Matched};
    use crate::netpol::calico::{Entity, PortEntry, Protocols, Rule, RuleAction, RuleProtocol};
    use crate::netpol::{ContainerPort, PortSet, PortSets, Protocol};
    use PortEntry::{Name, Range, Unknown};

    fn tcp(ranges: &[(u16, u16)]) -> PortSets {
        let ports: PortSet = ranges.iter().copied().collect();
        PortSets::of(|one| if one == Protocol::Tcp { ports.clone() } else { PortSet::default() })
    }

    fn matched(
        ports: Vec<PortEntry>,
        not_ports: Vec<PortEntry>,
        declared: Declared<'_>,
    ) -> Matched {
        let rule = Rule {
            action: RuleAction::Allow,
            protocols: Protocols { only: Some(RuleProtocol::One(Protocol::Tcp)), except: None },
            family: None,
            source: Entity::default(),
            destination: Entity { ports, not_ports, ..Entity::default() },
            narrowed: false,
        };
        Matched::of(&rule, declared)
    }

    #[test]
    fn numbers_ranges_and_names_are_a_union_and_not_ports_leave_out() {
        let web =
            |protocol| ContainerPort { name: "web".into(), protocol, port: 8080, sidecar: false };
        let declared = [web(Protocol::Tcp), web(Protocol::Udp)];
        let declared = Declared::Known(&declared);
        let all = (1, 65535);
        for (ports, not_ports, certain) in [
            (vec![], vec![], vec![all]),
            (vec![Range(80, 80), Range(443, 445)], vec![], vec![(80, 80), (443, 445)]),
            (vec![Range(0, 65535)], vec![], vec![all]),
            (vec![Range(0, 0)], vec![], vec![]),
            (vec![Name("web".into()), Range(80, 80)], vec![], vec![(80, 80), (8080, 8080)]),
            (vec![Name("none".into())], vec![], vec![]),
            (vec![Range(80, 90)], vec![Range(85, 85)], vec![(80, 84), (86, 90)]),
            (vec![], vec![Name("web".into())], vec![(1, 8079), (8081, 65535)]),
        ] {
            let found = matched(ports.clone(), not_ports.clone(), declared);
            assert_eq!(found, Matched::both(tcp(&certain)), "{ports:?} without {not_ports:?}");
        }
    }

    #[test]
    fn what_a_name_stands_for_on_a_host_is_not_known() {
        let name = || vec![Name("web".into())];
        let (nothing, everything) = (tcp(&[]), tcp(&[(1, 65535)]));
        let unknown = Matched { certain: nothing, possible: everything };
        assert_eq!(matched(name(), vec![], Declared::Unknown), unknown);
        assert_eq!(matched(vec![], name(), Declared::Unknown), unknown);
        assert_eq!(matched(vec![Unknown], vec![], Declared::Known(&[])), unknown);
        let some = Matched { certain: tcp(&[(80, 80)]), possible: tcp(&[(1, 65535)]) };
        assert_eq!(matched(vec![Range(80, 80), Unknown], vec![], Declared::Known(&[])), some);
    }
}
