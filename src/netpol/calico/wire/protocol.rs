//! Protocols, by name or by number (Calico `numorstring.Protocol`).

use serde::Deserialize;

use super::Notes;
use crate::netpol::Protocol;
use crate::netpol::calico::RuleProtocol;

/// A protocol; what is neither a number nor a text is an error of the format.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum WireProtocol {
    Number(i64),
    Text(String),
}

/// Protocols by number, of those that have ports.
const NUMBERS: [(u8, Protocol); 3] =
    [(6, Protocol::Tcp), (17, Protocol::Udp), (132, Protocol::Sctp)];

/// Names of others.
const OTHERS: [&str; 3] = ["ICMP", "ICMPV6", "UDPLITE"];

impl WireProtocol {
    fn read(&self) -> Option<RuleProtocol> {
        let number = match self {
            Self::Number(number) => u8::try_from(*number).ok()?,
            Self::Text(text) => match (text.to_ascii_uppercase().as_str(), text.parse()) {
                (name, _) if OTHERS.contains(&name) => return Some(RuleProtocol::Other),
                (_, Ok(number)) => number,
                (name, _) => return Protocol::named(name).map(RuleProtocol::One),
            },
        };
        let named = NUMBERS.into_iter().find(|(of, _)| *of == number);
        Some(named.map_or(RuleProtocol::Other, |(_, protocol)| RuleProtocol::One(protocol)))
    }
}

pub(super) fn read(
    field: &str,
    protocol: Option<&WireProtocol>,
    notes: &mut Notes,
) -> Option<RuleProtocol> {
    protocol.map(|protocol| {
        protocol.read().unwrap_or_else(|| {
            notes.add(field, "a protocol is TCP, UDP, SCTP, ICMP, ICMPv6, UDPLite or a number");
            RuleProtocol::Unknown
        })
    })
}
