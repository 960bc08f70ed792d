//! Port entries: a number, a range or a name, of one protocol.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Unexpected, Visitor};

use crate::netpol::{PortMatch, Protocol, is_port_name};

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Wire {
    protocol: Option<String>,
    port: Option<NumberOrName>,
    end_port: Option<i32>,
}

/// `IntOrString`: what is not in quotes is a number.
enum NumberOrName {
    Name(String),
    Number(i32),
}

impl From<Wire> for PortMatch {
    fn from(wire: Wire) -> Self {
        wire.read().unwrap_or(Self::Unreadable)
    }
}

impl Wire {
    fn read(self) -> Option<PortMatch> {
        let protocol = match self.protocol {
            None => Protocol::Tcp,
            Some(name) => Protocol::named(&name)?,
        };
        match (self.port, self.end_port) {
            (None, None) => Some(PortMatch::All(protocol)),
            (Some(NumberOrName::Name(name)), None) => {
                is_port_name(&name).then_some(PortMatch::Name(protocol, name))
            }
            (Some(NumberOrName::Number(first)), last) => {
                let range = (port(first)?, port(last.unwrap_or(first))?);
                (range.0 <= range.1).then_some(PortMatch::Range(protocol, range.0, range.1))
            }
            (None | Some(NumberOrName::Name(_)), Some(_)) => None,
        }
    }
}

fn port(number: i32) -> Option<u16> {
    u16::try_from(number).ok().filter(|port| *port != 0)
}

impl<'de> Deserialize<'de> for NumberOrName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberOrNameVisitor)
    }
}

struct NumberOrNameVisitor;

impl Visitor<'_> for NumberOrNameVisitor {
    type Value = NumberOrName;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a port number or a port name")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<NumberOrName, E> {
        i32::try_from(number)
            .map(NumberOrName::Number)
            .map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<NumberOrName, E> {
        i32::try_from(number)
            .map(NumberOrName::Number)
            .map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<NumberOrName, E> {
        Ok(NumberOrName::Name(name.to_owned()))
    }

    fn visit_string<E: Error>(self, name: String) -> Result<NumberOrName, E> {
        Ok(NumberOrName::Name(name))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::netpol::{PolicySpec, PortMatch, Ports, Protocol};

    fn entry(value: &Value) -> PortMatch {
        let policy: PolicySpec =
            serde_json::from_value(json!({"ingress": [{"ports": [value]}]})).unwrap();
        match &policy.ingress[0].ports {
            Ports::Some(entries) => entries[0].clone(),
            Ports::Any => panic!("{value} is not every port of every protocol"),
        }
    }

    #[test]
    fn the_protocol_of_each_entry_defaults_to_tcp() {
        for (value, expected) in [
            (json!({}), PortMatch::All(Protocol::Tcp)),
            (json!(null), PortMatch::All(Protocol::Tcp)),
            (json!({"protocol": null, "port": null}), PortMatch::All(Protocol::Tcp)),
            (json!({"protocol": "UDP"}), PortMatch::All(Protocol::Udp)),
            (json!({"port": 53}), PortMatch::Range(Protocol::Tcp, 53, 53)),
            (json!({"port": 53, "protocol": "UDP"}), PortMatch::Range(Protocol::Udp, 53, 53)),
            (json!({"port": 1, "endPort": 65535}), PortMatch::Range(Protocol::Tcp, 1, 65535)),
            (json!({"port": 7, "endPort": 7}), PortMatch::Range(Protocol::Tcp, 7, 7)),
            (
                json!({"port": "dns", "protocol": "SCTP"}),
                PortMatch::Name(Protocol::Sctp, "dns".into()),
            ),
        ] {
            assert_eq!(entry(&value), expected, "{value}");
        }
    }

    #[test]
    fn what_the_api_server_would_refuse_matches_nothing() {
        for value in [
            json!({"protocol": "ICMP"}),
            json!({"protocol": "tcp", "port": 80}),
            json!({"protocol": ""}),
            json!({"port": "80"}),
            json!({"port": ""}),
            json!({"port": "Web"}),
            json!({"port": 0}),
            json!({"port": -1}),
            json!({"port": 70000}),
            json!({"port": 90, "endPort": 80}),
            json!({"port": 90, "endPort": 70000}),
            json!({"port": "web", "endPort": 80}),
            json!({"endPort": 80}),
        ] {
            assert_eq!(entry(&value), PortMatch::Unreadable, "{value}");
        }
    }
}
