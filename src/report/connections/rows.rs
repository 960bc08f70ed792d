//! One connection, in words and numbers.

use std::fmt;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::Serialize;

use crate::connections::{Connection, Party};
use crate::netpol::{AddressSet, Families, Family, PortSets, Protocol};

/// One connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Row {
    /// Who connects.
    pub from: Side,
    /// Who is connected to.
    pub to: Side,
    /// The ports that are allowed.
    pub allowed: Vec<Span>,
    /// The ports of which it cannot be told.
    pub unknown: Vec<Span>,
}

/// One end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Side {
    /// The pods of a workload.
    Workload {
        /// Its kind.
        kind: &'static str,
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// Addresses that are no pod's.
    Addresses {
        /// The fewest blocks that hold them.
        #[schemars(with = "Vec<String>")]
        addresses: Vec<IpNet>,
    },
}

/// Ports of one protocol, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub struct Span {
    /// The protocol.
    pub protocol: Protocol,
    /// The first port.
    pub first: u16,
    /// The last port.
    pub last: u16,
}

impl From<Connection> for Row {
    fn from(connection: Connection) -> Self {
        Self {
            from: connection.from.into(),
            to: connection.to.into(),
            allowed: spans(&connection.decided.allowed),
            unknown: spans(&connection.decided.unknown),
        }
    }
}

impl From<Party> for Side {
    fn from(party: Party) -> Self {
        match party {
            Party::Workload(reference) => Self::Workload {
                kind: reference.kind.name(),
                namespace: reference.namespace.unwrap_or_default(),
                name: reference.name,
            },
            Party::Addresses(addresses) => Self::Addresses { addresses: addresses.blocks() },
        }
    }
}

/// Port sets as ranges, sorted by protocol.
pub fn spans(ports: &PortSets) -> Vec<Span> {
    let of = |protocol| {
        let ranges = ports.of_protocol(protocol).ranges().iter();
        ranges.map(move |(first, last)| Span { protocol, first: *first, last: *last })
    };
    Protocol::ALL.into_iter().flat_map(of).collect()
}

impl Row {
    /// What is allowed and what is unknown, as a person writes it.
    pub fn words(&self) -> String {
        let parts = [(&self.allowed, ""), (&self.unknown, "unknown: ")];
        let told = parts.iter().filter(|(spans, _)| !spans.is_empty());
        told.map(|(spans, before)| format!("{before}{}", ports(spans)))
            .collect::<Vec<_>>()
            .join("; ")
    }
}

/// Ports as a person writes them: `TCP 80,443`, `UDP 53`, `TCP 8000-8080`, `all TCP`, `everything`.
pub fn ports(spans: &[Span]) -> String {
    const ALL: (u16, u16) = (1, u16::MAX);
    if Protocol::ALL.into_iter().all(|protocol| {
        spans.iter().any(|span| span.protocol == protocol && (span.first, span.last) == ALL)
    }) {
        return "everything".to_owned();
    }
    let of = |protocol: Protocol| {
        let spans = spans.iter().filter(move |span| span.protocol == protocol);
        let ranges: Vec<String> = spans
            .map(|span| match (span.first, span.last) {
                ALL => "all".to_owned(),
                (first, last) if first == last => first.to_string(),
                (first, last) => format!("{first}-{last}"),
            })
            .collect();
        match ranges.as_slice() {
            [] => None,
            [one] if one == "all" => Some(format!("all {protocol}")),
            ranges => Some(format!("{protocol} {}", ranges.join(","))),
        }
    };
    // The order that people expect.
    let order = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp];
    order.into_iter().filter_map(of).collect::<Vec<_>>().join(", ")
}

/// `Deployment shop/web`; of addresses the blocks, or a whole family and what is missing of it where that is shorter.
impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workload { kind, namespace, name } => write!(f, "{kind} {namespace}/{name}"),
            Self::Addresses { addresses } => {
                let told =
                    Family::BOTH.into_iter().filter_map(|family| of_family(addresses, family));
                f.write_str(&told.collect::<Vec<_>>().join(", "))
            }
        }
    }
}

fn of_family(addresses: &[IpNet], family: Family) -> Option<String> {
    let own: Vec<IpNet> =
        addresses.iter().copied().filter(|net| Family::of(net.addr()) == family).collect();
    let whole = AddressSet::of(Families { v4: family == Family::V4, v6: family == Family::V6 });
    let missing =
        whole.difference(&own.iter().map(|net| AddressSet::from(*net)).collect()).blocks();
    let listed =
        |nets: &[IpNet]| nets.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match own.len() {
        0 => None,
        count if count > 1 && missing.len() < count => {
            Some(format!("{} except {}", listed(&whole.blocks()), listed(&missing)))
        }
        _ => Some(listed(&own)),
    }
}
