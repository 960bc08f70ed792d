//! What the policies that select a pod allow it: the union of their rules.

use std::net::IpAddr;

use super::everything::{blocks, is_everything};
use super::{
    AddressSet, Direction, Families, Family, Labels, Peer, Peers, Pods, PolicySpec, Protocol, Rule,
};

/// Whether traffic is allowed, as far as the policies decide it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answer {
    /// No rule admits it.
    No,
    /// It depends on something unknown (an address that only the cluster knows): never protection, never permission.
    Unknown,
    /// A rule admits it.
    Yes,
}

/// The other end of a connection, as a peer of a rule sees it.
#[derive(Clone, Debug)]
pub struct Destination<'a> {
    /// The namespace's name and labels, and the pod's labels; `None` for what no selector matches: host-network pods and
    /// everything outside the cluster.
    pub pod: Option<(&'a str, &'a Labels, &'a Labels)>,
    /// Known addresses; empty when unknown (a template). With several, an answer holds only when it holds for each.
    pub addresses: &'a [IpAddr],
    /// The port's name on the pod that is connected to: the peer for egress, the selected pod for ingress. `None` when that
    /// pod gives it none. A name that only a sidecar declares is CNI-dependent: ask with and without it, and take two
    /// different answers as unknown.
    pub port_name: Option<&'a str>,
}

/// The rules that apply to one pod in one direction.
#[derive(Clone, Debug)]
pub struct AllowSet<'a> {
    /// The namespace of the policies.
    pub namespace: &'a str,
    /// The direction of the rules.
    pub direction: Direction,
    /// The rules of every policy that isolates the pod, in the order given.
    pub rules: Vec<&'a Rule>,
}

impl<'a> AllowSet<'a> {
    /// The union over the policies of `namespace` that isolate a pod with `labels` in `direction`.
    pub fn of(
        policies: &[&'a PolicySpec],
        namespace: &'a str,
        labels: &Labels,
        direction: Direction,
    ) -> Self {
        let rules = policies
            .iter()
            .filter(|policy| policy.types.contains(direction) && policy.selector.matches(labels))
            .flat_map(|policy| policy.rules(direction))
            .collect();
        Self { namespace, direction, rules }
    }

    /// Whether nothing at all is allowed.
    ///
    /// Blocks of a family that the cluster does not use, blocks that their exceptions empty, selectors that can never match
    /// and unreadable parts allow nothing; neither do named egress ports of blocks, which no pod can resolve.
    pub fn is_empty(&self, families: Families) -> bool {
        self.rules.iter().all(|rule| rule.is_empty(self.direction, families))
    }

    /// Whether (nearly) everything is allowed: every address of the cluster's families, every port of TCP, UDP and SCTP.
    pub fn is_everything(&self, families: Families) -> bool {
        is_everything(&self.rules, families)
    }

    /// Whether a connection to (or from) `peer` on `port` of `protocol` is allowed.
    ///
    /// Blocks match by address, pods too, as with most CNIs; where the CNI is known not to match pods by address, pass no
    /// address and read [`Answer::Unknown`] as no. Without an address a block matches when it covers (nearly) a whole family,
    /// alone or with other blocks; otherwise the answer is [`Answer::Unknown`].
    pub fn admits(&self, peer: &Destination<'_>, protocol: Protocol, port: u16) -> Answer {
        let Some((first, others)) = peer.addresses.split_first() else {
            return self.admits_address(peer, None, protocol, port);
        };
        let answer = self.admits_address(peer, Some(*first), protocol, port);
        let same =
            |other: &IpAddr| self.admits_address(peer, Some(*other), protocol, port) == answer;
        if others.iter().all(same) { answer } else { Answer::Unknown }
    }

    fn admits_address(
        &self,
        peer: &Destination<'_>,
        address: Option<IpAddr>,
        protocol: Protocol,
        port: u16,
    ) -> Answer {
        let mut possible = AddressSet::default();
        for rule in &self.rules {
            let number = rule.ports.numbers(protocol).contains(port);
            let name = peer.port_name.is_some_and(|name| rule.ports.names(protocol, name));
            // An egress port name is looked up on the pod that is connected to; an address has none.
            let block_port = number || (name && self.direction == Direction::Ingress);
            let pod_port =
                number || (name && (self.direction == Direction::Ingress || peer.pod.is_some()));
            match &rule.peers {
                Peers::Any if pod_port => return Answer::Yes,
                Peers::Any => {}
                Peers::Some(peers) => {
                    if (number || name) && peers.iter().any(|item| self.selects(item, peer)) {
                        return Answer::Yes;
                    }
                    if block_port {
                        possible = possible.union(&blocks(peers));
                    }
                }
            }
        }
        match address {
            Some(address) if possible.contains(address) => Answer::Yes,
            None if Family::BOTH.into_iter().any(|family| possible.covers(family)) => Answer::Yes,
            None if !possible.is_empty() => Answer::Unknown,
            _ => Answer::No,
        }
    }

    fn selects(&self, item: &Peer, peer: &Destination<'_>) -> bool {
        match (item, peer.pod) {
            (Peer::Pods(pods), Some((name, namespace, labels))) => {
                pods.selects(self.namespace, name, namespace, labels)
            }
            _ => false,
        }
    }
}

impl Pods {
    /// Whether a policy of namespace `home` means the pod with `labels` in the namespace `name` with the labels `namespace`.
    pub fn selects(&self, home: &str, name: &str, namespace: &Labels, labels: &Labels) -> bool {
        let here = match &self.namespaces {
            None => home == name,
            Some(selector) => selector.matches(namespace),
        };
        here && self.pods.as_ref().is_none_or(|selector| selector.matches(labels))
    }

    /// Whether its selectors contradict themselves.
    fn is_nobody(&self) -> bool {
        [&self.namespaces, &self.pods]
            .into_iter()
            .flatten()
            .any(|selector| selector.is_satisfiable() == Some(false))
    }
}

impl Rule {
    /// Whether the rule alone allows (nearly) everything: any source, or blocks that cover every address of `families`, on
    /// every port of every protocol.
    pub fn is_everything(&self, families: Families) -> bool {
        is_everything(&[self], families)
    }

    /// Whether the rule allows nothing, read as a rule of `direction`.
    pub fn is_empty(&self, direction: Direction, families: Families) -> bool {
        if self.ports.is_empty() {
            return true;
        }
        let Peers::Some(peers) = &self.peers else { return false };
        let block_ports = direction == Direction::Ingress || self.ports.has_numbers();
        peers.iter().all(|peer| match peer {
            Peer::Block(block) => !block_ports || block.addresses().is_empty_in(families),
            Peer::Pods(pods) => pods.is_nobody(),
            Peer::Unreadable => true,
        })
    }
}
