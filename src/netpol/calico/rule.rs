//! The rules of a Calico policy. Source and destination both count: for ingress the destination narrows the pods that the
//! policy selects, for egress the source does.

use super::Expression;
use crate::netpol::truth::all;
use crate::netpol::{AddressSet, Family, Protocol};

/// One item of `ingress` or `egress`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    /// What it does with what it matches.
    pub action: RuleAction,
    /// `protocol` and `notProtocol`.
    pub protocols: Protocols,
    /// `ipVersion`.
    pub family: Option<Family>,
    /// Where connections come from.
    pub source: Entity,
    /// Where they go.
    pub destination: Entity,
    /// Something that the model does not know may narrow it (source ports, HTTP, services, a part that cannot be read): it
    /// matches nothing for certain.
    pub narrowed: bool,
}

/// `action`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RuleAction {
    /// Allows it, finally.
    Allow,
    /// Denies it, finally.
    Deny,
    /// Writes a log line: the next rule decides.
    Log,
    /// Leaves the tier: the next tier decides.
    Pass,
    /// Cannot be read: it may do any of these.
    Unknown,
}

/// The protocols of a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Protocols {
    /// `protocol`; all when missing.
    pub only: Option<RuleProtocol>,
    /// `notProtocol`.
    pub except: Option<RuleProtocol>,
}

/// A protocol in a rule, by name or by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RuleProtocol {
    /// One of those that have ports.
    One(Protocol),
    /// Another one: ICMP, UDP-Lite, a number.
    Other,
    /// Cannot be read.
    Unknown,
}

/// `source` or `destination` of a rule: everything written must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Entity {
    /// `selector`.
    pub selector: Option<Expression>,
    /// `namespaceSelector`, asked of endpoints.
    pub namespaces: Option<Expression>,
    /// `serviceAccounts`, asked of endpoints.
    pub service_accounts: Option<Expression>,
    /// `notSelector`.
    pub not_selector: Option<Expression>,
    /// `nets`; what cannot be read of them is left out, and the rule narrowed.
    pub nets: Option<AddressSet>,
    /// `notNets`, likewise.
    pub not_nets: Option<AddressSet>,
    /// `ports`; all when empty.
    pub ports: Vec<PortEntry>,
    /// `notPorts`.
    pub not_ports: Vec<PortEntry>,
}

/// An entry of `ports` or `notPorts`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PortEntry {
    /// The name of a port of an endpoint.
    Name(String),
    /// From the first up to and including the last.
    Range(u16, u16),
    /// Cannot be read.
    Unknown,
}

impl Rule {
    /// Whether it matches every connection.
    pub(super) fn is_about_everything(&self) -> bool {
        let Self { protocols, family, source, destination, narrowed, .. } = self;
        let nothing = Entity::default();
        *protocols == Protocols::default()
            && family.is_none()
            && *source == nothing
            && *destination == nothing
            && !narrowed
    }

    /// Every selector in it.
    pub(super) fn expressions(&self) -> impl Iterator<Item = &Expression> {
        [&self.source, &self.destination].into_iter().flat_map(Entity::expressions)
    }

    /// Every set of addresses in it.
    pub(super) fn nets(&self) -> impl Iterator<Item = &AddressSet> {
        [&self.source, &self.destination]
            .into_iter()
            .flat_map(|entity| entity.nets.iter().chain(&entity.not_nets))
    }
}

impl Entity {
    fn expressions(&self) -> impl Iterator<Item = &Expression> {
        let Self { selector, namespaces, service_accounts, not_selector, .. } = self;
        selector.iter().chain(namespaces).chain(service_accounts).chain(not_selector)
    }

    /// Whether it chooses endpoints by what they are: then a namespaced policy means those of its namespace, unless it names
    /// namespaces.
    pub(super) fn has_selector(&self) -> bool {
        self.expressions().next().is_some()
    }
}

impl Protocols {
    /// Whether `protocol` is among them; `None` when that is not known.
    pub fn contains(self, protocol: Protocol) -> Option<bool> {
        let is = |written: RuleProtocol| match written {
            RuleProtocol::One(one) => Some(one == protocol),
            RuleProtocol::Other => Some(false),
            RuleProtocol::Unknown => None,
        };
        let only = self.only.map_or(Some(true), is);
        let except = self.except.map_or(Some(false), is);
        all([only, except.map(|is| !is)])
    }
}

#[cfg(test)]
mod tests {
    use super::{Protocols, RuleProtocol};
    use crate::netpol::Protocol::{Sctp, Tcp, Udp};

    #[test]
    fn protocols_without_ports_leave_none_of_those_with_ports() {
        let of = |only, except| {
            let protocols = Protocols { only, except };
            [Sctp, Tcp, Udp].map(|protocol| protocols.contains(protocol))
        };
        let (yes, no) = (Some(true), Some(false));
        let tcp = Some(RuleProtocol::One(Tcp));
        assert_eq!(of(None, None), [yes, yes, yes]);
        assert_eq!(of(tcp, None), [no, yes, no]);
        assert_eq!(of(None, tcp), [yes, no, yes]);
        assert_eq!(of(tcp, tcp), [no, no, no]);
        assert_eq!(of(Some(RuleProtocol::Other), None), [no, no, no]);
        assert_eq!(of(None, Some(RuleProtocol::Other)), [yes, yes, yes]);
        assert_eq!(of(None, Some(RuleProtocol::Unknown)), [None, None, None]);
        assert_eq!(of(tcp, Some(RuleProtocol::Unknown)), [no, None, no]);
    }
}
