//! How the three kinds are read from any serde format. What has the right type and makes no sense becomes a part that says so.

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::netpol::wire::map::Map;
use crate::netpol::{Action, Block, PortMatch, Ports, Protocol, Selector, cidr};

use super::{ClusterPods, Form, Tier, TieredPeer, TieredRule, TieredSpec};

type List<T> = Option<Vec<Option<Map<T>>>>;

#[derive(Deserialize)]
struct Spec {
    tier: Option<String>,
    priority: Option<i64>,
    subject: Option<Map<Peer>>,
    ingress: List<Rule>,
    egress: List<Rule>,
}

#[derive(Default, Deserialize)]
struct Rule {
    name: Option<String>,
    action: Option<String>,
    from: List<Peer>,
    to: List<Peer>,
    ports: List<Port>,
    protocols: List<ProtocolPort>,
}

/// A peer, or a subject, which has the first two fields alone.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Peer {
    namespaces: Option<Selector>,
    pods: Option<Map<Pods>>,
    nodes: Option<Selector>,
    networks: Option<Vec<Option<String>>>,
    domain_names: Option<Vec<Option<String>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pods {
    namespace_selector: Option<Selector>,
    pod_selector: Option<Selector>,
}

/// v1alpha1.
#[derive(Default, Deserialize)]
struct Port {
    #[serde(rename = "portNumber")]
    number: Option<Map<Number>>,
    #[serde(rename = "portRange")]
    range: Option<Map<Range>>,
    #[serde(rename = "namedPort")]
    name: Option<String>,
}

#[derive(Deserialize)]
struct Number {
    protocol: Option<String>,
    port: Option<i64>,
}

#[derive(Deserialize)]
struct Range {
    protocol: Option<String>,
    start: Option<i64>,
    end: Option<i64>,
}

/// v1alpha2.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProtocolPort {
    tcp: Option<Map<OfProtocol>>,
    udp: Option<Map<OfProtocol>>,
    sctp: Option<Map<OfProtocol>>,
    destination_named_port: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfProtocol {
    destination_port: Option<Map<DestinationPort>>,
}

#[derive(Deserialize)]
struct DestinationPort {
    number: Option<i64>,
    range: Option<Map<Range>>,
}

impl TieredSpec {
    /// Reads the `spec` of a policy that is written in `form`.
    ///
    /// Errors are those of the format, and a tier that nobody knows: in which order it would decide cannot be told.
    pub fn read<'de, D: Deserializer<'de>>(form: Form, deserializer: D) -> Result<Self, D::Error> {
        let Map(spec) = Map::<Spec>::deserialize(deserializer)?;
        spec.read(form).map_err(D::Error::custom)
    }
}

impl Spec {
    fn read(self, form: Form) -> Result<TieredSpec, String> {
        let tier = match (form, self.tier.as_deref()) {
            (Form::Admin, _) | (Form::Cluster, Some("Admin")) => Tier::Admin,
            (Form::Baseline, _) | (Form::Cluster, Some("Baseline")) => Tier::Baseline,
            (Form::Cluster, Some(other)) => {
                return Err(format!("`{other}` is no tier; write Admin or Baseline"));
            }
            (Form::Cluster, None) => {
                return Err("tier is missing: write Admin or Baseline".to_owned());
            }
        };
        let rules = |list: List<Rule>| items(list).map(|rule| rule.read(form)).collect();
        Ok(TieredSpec {
            tier,
            priority: self.priority.filter(|_| form != Form::Baseline).unwrap_or_default(),
            subject: self.subject.and_then(|Map(subject)| subject.read().into_pods()),
            ingress: rules(self.ingress),
            egress: rules(self.egress),
        })
    }
}

/// A null item is what Go decodes it to: one without any field.
fn items<T: Default>(list: List<T>) -> impl Iterator<Item = T> {
    let item = |item: Option<Map<T>>| item.map_or_else(T::default, |Map(item)| item);
    list.unwrap_or_default().into_iter().map(item)
}

impl Rule {
    fn read(self, form: Form) -> TieredRule {
        let action = match (self.action.as_deref(), form) {
            (Some("Accept"), Form::Cluster) | (Some("Allow"), Form::Admin | Form::Baseline) => {
                Some(Action::Accept)
            }
            (Some("Deny"), _) => Some(Action::Deny),
            (Some("Pass"), Form::Cluster | Form::Admin) => Some(Action::Pass),
            _ => None,
        };
        let mut peers: Vec<TieredPeer> = items(self.from.or(self.to)).map(Peer::read).collect();
        if peers.is_empty() {
            peers.push(TieredPeer::Unreadable);
        }
        let ports: Vec<PortMatch> = match form {
            Form::Cluster => items(self.protocols).flat_map(ProtocolPort::read).collect(),
            Form::Admin | Form::Baseline => items(self.ports).flat_map(Port::read).collect(),
        };
        let ports = if ports.is_empty() { Ports::Any } else { Ports::Some(ports) };
        TieredRule { name: self.name.unwrap_or_default(), action, peers, ports }
    }
}

impl Peer {
    fn read(self) -> TieredPeer {
        let Self { namespaces, pods, nodes, networks, domain_names } = self;
        match (namespaces, pods, nodes, networks, domain_names) {
            (Some(namespaces), None, None, None, None) => {
                TieredPeer::Pods(ClusterPods { namespaces, pods: Selector::default() })
            }
            (None, Some(Map(pods)), None, None, None) => TieredPeer::Pods(ClusterPods {
                namespaces: pods.namespace_selector.unwrap_or_default(),
                pods: pods.pod_selector.unwrap_or_default(),
            }),
            (None, None, Some(_), None, None) => TieredPeer::Nodes,
            (None, None, None, Some(networks), None) => blocks(networks),
            (None, None, None, None, Some(_)) => TieredPeer::Domains,
            _ => TieredPeer::Unreadable,
        }
    }
}

impl TieredPeer {
    fn into_pods(self) -> Option<ClusterPods> {
        match self {
            Self::Pods(pods) => Some(pods),
            _ => None,
        }
    }
}

/// Without one of the ranges a deny would deny less than its author wrote.
fn blocks(networks: Vec<Option<String>>) -> TieredPeer {
    let block =
        |text: Option<String>| Some(Block { cidr: cidr::parse(&text?)?, except: Vec::new() });
    let blocks: Option<Vec<Block>> = networks.into_iter().map(block).collect();
    blocks.filter(|blocks| !blocks.is_empty()).map_or(TieredPeer::Unreadable, TieredPeer::Networks)
}

fn named(name: &str) -> Vec<PortMatch> {
    Protocol::ALL.map(|protocol| PortMatch::Name(protocol, name.to_owned())).to_vec()
}

fn range(protocol: Protocol, first: Option<i64>, last: Option<i64>) -> PortMatch {
    let port = |number: Option<i64>| u16::try_from(number?).ok().filter(|port| *port != 0);
    match (port(first), port(last)) {
        (Some(first), Some(last)) if first <= last => PortMatch::Range(protocol, first, last),
        _ => PortMatch::Unreadable,
    }
}

impl Port {
    fn read(self) -> Vec<PortMatch> {
        let protocol =
            |name: Option<String>| name.map_or(Some(Protocol::Tcp), |name| Protocol::named(&name));
        match (self.number, self.range, self.name) {
            (Some(Map(Number { protocol: name, port })), None, None) => {
                vec![protocol(name).map_or(PortMatch::Unreadable, |of| range(of, port, port))]
            }
            (None, Some(Map(Range { protocol: name, start, end })), None) => {
                vec![protocol(name).map_or(PortMatch::Unreadable, |of| range(of, start, end))]
            }
            (None, None, Some(name)) => named(&name),
            _ => vec![PortMatch::Unreadable],
        }
    }
}

impl ProtocolPort {
    fn read(self) -> Vec<PortMatch> {
        let of =
            [(Protocol::Tcp, self.tcp), (Protocol::Udp, self.udp), (Protocol::Sctp, self.sctp)];
        let mut found: Vec<PortMatch> = of
            .into_iter()
            .filter_map(|(protocol, of)| of.map(|Map(of)| of.read(protocol)))
            .collect();
        found.extend(self.destination_named_port.iter().flat_map(|name| named(name)));
        if found.is_empty() { vec![PortMatch::Unreadable] } else { found }
    }
}

impl OfProtocol {
    fn read(self, protocol: Protocol) -> PortMatch {
        match self.destination_port {
            None => PortMatch::All(protocol),
            Some(Map(DestinationPort { number: Some(number), range: None })) => {
                range(protocol, Some(number), Some(number))
            }
            Some(Map(DestinationPort {
                number: None,
                range: Some(Map(Range { start, end, .. })),
            })) => range(protocol, start, end),
            Some(_) => PortMatch::Unreadable,
        }
    }
}
