//! Peers of rules.

use serde_json::Value;

use super::{Fields, Reading, field};
use crate::netpol::Direction;
use crate::netpol::cilium::entity::Entity;
use crate::netpol::cilium::peer::{Peer, Peers};
use crate::netpol::cilium::port::Ports;
use crate::netpol::cilium::selector::EndpointSelector;

/// What a rule may say beside its peers.
const BESIDE: [&str; 3] = ["authentication", "icmps", "toPorts"];

/// The lists of peers, and whether an empty one matches nobody (`mergeEndpointSelectors`); otherwise it is like missing.
const INGRESS: [(&str, bool); 6] = [
    ("fromCIDR", true),
    ("fromCIDRSet", true),
    ("fromEndpoints", true),
    ("fromEntities", true),
    ("fromGroups", false),
    ("fromNodes", true),
];
const EGRESS: [(&str, bool); 8] = [
    ("toCIDR", true),
    ("toCIDRSet", true),
    ("toEndpoints", true),
    ("toEntities", true),
    ("toFQDNs", false),
    ("toGroups", false),
    ("toNodes", true),
    ("toServices", false),
];

impl Reading {
    /// The peers of a rule. Several kinds of them in one rule are refused.
    pub(super) fn peers(&mut self, fields: &Fields, direction: Direction, ports: &Ports) -> Peers {
        let (lists, required) = match direction {
            Direction::Ingress => (&INGRESS[..], "fromRequires"),
            Direction::Egress => (&EGRESS[..], "toRequires"),
        };
        let mut is_nobody = false;
        let mut kinds = 0;
        let mut peers = Vec::new();
        for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
            let name = name.as_str();
            if name == required || BESIDE.contains(&name) {
                continue;
            }
            let Some((_, empty_is_nobody)) = lists.iter().find(|(list, _)| *list == name) else {
                // Misspelt, and then it counts as missing; or newer than this, and then it may say anything.
                self.doubt();
                peers.push(Peer::Unknown);
                continue;
            };
            match value {
                Value::Array(items) if items.is_empty() => is_nobody |= empty_is_nobody,
                Value::Array(items) => {
                    kinds += 1;
                    peers.extend(items.iter().map(|item| self.peer(name, item)));
                }
                _ => {
                    self.doubt();
                    peers.push(Peer::Unknown);
                }
            }
        }
        if kinds > 1 {
            self.doubt();
        }
        if is_nobody {
            Peers::Nobody
        } else if !peers.is_empty() {
            Peers::Listed(peers)
        } else if *ports == Ports::Any {
            Peers::Nobody
        } else {
            Peers::Everyone
        }
    }

    fn peer(&mut self, list: &str, item: &Value) -> Peer {
        match list {
            "fromEndpoints" | "toEndpoints" => Peer::Endpoints(self.selector(item)),
            "fromCIDR" | "toCIDR" => self.cidr(item),
            "fromCIDRSet" | "toCIDRSet" => self.cidr_set(item),
            "fromEntities" | "toEntities" => {
                let entity = item.as_str().and_then(Entity::named);
                if entity.is_none() {
                    self.doubt();
                }
                entity.map_or(Peer::Unknown, Peer::Entity)
            }
            // Refused unless `enable-node-selector-labels` is set.
            "fromNodes" | "toNodes" => {
                self.doubt();
                Peer::Nodes
            }
            "fromGroups" | "toGroups" | "toFQDNs" => Peer::Outside,
            _ => Peer::Unknown,
        }
    }

    /// `fromRequires` or `toRequires`.
    pub(super) fn requires(
        &mut self,
        fields: &Fields,
        direction: Direction,
    ) -> Vec<EndpointSelector> {
        let name = match direction {
            Direction::Ingress => "fromRequires",
            Direction::Egress => "toRequires",
        };
        match field(fields, name) {
            None => Vec::new(),
            Some(Value::Array(items)) => items.iter().map(|item| self.selector(item)).collect(),
            Some(_) => {
                self.doubt();
                vec![EndpointSelector::Unreadable]
            }
        }
    }
}
