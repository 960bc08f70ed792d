//! Rules: who, on which ports.

use serde::Deserialize;

use super::map::Map;
use super::null::WithPeers;
use super::{peer, port};
use crate::netpol::{Peer, Peers, PortMatch, Ports, Rule};

#[derive(Default, Deserialize)]
pub(super) struct Ingress {
    from: Option<Vec<Option<Map<peer::Wire>>>>,
    ports: Option<Vec<Option<Map<port::Wire>>>>,
}

#[derive(Default, Deserialize)]
pub(super) struct Egress {
    to: Option<Vec<Option<Map<peer::Wire>>>>,
    ports: Option<Vec<Option<Map<port::Wire>>>>,
}

/// A missing list has no rules; a null item is what Go decodes it to, the empty rule.
pub(super) fn rules<T: Default + Into<Rule>>(list: Option<Vec<Option<Map<T>>>>) -> Vec<Rule> {
    items(list)
}

fn items<T: Default + Into<U>, U>(list: Option<Vec<Option<Map<T>>>>) -> Vec<U> {
    let item = |item: Option<Map<T>>| item.map_or_else(T::default, |Map(item)| item).into();
    list.unwrap_or_default().into_iter().map(item).collect()
}

fn peers(peers: Vec<Peer>) -> Peers {
    if peers.is_empty() { Peers::Any } else { Peers::Some(peers) }
}

fn ports(ports: Vec<PortMatch>) -> Ports {
    if ports.is_empty() { Ports::Any } else { Ports::Some(ports) }
}

impl From<Ingress> for Rule {
    fn from(wire: Ingress) -> Self {
        Self { peers: peers(items(wire.from)), ports: ports(items(wire.ports)) }
    }
}

impl From<Egress> for Rule {
    fn from(wire: Egress) -> Self {
        Self { peers: peers(items(wire.to)), ports: ports(items(wire.ports)) }
    }
}

impl WithPeers for Ingress {
    fn peers(&self) -> &[Option<Map<peer::Wire>>] {
        self.from.as_deref().unwrap_or_default()
    }
}

impl WithPeers for Egress {
    fn peers(&self) -> &[Option<Map<peer::Wire>>] {
        self.to.as_deref().unwrap_or_default()
    }
}
