//! Rules: an action, and what it is about.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Notes;
use super::entity::WireEntity;
use super::protocol::{self, WireProtocol};
use crate::netpol::Family;
use crate::netpol::calico::{Protocols, Rule, RuleAction, RuleProtocol};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct WireRule {
    action: Option<String>,
    protocol: Option<WireProtocol>,
    not_protocol: Option<WireProtocol>,
    #[serde(rename = "ipVersion")]
    ip_version: Option<i64>,
    source: Option<WireEntity>,
    destination: Option<WireEntity>,
    icmp: Option<IgnoredAny>,
    #[serde(rename = "notICMP")]
    not_icmp: Option<IgnoredAny>,
    http: Option<IgnoredAny>,
}

impl WireRule {
    pub(super) fn read(self, field: &str, notes: &mut Notes) -> Rule {
        let action = action(self.action.as_deref());
        if action == RuleAction::Unknown {
            notes.add(format!("{field}.action"), "an action is Allow, Deny, Log or Pass");
        }
        let protocols = Protocols {
            only: protocol::read(&format!("{field}.protocol"), self.protocol.as_ref(), notes),
            except: protocol::read(
                &format!("{field}.notProtocol"),
                self.not_protocol.as_ref(),
                notes,
            ),
        };
        let family = match self.ip_version {
            None => Ok(None),
            Some(4) => Ok(Some(Family::V4)),
            Some(6) => Ok(Some(Family::V6)),
            Some(_) => Err(()),
        };
        if family.is_err() {
            notes.add(format!("{field}.ipVersion"), "an IP version is 4 or 6");
        }
        let mut side = |name: &str, entity: Option<WireEntity>| {
            entity.unwrap_or_default().read(&format!("{field}.{name}"), notes)
        };
        let (source, is_source_narrowed) = side("source", self.source);
        let (destination, is_destination_narrowed) = side("destination", self.destination);
        // Ports count for a protocol that has some (the API refuses others); which ones connections come from is not known.
        let has_ports = !destination.ports.is_empty() || !destination.not_ports.is_empty();
        let narrowed = is_source_narrowed
            || is_destination_narrowed
            || family.is_err()
            || !source.ports.is_empty()
            || !source.not_ports.is_empty()
            || has_ports && !matches!(protocols.only, Some(RuleProtocol::One(_)))
            || self.icmp.is_some()
            || self.not_icmp.is_some()
            || self.http.is_some();
        let family = family.unwrap_or_default();
        Rule { action, protocols, family, source, destination, narrowed }
    }
}

/// Felix does not mind upper and lower case.
fn action(written: Option<&str>) -> RuleAction {
    match written.unwrap_or_default().to_ascii_lowercase().as_str() {
        "allow" => RuleAction::Allow,
        "deny" => RuleAction::Deny,
        "log" => RuleAction::Log,
        "pass" => RuleAction::Pass,
        _ => RuleAction::Unknown,
    }
}
