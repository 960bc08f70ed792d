//! Peers: a block, or pods by selectors.

use serde::Deserialize;

use super::block;
use super::map::Map;
use super::{Written, written};
use crate::netpol::{Peer, PeerSelector, Pods, Selector};

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Wire {
    ip_block: Option<Map<block::Wire>>,
    #[serde(default, deserialize_with = "written")]
    namespace_selector: Option<Written<Selector>>,
    #[serde(default, deserialize_with = "written")]
    pod_selector: Option<Written<Selector>>,
}

impl Wire {
    /// The selector that was written as null beside the other one. Null alone is no peer at all.
    pub(super) fn null(&self) -> Option<PeerSelector> {
        match (&self.namespace_selector, &self.pod_selector) {
            (Some(Written(None)), Some(Written(Some(_)))) => Some(PeerSelector::Namespaces),
            (Some(Written(Some(_))), Some(Written(None))) => Some(PeerSelector::Pods),
            _ => None,
        }
    }
}

impl From<Wire> for Peer {
    fn from(wire: Wire) -> Self {
        let selector = |written: Option<Written<Selector>>| written.and_then(|Written(it)| it);
        let selectors = (selector(wire.namespace_selector), selector(wire.pod_selector));
        match (wire.ip_block, selectors.0, selectors.1) {
            (Some(Map(block)), None, None) => block.read().map_or(Self::Unreadable, Self::Block),
            // The API server refuses a block beside selectors and a peer without any field.
            (Some(_), _, _) | (None, None, None) => Self::Unreadable,
            (None, namespaces, pods) => Self::Pods(Pods { namespaces, pods }),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::netpol::{Block, Peer, Peers, Pods, PolicySpec, Selector};

    fn peer(value: &Value) -> Peer {
        let policy: PolicySpec =
            serde_json::from_value(json!({"ingress": [{"from": [value]}]})).unwrap();
        match &policy.ingress[0].peers {
            Peers::Some(peers) => peers[0].clone(),
            Peers::Any => panic!("{value} is not everyone"),
        }
    }

    #[test]
    fn null_and_empty_selectors_differ() {
        let all = || Some(Selector::default());
        for (value, namespaces, pods) in [
            (json!({"podSelector": {}}), None, all()),
            (json!({"namespaceSelector": {}}), all(), None),
            (json!({"namespaceSelector": {}, "podSelector": {}}), all(), all()),
            (json!({"namespaceSelector": null, "podSelector": {}}), None, all()),
            (json!({"ipBlock": null, "namespaceSelector": {}, "podSelector": null}), all(), None),
        ] {
            assert_eq!(peer(&value), Peer::Pods(Pods { namespaces, pods }), "{value}");
        }
    }

    #[test]
    fn what_names_nobody_is_unreadable() {
        for value in [
            json!({}),
            json!(null),
            json!({"podSelector": null}),
            json!({"podSelectors": {}}),
            json!({"ipBlock": {}}),
            json!({"ipBlock": {"cidr": null}}),
            json!({"ipBlock": {"cidr": "everyone"}}),
            json!({"ipBlock": {"cidr": "10.0.0.0/8"}, "podSelector": {}}),
            json!({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.0.0.0/8", "oops"]}}),
            json!({"ipBlock": {"cidr": "10.0.0.0/8", "except": [null]}}),
        ] {
            assert_eq!(peer(&value), Peer::Unreadable, "{value}");
        }
    }

    #[test]
    fn blocks_are_masked() {
        let value = json!({"ipBlock": {"cidr": "10.0.0.5/8", "except": ["010.1.0.0/16"]}});
        let block = Block {
            cidr: "10.0.0.0/8".parse().unwrap(),
            except: vec!["10.1.0.0/16".parse().unwrap()],
        };
        assert_eq!(peer(&value), Peer::Block(block));
    }
}
