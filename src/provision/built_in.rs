//! The built-in templates: what they allow in this cluster.

use serde_json::{Value, json};

use crate::facts::{Client, dns, ingress_controllers, monitoring};
use crate::model::{BuiltIn, Settings, World};
use crate::netpol::{Direction, PolicyTypes};
use crate::rules::{allowing_dns, nodes, peers};

use super::left_out::Reason;
use super::manifest::spec;

/// What a built-in template comes to.
#[derive(Default)]
pub(super) struct Built {
    /// The `spec`, when there is something to allow.
    pub(super) spec: Option<Value>,
    /// What is missing in it, or why there is none.
    pub(super) reasons: Vec<Reason>,
}

/// The template in the namespace `home`, whose default-deny closes `closed`.
pub(super) fn build(
    template: BuiltIn,
    home: &str,
    closed: PolicyTypes,
    world: &World,
    settings: &Settings,
) -> Built {
    match template {
        BuiltIn::AllowDns => allow_dns(closed, world, settings),
        BuiltIn::AllowFromIngressController => {
            let none = "no ingress controller or gateway is known";
            let clients = ingress_controllers(world, settings);
            allow_from(&clients, none, &json!({}), home, closed, world, settings)
        }
        BuiltIn::AllowMonitoring => {
            let clients = monitoring(world, settings);
            let tcp = json!({"ports": [{"protocol": "TCP"}]});
            allow_from(&clients, "no Prometheus is known", &tcp, home, closed, world, settings)
        }
        BuiltIn::AllowSameNamespace => {
            let peer = json!([{"podSelector": {}}]);
            let (ingress, egress) = (json!({"from": peer}), json!({"to": peer}));
            let spec = spec(&json!({}), closed, vec![ingress], vec![egress]);
            Built { spec: Some(spec), ..Built::default() }
        }
    }
}

fn allow_dns(closed: PolicyTypes, world: &World, settings: &Settings) -> Built {
    if !closed.egress {
        return Reason::NotClosed(Direction::Egress).into();
    }
    let Some(dns) = dns(world, settings) else {
        return Reason::Unknown("where DNS answers is not known").into();
    };
    let rules = allowing_dns(&dns.servers, &dns.node_cache);
    if rules.is_empty() {
        return Reason::NoSelector("the DNS servers".to_owned()).into();
    }
    let egress_only = PolicyTypes { ingress: false, egress: true };
    let spec = spec(&json!({}), egress_only, Vec::new(), rules);
    Built { spec: Some(spec), ..Built::default() }
}

/// What lets `clients` in to every pod of `home`, by a rule like `rule`.
fn allow_from(
    clients: &[Client],
    none: &'static str,
    rule: &Value,
    home: &str,
    closed: PolicyTypes,
    world: &World,
    settings: &Settings,
) -> Built {
    if !closed.ingress {
        return Reason::NotClosed(Direction::Ingress).into();
    }
    if clients.is_empty() {
        return Reason::Unknown(none).into();
    }
    let nodes = nodes(world, settings);
    let (mut from, mut reasons): (Vec<Value>, Vec<Reason>) = (Vec::new(), Vec::new());
    for client in clients {
        match peers(client, nodes.as_ref(), home).filter(|peers| peers.iter().all(is_telling)) {
            Some(peers) => {
                let new: Vec<Value> = peers.into_iter().filter(|it| !from.contains(it)).collect();
                from.extend(new);
            }
            None => reasons.push(Reason::NoSelector(client.name.clone())),
        }
    }
    let ingress_only = PolicyTypes { ingress: true, egress: false };
    let spec = (!from.is_empty()).then(|| {
        let mut rule = rule.clone();
        rule["from"] = json!(from);
        spec(&json!({}), ingress_only, vec![rule], Vec::new())
    });
    Built { spec, reasons }
}

/// Whether a peer names addresses or pods by labels: pods that nothing tells from others would stand for a whole namespace.
fn is_telling(peer: &Value) -> bool {
    peer.get("ipBlock").is_some() || peer.pointer("/podSelector/matchLabels").is_some()
}

impl From<Reason> for Built {
    fn from(reason: Reason) -> Self {
        Self { spec: None, reasons: vec![reason] }
    }
}
