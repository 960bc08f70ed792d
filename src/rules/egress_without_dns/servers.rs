//! Which of the cluster's DNS servers pods reach.

use std::net::IpAddr;
use std::sync::LazyLock;

use crate::facts::{Dnat, Dns, DnsServer};
use crate::model::DnsPort;
use crate::netpol::{
    Answer, ContainerPort, End, Labels, Peers, PodEnd, Pods, PortMatch, Protocol, Rule, Selector,
};

use super::super::egress::{Reach, Way};
use super::super::known::matches_with_more;
use super::cluster::Cluster;
use super::nameservers::PORT;

/// What nobody's labels are.
static NO_LABELS: LazyLock<Labels> = LazyLock::new(Labels::default);

/// The question whether pods reach the servers.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) way: &'a Way<'a>,
    pub(super) cluster: &'a Cluster,
    pub(super) dns: &'a Dns,
    /// When the plugin judges.
    pub(super) dnat: Option<Dnat>,
    /// What a namespace may have of labels, it has.
    pub(super) trusts_labels: bool,
}

impl Question<'_> {
    /// How many of the servers are reached over UDP, and over TCP.
    pub(super) fn reach(self) -> [Reach; 2] {
        [Protocol::Udp, Protocol::Tcp].map(|protocol| {
            Reach::of(self.dns.servers.iter().flat_map(|server| {
                let ports = server.ports.iter().filter(move |port| port.protocol == protocol);
                ports.map(move |port| match self.dnat {
                    Some(Dnat::Before) => self.by_service(server, port),
                    _ => self.by_server(server, port),
                })
            }))
        })
    }

    /// Whether queries to the Service get through where its address is not translated yet: the AWS VPC CNI allows it by address,
    /// and to whoever may reach the pods that the Service selects, by the very labels of its selector (SEMANTICS 2.3).
    fn by_service(self, server: &DnsServer, port: &DnsPort) -> Answer {
        let Self { way, dns, .. } = self;
        // An address that is not known is one of no pod.
        let unknown = End::Pod(end(server, &[], true));
        let by_address = match dns.service.as_slice() {
            [] => way.reaches(&unknown, port.protocol, PORT),
            service => {
                let asks = |address: &IpAddr| way.reaches_address(*address, port.protocol, PORT);
                service.iter().map(asks).min().unwrap_or(Answer::Unknown)
            }
        };
        let is_selected = || {
            way.pods(is_about(port)).any(|pods| {
                let mut selector = pods.pods.iter();
                self.are_there(pods, server) && selector.all(|it| it.matches(&server.selector))
            })
        };
        // Whether the plugin adds Services to what other engines select as well, nobody says.
        let [own, all] = [&way.alone(), way].map(|way| at_server(way, server, port));
        match (by_address, own, all) {
            (Answer::No, Answer::No, all) if way.asks_others(&unknown) => all,
            (Answer::No, Answer::Yes, Answer::No) => Answer::No,
            (Answer::No, ..) if is_selected() => Answer::Yes,
            (answer, ..) => answer,
        }
    }

    /// Whether a server is reached at its own addresses.
    fn by_server(self, server: &DnsServer, port: &DnsPort) -> Answer {
        let Self { way, .. } = self;
        match at_server(way, server, port) {
            Answer::No if self.is_guessed(server) => Answer::Unknown,
            Answer::No
                if self.may_be_meant(server, port)
                    && at_server(&way.alone(), server, port) == Answer::No =>
            {
                Answer::Unknown
            }
            answer => answer,
        }
    }

    /// Whether other engines may choose the server by labels of which nobody knows whether it has them.
    fn is_guessed(self, server: &DnsServer) -> bool {
        server.may_have_more_labels && self.way.asks_others(&End::Pod(end(server, &[], false)))
    }

    /// Whether a rule about the port may be about the server, by what is not known of it.
    fn may_be_meant(self, server: &DnsServer, port: &DnsPort) -> bool {
        let Self { way, .. } = self;
        let Some(labels) = &server.labels else { return false };
        let may_select = |pods: &Pods| {
            let may_match = |selector: &Selector| {
                selector.matches(labels)
                    || server.may_have_more_labels && matches_with_more(selector, labels, |_| true)
            };
            self.are_there(pods, server) && pods.pods.iter().all(may_match)
        };
        // What an unnamed port is called at the pod is not known.
        let names = |rule: &Rule| {
            let is_name = |entry: &PortMatch| matches!(entry, PortMatch::Name(protocol, _) if *protocol == port.protocol);
            port.name.is_empty() && rule.ports.entries().iter().any(is_name)
        };
        let is_about = is_about(port);
        way.pods(|rule| is_about(rule) || names(rule)).any(may_select)
            || way.rules().any(|rule| rule.peers == Peers::Any && names(rule))
    }

    /// Whether `pods` are of the server's namespace, or are if it has labels of which nobody knows.
    fn are_there(self, pods: &Pods, server: &DnsServer) -> bool {
        let Self { way, cluster, trusts_labels, .. } = self;
        let known = &server.namespace_labels;
        match &pods.namespaces {
            None => way.namespace() == server.namespace,
            Some(selector) => {
                let may_have_more =
                    trusts_labels && cluster.may_have_more_labels(&server.namespace);
                selector.matches(known)
                    || may_have_more && matches_with_more(selector, known, |_| true)
            }
        }
    }
}

/// Whether a rule is about a port of a server.
fn is_about(port: &DnsPort) -> impl Fn(&Rule) -> bool {
    |rule| {
        rule.ports.numbers(port.protocol).contains(port.port)
            || rule.ports.names(port.protocol, &port.name)
    }
}

/// Whether pods reach a server at its own addresses, by what is known of it.
fn at_server(way: &Way<'_>, server: &DnsServer, port: &DnsPort) -> Answer {
    let declared = [ContainerPort {
        name: port.name.clone(),
        protocol: port.protocol,
        port: port.port,
        sidecar: false,
    }];
    let ports = if port.name.is_empty() { &[][..] } else { &declared };
    let pod = |host_network| End::Pod(end(server, ports, host_network));
    match (&server.labels, server.addresses.as_slice()) {
        (Some(_), _) => way.reaches(&pod(false), port.protocol, port.port),
        (None, []) => way.reaches(&pod(true), port.protocol, port.port),
        (None, addresses) => {
            let reaches = |address| way.reaches_address(address, port.protocol, port.port);
            together(addresses.iter().map(|address| reaches(*address)))
        }
    }
}

/// The server's pods as the end of a connection.
pub(super) fn end<'a>(
    server: &'a DnsServer,
    ports: &'a [ContainerPort],
    host_network: bool,
) -> PodEnd<'a> {
    PodEnd {
        namespace: &server.namespace,
        namespace_labels: &server.namespace_labels,
        labels: server.labels.as_ref().unwrap_or(&NO_LABELS),
        service_account: "",
        ports,
        addresses: &server.addresses,
        host_network,
    }
}

/// An answer holds when it holds for every address: which one is used is not known.
fn together(answers: impl Iterator<Item = Answer>) -> Answer {
    let same = |one: Answer, other: Answer| if one == other { one } else { Answer::Unknown };
    answers.reduce(same).unwrap_or(Answer::Unknown)
}
