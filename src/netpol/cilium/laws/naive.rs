//! SEMANTICS 7.2, word for word, on the documents themselves: one pair, one protocol, one port at a time. What is not known
//! is guessed: every guess is one way that a cluster can be.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::Value;

use super::{Document, Pod};
use crate::netpol::{Direction, Protocol};

/// What the other end is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Identity<'a> {
    Pod(&'a Pod),
    Host,
    RemoteNode,
    World(IpAddr),
}

/// A way to decide what is not known: always the same for the same question.
#[derive(Clone, Copy)]
pub(super) struct Guess(pub(super) u64);

impl Guess {
    fn is_so(self, question: &str, about: &Value) -> bool {
        match self.0 {
            0 => true,
            1 => false,
            seed => {
                let mut hasher = DefaultHasher::new();
                (seed, question, about.to_string()).hash(&mut hasher);
                hasher.finish().is_multiple_of(2)
            }
        }
    }
}

/// One question.
struct Asked<'a> {
    direction: Direction,
    subject: &'a Pod,
    peer: Identity<'a>,
    protocol: Protocol,
    port: u16,
    guess: Guess,
}

pub(super) fn allows(
    documents: &[Document],
    direction: Direction,
    subject: &Pod,
    peer: Identity<'_>,
    protocol: Protocol,
    port: u16,
    guess: Guess,
) -> bool {
    let asked = Asked { direction, subject, peer, protocol, port, guess };
    let (allow, deny) = match direction {
        Direction::Ingress => ("ingress", "ingressDeny"),
        Direction::Egress => ("egress", "egressDeny"),
    };
    let selecting: Vec<&Document> = documents
        .iter()
        .filter(|document| asked.is_enforced(document) && asked.selects(document))
        .collect();
    let rules = |name: &'static str| {
        let of = move |(home, spec): &&'_ Document| {
            list(&spec[name]).iter().map(|rule| (*home, rule.clone())).collect::<Vec<_>>()
        };
        selecting.iter().flat_map(of).collect::<Vec<_>>()
    };
    let (allowing, denying) = (rules(allow), rules(deny));
    let is_isolated = selecting.iter().any(|(_, spec)| {
        let has_rules = !list(&spec[allow]).is_empty() || !list(&spec[deny]).is_empty();
        has_rules && spec["enableDefaultDeny"][allow] != false
    });
    if asked.matches_one(&denying) {
        return false;
    }
    !is_isolated || asked.matches_one(&allowing) && asked.is_proven(&allowing)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

impl Asked<'_> {
    /// Cilium refuses whole objects.
    fn is_enforced(&self, (_, spec): &Document) -> bool {
        let rules = ["ingress", "ingressDeny", "egress", "egressDeny"];
        let mut rules =
            rules.iter().flat_map(|name| list(&spec[name]).iter().map(move |rule| (name, rule)));
        let is_doubtful = rules.any(|(section, rule)| {
            let of_egress_alone = ["toFQDNs", "toServices"];
            let is_strange = of_egress_alone
                .iter()
                .any(|name| section.starts_with("ingress") && !rule[name].is_null());
            rule.to_string().contains("not legal")
                || is_strange
                || !rule["fromNodes"].is_null()
                || !rule["toNodes"].is_null()
        });
        !is_doubtful || self.guess.is_so("is it enforced", spec)
    }

    fn selects(&self, (home, spec): &Document) -> bool {
        let mut selector = spec["endpointSelector"].clone();
        if home.is_some()
            && let Some(labels) = selector["matchLabels"].as_object_mut()
        {
            labels.remove("k8s:io.kubernetes.pod.namespace");
        }
        home.is_none_or(|home| home == self.subject.namespace)
            && matches(&selector, &Identity::Pod(self.subject), self.guess)
    }

    fn matches_one(&self, rules: &[(Option<&'static str>, Value)]) -> bool {
        rules.iter().any(|(home, rule)| self.is_peer(*home, rule, rules) && self.is_port(rule))
    }

    /// A rule that asks for a proof may ask on behalf of all.
    fn is_proven(&self, rules: &[(Option<&'static str>, Value)]) -> bool {
        let asks = |(home, rule): &(Option<&'static str>, Value)| {
            !rule["authentication"].is_null()
                && self.is_peer(*home, rule, rules)
                && self.is_port(rule)
        };
        !rules.iter().any(asks) || self.guess.is_so("is it proven", &Value::Null)
    }

    fn prefix(&self) -> &'static str {
        match self.direction {
            Direction::Ingress => "from",
            Direction::Egress => "to",
        }
    }

    fn is_peer(
        &self,
        home: Option<&str>,
        rule: &Value,
        rules: &[(Option<&'static str>, Value)],
    ) -> bool {
        let of = |name: &str| &rule[format!("{}{name}", self.prefix())];
        let names = ["Endpoints", "CIDR", "CIDRSet", "Entities", "Nodes", "Groups"];
        let is_strange = !rule["toFQDNs"].is_null() || !rule["toServices"].is_null();
        if names.iter().all(|name| of(name).is_null()) && !is_strange {
            return !list(&rule["toPorts"]).is_empty();
        }
        let address = match self.peer {
            Identity::World(address) => Some(address),
            _ => None,
        };
        let is_pod = matches!(self.peer, Identity::Pod(_));
        let is_node = matches!(self.peer, Identity::Host | Identity::RemoteNode);
        let guess = |question: &str| self.guess.is_so(question, rule);
        list(of("Endpoints"))
            .iter()
            .any(|selector| self.is_endpoint(home, selector) && self.is_fit(rules))
            || list(of("CIDR")).iter().any(|cidr| match address {
                Some(address) => holds(cidr, address),
                None => is_node && guess("are nodes matched by blocks"),
            })
            || list(of("CIDRSet")).iter().any(|item| match address {
                Some(_) if item["cidr"].is_null() => guess("is it in the group"),
                Some(address) => {
                    holds(&item["cidr"], address)
                        && !list(&item["except"]).iter().any(|except| holds(except, address))
                }
                None => is_node && guess("are nodes matched by blocks"),
            })
            || list(of("Entities")).iter().any(|entity| match entity.as_str().unwrap() {
                "all" => true,
                "world" => address.is_some(),
                "cluster" => is_pod || is_node,
                "host" => matches!(self.peer, Identity::Host),
                "remote-node" => matches!(self.peer, Identity::RemoteNode),
                "kube-apiserver" => {
                    !is_pod && self.guess.is_so("is it the API server", &Value::Null)
                }
                _ => false,
            })
            || !of("Nodes").is_null() && is_node && guess("is it such a node")
            || !of("Groups").is_null() && !is_pod && guess("is it in the group")
            || !rule["toFQDNs"].is_null() && !is_pod && guess("has it that name")
            || !rule["toServices"].is_null() && guess("is it behind the Service")
    }

    /// Endpoints are of the policy's own namespace, unless the selector says which; those of the cluster's are pods.
    fn is_endpoint(&self, home: Option<&str>, selector: &Value) -> bool {
        let text = selector.to_string();
        let says_where = text.contains("reserved:")
            || text.contains("io.kubernetes.pod.namespace")
            || home.is_some() && text.contains("io.cilium.k8s.namespace.labels");
        let is_there = match self.peer {
            Identity::Pod(pod) => home.is_none_or(|home| home == pod.namespace),
            _ => false,
        };
        (says_where || is_there) && matches(selector, &self.peer, self.guess)
    }

    /// What rules require of endpoints, before Cilium 1.19.
    fn is_fit(&self, rules: &[(Option<&'static str>, Value)]) -> bool {
        let required = format!("{}Requires", self.prefix());
        !self.guess.is_so("do requirements count", &Value::Null)
            || rules.iter().all(|(home, rule)| {
                list(&rule[&required]).iter().all(|selector| self.is_endpoint(*home, selector))
            })
    }

    fn is_port(&self, rule: &Value) -> bool {
        let rules = list(&rule["toPorts"]);
        rules.is_empty()
            || rules.iter().any(|rule| {
                let is_filtered = !rule["rules"]["http"].is_null();
                list(&rule["ports"]).iter().any(|entry| self.is_entry(entry))
                    && (!is_filtered || self.guess.is_so("is the request let through", rule))
            })
    }

    fn is_entry(&self, entry: &Value) -> bool {
        let protocol = entry["protocol"].as_str().unwrap_or("ANY");
        if protocol != "ANY" && protocol != self.protocol.to_string() {
            return false;
        }
        match (entry["port"].as_str().unwrap(), self.direction) {
            ("web", Direction::Ingress) => {
                self.subject.ports.iter().any(|port| port.name == "web" && port.port == self.port)
            }
            ("web", Direction::Egress) => {
                let number = if self.guess.is_so("is it 80", entry) { 80 } else { 9999 };
                self.port == number
            }
            (number, _) => {
                let first: u16 = number.parse().unwrap();
                let last = entry["endPort"].as_u64().map_or(first, |last| last.try_into().unwrap());
                first == 0 || (first..=last).contains(&self.port)
            }
        }
    }
}

fn holds(cidr: &Value, address: IpAddr) -> bool {
    let text = cidr.as_str().unwrap();
    match text.parse::<IpNet>() {
        Ok(net) => net.contains(&address),
        Err(_) => text.parse::<IpAddr>().unwrap() == address,
    }
}

fn matches(selector: &Value, identity: &Identity<'_>, guess: Guess) -> bool {
    if selector.to_string().contains("not legal") {
        return guess.is_so("is it selected", selector);
    }
    let value = |key: &str| {
        value(key.trim_start_matches("k8s:").trim_start_matches("any:"), identity, guess)
    };
    let labels = selector["matchLabels"].as_object();
    labels.into_iter().flatten().all(|(key, wanted)| value(key).as_deref() == wanted.as_str())
        && list(&selector["matchExpressions"]).iter().all(|expression| {
            let value = value(expression["key"].as_str().unwrap());
            let is_listed =
                || list(&expression["values"]).iter().any(|one| one.as_str() == value.as_deref());
            match expression["operator"].as_str().unwrap() {
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                "In" => value.is_some() && is_listed(),
                _ => value.is_none() || !is_listed(),
            }
        })
}

/// The label of an identity.
fn value(key: &str, identity: &Identity<'_>, guess: Guess) -> Option<String> {
    let value = match identity {
        Identity::Pod(pod) => match key {
            "io.kubernetes.pod.namespace" => Some(pod.namespace.as_str()),
            "io.cilium.k8s.policy.serviceaccount" => Some(pod.service_account.as_str()),
            "io.cilium.k8s.policy.cluster" => {
                Some(if guess.is_so("is the cluster called so", &Value::Null) {
                    "east"
                } else {
                    "west"
                })
            }
            _ => match key.strip_prefix("io.cilium.k8s.namespace.labels.") {
                Some(label) => pod.namespace_labels.value(label),
                None => pod.labels.value(key),
            },
        },
        Identity::Host => (key == "reserved:host").then_some(""),
        Identity::RemoteNode => (key == "reserved:remote-node").then_some(""),
        Identity::World(_) => None,
    };
    value.map(str::to_owned)
}
