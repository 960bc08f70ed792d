//! Ports of rules.

use serde_json::Value;

use super::{Fields, Reading, field};
use crate::netpol::cilium::port::{PortRule, Ports};
use crate::netpol::{Direction, PortMatch, Protocol, is_port_name};

/// What an item of `toPorts` may say.
const PORT_RULE: [&str; 6] =
    ["listener", "originatingTLS", "ports", "rules", "serverNames", "terminatingTLS"];

/// Protocols without ports.
const WITHOUT_PORTS: [&str; 9] =
    ["AH", "ESP", "GRE", "ICMP", "ICMPV6", "IGMP", "IPIP", "IPV6", "VRRP"];

impl Reading {
    /// `toPorts` and `icmps` of a rule.
    pub(super) fn ports(&mut self, fields: &Fields, direction: Direction) -> Ports {
        let has_icmps = match field(fields, "icmps") {
            None => false,
            Some(Value::Array(items)) => {
                if items.iter().any(|item| !has_fields(item)) {
                    return Ports::Unknown;
                }
                !items.is_empty()
            }
            Some(_) => {
                self.doubt();
                return Ports::Unknown;
            }
        };
        match field(fields, "toPorts") {
            None if has_icmps => Ports::Icmp,
            None => Ports::Any,
            Some(Value::Array(items)) if items.is_empty() && has_icmps => Ports::Icmp,
            Some(Value::Array(items)) if items.is_empty() => Ports::Any,
            Some(Value::Array(items)) => {
                // Refused: beside `icmps`, and DNS rules on ingress.
                let is_about_names = |item: &Value| !item["rules"]["dns"].is_null();
                if has_icmps || direction == Direction::Ingress && items.iter().any(is_about_names)
                {
                    self.doubt();
                }
                Ports::Listed(items.iter().map(|item| self.port_rule(item)).collect())
            }
            Some(_) => {
                self.doubt();
                Ports::Unknown
            }
        }
    }

    fn port_rule(&mut self, item: &Value) -> PortRule {
        let entries = item.as_object().and_then(|fields| {
            let entries = field(fields, "ports")?.as_array().filter(|list| !list.is_empty())?;
            let entries = entries.iter().map(entries_of).collect::<Option<Vec<_>>>()?;
            Some(entries.into_iter().flatten().collect())
        });
        let fields = item.as_object();
        // Without `ports` it is not known which ones it means; everything else is refused.
        if entries.is_none() && fields.is_none_or(|fields| has_items(fields, "ports")) {
            self.doubt();
        }
        PortRule {
            is_unreadable: entries.is_none(),
            entries: entries.unwrap_or_default(),
            is_filtered: fields.is_none_or(is_filtered),
        }
    }
}

fn has_fields(icmp: &Value) -> bool {
    icmp.as_object().is_some_and(|fields| has_items(fields, "fields"))
}

fn has_items(fields: &Fields, name: &str) -> bool {
    field(fields, name).is_some_and(|value| value.as_array().is_none_or(|list| !list.is_empty()))
}

/// Whether what goes through is looked into.
fn is_filtered(fields: &Fields) -> bool {
    let is_unknown = fields.keys().any(|name| !PORT_RULE.contains(&name.as_str()));
    let is_set = |name: &&str| match *name {
        "ports" => false,
        "rules" => field(fields, "rules").is_some_and(filters),
        name => field(fields, name).is_some_and(|value| value != &Value::Array(Vec::new())),
    };
    is_unknown || PORT_RULE.iter().any(is_set)
}

/// Whether `rules` filter anything: not when there are none (`L7Rules.IsEmpty`), nor when they are about DNS and every name
/// may be asked for.
fn filters(rules: &Value) -> bool {
    let Some(kinds) = rules.as_object() else { return true };
    let mut kinds = kinds.iter().filter(|(_, list)| !list.is_null());
    let lets_all_through = |list: &Value| {
        let names = list.as_array().into_iter().flatten();
        names.filter_map(Value::as_object).any(|name| {
            name.len() == 1 && name.get("matchPattern").and_then(Value::as_str) == Some("*")
        })
    };
    kinds.any(|(kind, list)| kind != "dns" || !lets_all_through(list))
}

/// One entry of `ports`, once for each protocol; `None` when Cilium refuses it (`PortProtocol.Validate`).
fn entries_of(entry: &Value) -> Option<Vec<PortMatch>> {
    let fields = entry.as_object()?;
    let protocols = match field(fields, "protocol") {
        None => Protocol::ALL.to_vec(),
        Some(protocol) => match protocol.as_str()?.to_uppercase().as_str() {
            "" | "ANY" => Protocol::ALL.to_vec(),
            name if WITHOUT_PORTS.contains(&name) => Vec::new(),
            name => vec![Protocol::named(name)?],
        },
    };
    let end = match field(fields, "endPort") {
        None => 0,
        Some(end) => u16::try_from(end.as_u64()?).ok()?,
    };
    let port = match field(fields, "port") {
        None => return protocols.is_empty().then(Vec::new),
        Some(port) => port.as_str()?,
    };
    let of = |protocol: Protocol| match read(port)? {
        Port::Name(name) if end == 0 => Some(PortMatch::Name(protocol, name)),
        Port::Number(0) if end == 0 => Some(PortMatch::All(protocol)),
        Port::Number(first) if first != 0 && (end == 0 || end >= first) => {
            Some(PortMatch::Range(protocol, first, end.max(first)))
        }
        Port::Name(_) | Port::Number(_) => Some(PortMatch::Unreadable),
    };
    protocols.into_iter().map(of).collect()
}

enum Port {
    Name(String),
    Number(u16),
}

/// A number, or a name in lower case. A number that begins with 0 is an octal one for Cilium: nobody means that.
fn read(text: &str) -> Option<Port> {
    if text == "0" {
        return Some(Port::Number(0));
    }
    if text.starts_with(|first: char| first.is_ascii_digit() && first != '0')
        && let Ok(number) = text.parse()
    {
        return Some(Port::Number(number));
    }
    let name = text.to_lowercase();
    is_port_name(&name).then_some(Port::Name(name))
}
