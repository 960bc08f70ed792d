//! `egress-without-dns`: a whitelist for egress that forgets DNS.

use serde_json::{Value, json};

use crate::facts::{Dns, DnsServer, dns};
use crate::model::{
    Check, Depends, DnsPort, Fix, Problem, Rule, RuleLevel, Scope, labels_shown, three_of,
};
use crate::netpol::{
    AllowSet, Answer, Destination, Direction, Labels, Peer, Peers, Pods, Protocol, Requirement,
    Search, Selector, search,
};
use crate::object::{DnsPolicy, Policy};

use super::egress::{Reach, allowed, allows_something, answers_for, selected};
use super::remedy::egress_policy;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "egress-without-dns",
    level: RuleLevel::Warn,
    summary: "an egress whitelist lets its pods reach something, but not the cluster's DNS on UDP and TCP",
    page: include_str!("egress_without_dns.md"),
    depends: Depends::Others,
    check: Check::Policy(check),
};

pub(super) fn check(policy: &Policy, scope: &Scope<'_>) -> Vec<Problem> {
    if !allows_something(policy, scope) {
        return Vec::new();
    }
    let Some(dns) = dns(scope.world, scope.settings) else { return Vec::new() };
    let pods = selected(policy, scope);
    let mut gaps = Vec::new();
    let mut names = Vec::new();
    for workload in &pods {
        let labels = &workload.template.labels;
        let asks = workload.template.dns_policy == DnsPolicy::ClusterFirst;
        if asks
            && answers_for(policy, labels, scope)
            && let Some(gap) = Gap::of(&allowed(labels, scope), &dns)
        {
            names.push(format!("{}/{}", workload.kind, workload.meta.display_name()));
            gaps.push(gap);
        }
    }
    if pods.is_empty()
        && scope.focus().is_none()
        && let Some((labels, gap)) = of_possible_pods(policy, scope, &dns)
    {
        names.push(format!("a pod with {}", labels_shown(&labels)));
        gaps.push(gap);
    }
    let Some(gap) = gaps.into_iter().reduce(Gap::and) else { return Vec::new() };
    let message =
        format!("NetworkPolicy {}: {}", policy.meta.name, gap.told(&three_of(&names), &dns));
    let level = if gap.literal { RuleLevel::Audit } else { RuleLevel::Deny };
    vec![
        Problem::new(message)
            .at("/spec/egress")
            .direction(Direction::Egress)
            .at_most(level)
            .fix(fix(policy, scope, &dns)),
    ]
}

/// No workload tells: labels of a pod that the policy selects and that nothing else helps to DNS.
fn of_possible_pods(policy: &Policy, scope: &Scope<'_>, dns: &Dns) -> Option<(Labels, Gap)> {
    let own = policy.spec.rules(Direction::Egress);
    let helps = |other: &&Policy| {
        let rules = own.iter().chain(other.spec.rules(Direction::Egress)).collect();
        let namespace = scope.namespace.name.as_str();
        Gap::of(&AllowSet { namespace, direction: Direction::Egress, rules }, dns).is_none()
    };
    let helpers: Vec<&Selector> = scope
        .policies()
        .filter(|other| other.spec.types.egress)
        .filter(helps)
        .map(|other| &other.spec.selector)
        .collect();
    let Search::Found(labels) = search(&policy.spec.selector, &helpers) else { return None };
    let gap = Gap::of(&allowed(&labels, scope), dns)?;
    Some((labels, gap))
}

/// What is missing between some pods and DNS.
#[derive(Clone, Copy, Debug)]
struct Gap {
    udp: Reach,
    tcp: Reach,
    /// Only single addresses are allowed: perhaps no name is ever asked for.
    literal: bool,
    /// The address of the DNS Service is allowed.
    service: bool,
}

impl Gap {
    fn of(allowed: &AllowSet<'_>, dns: &Dns) -> Option<Self> {
        let (udp, tcp) = (reach(allowed, dns, Protocol::Udp), reach(allowed, dns, Protocol::Tcp));
        (udp.min(tcp) < Reach::All).then(|| Self {
            udp,
            tcp,
            literal: is_literal(allowed, dns),
            service: admits_service(allowed, dns),
        })
    }

    /// The gap of both: what either lacks.
    fn and(self, other: Self) -> Self {
        Self {
            udp: self.udp.min(other.udp),
            tcp: self.tcp.min(other.tcp),
            literal: self.literal && other.literal,
            service: self.service && other.service,
        }
    }

    fn told(self, who: &str, dns: &Dns) -> String {
        let place = place(dns);
        match (self.udp, self.tcp) {
            _ if self.literal => format!(
                "{who} can reach single addresses only and no DNS; if it uses host names, allow UDP and TCP to {place}"
            ),
            (Reach::None, Reach::None) if self.service => format!(
                "{who} cannot resolve names: the ipBlock holds the address of the DNS Service, which is translated to a \
                 pod's before most network plugins judge; allow UDP and TCP to {place} (where the plugin judges \
                 before, as on AWS, keep both)"
            ),
            (Reach::None, Reach::None) => {
                format!(
                    "{who} cannot resolve names: neither UDP nor TCP to {place} is allowed; allow both"
                )
            }
            (Reach::None, _) => format!(
                "{who} cannot resolve names: DNS over UDP is not allowed (`protocol` is TCP when left out); allow UDP \
                 and TCP to {place}"
            ),
            (Reach::All, Reach::None) => format!(
                "{who} cannot resolve long answers: DNS over TCP is not allowed, and truncated answers are asked for \
                 again over TCP; allow TCP to {place}"
            ),
            _ => format!(
                "{who} cannot always resolve names: only some of the DNS servers are allowed; allow UDP and TCP to {place}"
            ),
        }
    }
}

fn reach(allowed: &AllowSet<'_>, dns: &Dns, protocol: Protocol) -> Reach {
    Reach::of(dns.servers.iter().flat_map(|server| {
        let ports = server.ports.iter().filter(move |port| port.protocol == protocol);
        ports.map(|port| answer(allowed, server, port))
    }))
}

fn answer(allowed: &AllowSet<'_>, server: &DnsServer, port: &DnsPort) -> Answer {
    let answer = allowed.admits(&server.destination(port), port.protocol, port.port);
    match answer {
        Answer::No if server.may_have_more_labels && asks_for_more(allowed, server) => {
            Answer::Unknown
        }
        answer => answer,
    }
}

/// Whether a peer selects pods of the server's namespace by a label of which nobody knows whether the server has it.
fn asks_for_more(allowed: &AllowSet<'_>, server: &DnsServer) -> bool {
    let is_unknown = |requirement: &Requirement| {
        server.labels.as_ref().is_none_or(|labels| labels.value(&requirement.key).is_none())
    };
    peers(allowed).any(|peer| match peer {
        Peer::Pods(Pods { namespaces, pods: Some(selector) }) => {
            let is_there = match namespaces {
                None => allowed.namespace == server.namespace,
                Some(namespaces) => namespaces.matches(&server.namespace_labels),
            };
            is_there && selector.requirements.iter().any(is_unknown)
        }
        _ => false,
    })
}

/// Only single addresses are allowed, none of them that of the DNS Service.
fn is_literal(allowed: &AllowSet<'_>, dns: &Dns) -> bool {
    let is_single = |peer: &Peer| match peer {
        Peer::Block(block) => {
            block.cidr.prefix_len() == block.cidr.max_prefix_len()
                && !dns.service.contains(&block.cidr.addr())
        }
        _ => false,
    };
    let is_anyone = |rule: &&crate::netpol::Rule| rule.peers == Peers::Any;
    !allowed.rules.iter().any(is_anyone) && peers(allowed).all(is_single)
}

fn peers<'a>(allowed: &'a AllowSet<'_>) -> impl Iterator<Item = &'a Peer> {
    allowed.rules.iter().flat_map(|rule| match &rule.peers {
        Peers::Any => &[][..],
        Peers::Some(peers) => peers,
    })
}

fn admits_service(allowed: &AllowSet<'_>, dns: &Dns) -> bool {
    dns.service.iter().any(|address| {
        let addresses = [*address];
        let service = Destination { pod: None, addresses: &addresses, port_name: None };
        [Protocol::Udp, Protocol::Tcp]
            .into_iter()
            .any(|protocol| allowed.admits(&service, protocol, 53) == Answer::Yes)
    })
}

/// Where DNS is, in words: port, labels and namespace of its servers.
fn place(dns: &Dns) -> String {
    let mut places: Vec<String> = Vec::new();
    for server in &dns.servers {
        let port = server.ports.first().map_or(53, |port| port.port);
        let place = match (&server.labels, server.addresses.first()) {
            (None, Some(address)) => format!("port {port} of {address}"),
            _ => format!("port {port} of pods {} in {}", server.selector, server.namespace),
        };
        if !places.contains(&place) {
            places.push(place);
        }
    }
    three_of(&places)
}

fn fix(policy: &Policy, scope: &Scope<'_>, dns: &Dns) -> Option<Fix> {
    let mut egress: Vec<Value> = Vec::new();
    for server in &dns.servers {
        let peers = match &server.labels {
            Some(_) => vec![json!({
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": server.namespace}},
                "podSelector": {"matchLabels": server.selector},
            })],
            None => server.addresses.iter().map(|address| host(*address)).collect(),
        };
        let port = |port: &DnsPort| json!({"protocol": port.protocol, "port": port.port});
        let rule = json!({"to": peers, "ports": server.ports.iter().map(port).collect::<Vec<_>>()});
        if !peers.is_empty() && !egress.contains(&rule) {
            egress.push(rule);
        }
    }
    (!egress.is_empty()).then(|| egress_policy("allow-dns", policy, &egress, scope))
}

fn host(address: std::net::IpAddr) -> Value {
    json!({"ipBlock": {"cidr": ipnet::IpNet::from(address).to_string()}})
}
