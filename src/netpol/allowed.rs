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
        let ingress = self.direction == Direction::Ingress;
        let mut blocks_together = AddressSet::default();
        for rule in &self.rules {
            let number = rule.ports.numbers(protocol).contains(port);
            let name = peer.port_name.is_some_and(|name| rule.ports.names(protocol, name));
            if !number && !name {
                continue;
            }
            let Peers::Some(peers) = &rule.peers else {
                // An egress port name is looked up on the pod that is connected to; an address alone has none.
                if number || ingress || peer.pod.is_some() {
                    return Answer::Yes;
                }
                continue;
            };
            if peers.iter().any(|item| self.selects(item, peer)) {
                return Answer::Yes;
            }
            if number || ingress {
                match address {
                    Some(address) if peers.iter().any(|item| item.holds(address)) => {
                        return Answer::Yes;
                    }
                    Some(_) => {}
                    None => blocks_together = blocks_together.union(&blocks(peers)),
                }
            }
        }
        if Family::BOTH.into_iter().any(|family| blocks_together.covers(family)) {
            Answer::Yes
        } else if blocks_together.is_empty() {
            Answer::No
        } else {
            Answer::Unknown
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

impl Peer {
    fn holds(&self, address: IpAddr) -> bool {
        matches!(self, Self::Block(block) if block.contains(address))
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
            Peer::Block(block) => !block_ports || block.is_empty_in(families),
            Peer::Pods(pods) => pods.is_nobody(),
            Peer::Unreadable => true,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use serde_json::{Value, json};

    use super::{AllowSet, Answer, Destination};
    use crate::netpol::{Direction, Families, Labels, PolicySpec, Protocol};
    use Answer::{No, Unknown, Yes};
    use Direction::{Egress, Ingress};

    fn policy(direction: Direction, rules: &Value) -> PolicySpec {
        let (name, types) = match direction {
            Ingress => ("ingress", ["Ingress"]),
            Egress => ("egress", ["Egress"]),
        };
        serde_json::from_value(json!({"policyTypes": types, name: rules})).unwrap()
    }

    fn with_allow_set<T>(
        direction: Direction,
        rules: &Value,
        ask: impl FnOnce(&AllowSet<'_>) -> T,
    ) -> T {
        let policy = policy(direction, rules);
        ask(&AllowSet::of(&[&policy], "app", &Labels::default(), direction))
    }

    /// TCP 80 with a pod `tier=db` of the namespace `team=x` at `addresses`, that calls the port `web`.
    fn pod(direction: Direction, rules: &Value, addresses: &[&str], named: bool) -> Answer {
        let addresses: Vec<IpAddr> = addresses.iter().map(|text| text.parse().unwrap()).collect();
        let (namespace, labels) =
            (Labels::from_iter([("team", "x")]), Labels::from_iter([("tier", "db")]));
        let peer = Destination {
            pod: Some(("data", &namespace, &labels)),
            addresses: &addresses,
            port_name: named.then_some("web"),
        };
        with_allow_set(direction, rules, |allowed| allowed.admits(&peer, Protocol::Tcp, 80))
    }

    fn host(direction: Direction, rules: &Value, addresses: &[&str]) -> Answer {
        let addresses: Vec<IpAddr> = addresses.iter().map(|text| text.parse().unwrap()).collect();
        let peer = Destination { pod: None, addresses: &addresses, port_name: Some("web") };
        with_allow_set(direction, rules, |allowed| allowed.admits(&peer, Protocol::Tcp, 80))
    }

    #[test]
    fn peers_are_pods_by_selectors() {
        let from = |peer: Value| json!([{"from": [peer]}]);
        for (rules, answer) in [
            (json!([]), No),
            (json!([{}]), Yes),
            (from(json!({"namespaceSelector": {}})), Yes),
            (from(json!({"podSelector": {}})), No),
            (from(json!({"podSelector": {"matchLabels": {"tier": "db"}}})), No),
            (from(json!({"namespaceSelector": {"matchLabels": {"team": "x"}}})), Yes),
            (from(json!({"namespaceSelector": {"matchLabels": {"team": "y"}}})), No),
            (
                from(
                    json!({"namespaceSelector": {}, "podSelector": {"matchLabels": {"tier": "web"}}}),
                ),
                No,
            ),
            (from(json!({})), No),
        ] {
            assert_eq!(pod(Ingress, &rules, &["10.0.0.1"], false), answer, "{rules}");
        }
    }

    #[test]
    fn selectors_never_match_the_host_network() {
        for (rules, answer) in [
            (json!([{"from": [{"namespaceSelector": {}, "podSelector": {}}]}]), No),
            (json!([{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]), Yes),
            (json!([{}]), Yes),
        ] {
            assert_eq!(host(Ingress, &rules, &["10.0.0.1"]), answer, "{rules}");
        }
    }

    #[test]
    fn blocks_match_by_address() {
        let block = |cidr: &str, except: &[&str]| json!([{"from": [{"ipBlock": {"cidr": cidr, "except": except}}]}]);
        let halves = json!([
            {"from": [{"ipBlock": {"cidr": "0.0.0.0/1"}}]},
            {"from": [{"ipBlock": {"cidr": "128.0.0.0/1"}}]},
        ]);
        let v4 = "10.1.0.1";
        let v6 = "fd00::1";
        for (rules, addresses, answer) in [
            (block("10.0.0.0/8", &[]), vec![v4], Yes),
            (block("10.0.0.0/8", &["10.1.0.0/16"]), vec![v4], No),
            (block("192.168.0.0/16", &[]), vec![v4], No),
            (block("0.0.0.0/0", &[]), vec![v6], No),
            (block("0.0.0.0/0", &[]), vec![v4, v6], Unknown),
            (block("10.0.0.0/8", &[]), vec![], Unknown),
            (block("0.0.0.0/0", &[]), vec![], Yes),
            (block("::/0", &[]), vec![], Yes),
            (block("0.0.0.0/0", &["169.254.169.254/32"]), vec![], Yes),
            (block("0.0.0.0/0", &["10.0.0.0/8"]), vec![], Unknown),
            (block("10.0.0.0/8", &["10.0.0.0/9", "10.128.0.0/9"]), vec![], No),
            (halves, vec![], Yes),
        ] {
            assert_eq!(host(Ingress, &rules, &addresses), answer, "{rules} {addresses:?}");
            assert_eq!(pod(Ingress, &rules, &addresses, true), answer, "{rules} {addresses:?}");
        }
    }

    #[test]
    fn names_are_looked_up_on_the_destination_pod() {
        let block = json!({"ipBlock": {"cidr": "10.0.0.0/8"}});
        let web = json!([{"port": "web"}]);
        let pods = json!({"namespaceSelector": {}});
        for (direction, rules, named, unnamed, outside) in [
            (Ingress, json!([{"ports": web}]), Yes, No, Yes),
            (Ingress, json!([{"ports": web, "from": [block]}]), Yes, No, Yes),
            (Ingress, json!([{"ports": web, "from": [pods]}]), Yes, No, No),
            (Egress, json!([{"ports": web}]), Yes, No, No),
            (Egress, json!([{"ports": web, "to": [block]}]), No, No, No),
            (Egress, json!([{"ports": web, "to": [pods]}]), Yes, No, No),
            (Egress, json!([{"ports": [{"port": "web", "protocol": "UDP"}]}]), No, No, No),
        ] {
            let address = ["10.0.0.1"];
            assert_eq!(pod(direction, &rules, &address, true), named, "{direction} {rules}");
            assert_eq!(pod(direction, &rules, &address, false), unnamed, "{direction} {rules}");
            assert_eq!(host(direction, &rules, &address), outside, "{direction} {rules}");
        }
    }

    #[test]
    fn only_what_can_match_makes_a_set_nonempty() {
        let never = json!({"matchExpressions": [
            {"key": "a", "operator": "Exists"}, {"key": "a", "operator": "DoesNotExist"}]});
        for (direction, rules, empty) in [
            (Ingress, json!([]), true),
            (Ingress, json!([{}]), false),
            (Ingress, json!([{"from": [{"podSelector": {}}]}]), false),
            (Ingress, json!([{"from": [{"podSelector": never}]}]), true),
            (Ingress, json!([{"from": [{"namespaceSelector": never, "podSelector": {}}]}]), true),
            (Ingress, json!([{"from": [{}]}]), true),
            (Ingress, json!([{"ports": [{"port": "80"}]}]), true),
            (Ingress, json!([{"from": [{"ipBlock": {"cidr": "::/0"}}]}]), true),
            (Ingress, json!([{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]), false),
            (
                Ingress,
                json!([{"ports": [{"port": "web"}], "from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]),
                false,
            ),
            (
                Egress,
                json!([{"ports": [{"port": "web"}], "to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]),
                true,
            ),
            (Egress, json!([{"ports": [{"port": "web"}]}]), false),
        ] {
            let found = with_allow_set(direction, &rules, |set| set.is_empty(Families::default()));
            assert_eq!(found, empty, "{direction} {rules}");
        }
    }

    #[test]
    fn rules_reach_everything_alone_or_together() {
        let any = |entries: Value| json!({"ports": entries});
        let all = |protocol: &str| any(json!([{"protocol": protocol}]));
        let block = |cidr: &str| json!({"from": [{"ipBlock": {"cidr": cidr}}]});
        for (rules, v4, dual) in [
            (json!([{}]), true, true),
            (json!([block("0.0.0.0/0")]), true, false),
            (json!([block("0.0.0.0/0"), block("::/0")]), true, true),
            (json!([block("0.0.0.0/1"), block("128.0.0.0/1")]), true, false),
            (json!([{"from": [{"namespaceSelector": {}}]}]), false, false),
            (json!([all("TCP"), all("UDP")]), false, false),
            (json!([all("TCP"), all("UDP"), all("SCTP")]), true, true),
            (json!([any(json!([{}, {"protocol": "UDP"}, {"protocol": "SCTP"}]))]), true, true),
            (
                json!([
                    all("UDP"),
                    all("SCTP"),
                    any(json!([{"port": 1, "endPort": 100}])),
                    any(json!([{"port": 101, "endPort": 65535}]))
                ]),
                true,
                true,
            ),
            (
                json!([all("UDP"), all("SCTP"), any(json!([{"port": 1024, "endPort": 65535}]))]),
                true,
                true,
            ),
            (
                json!([all("UDP"), all("SCTP"), any(json!([{"port": 1025, "endPort": 65535}]))]),
                false,
                false,
            ),
            (
                json!([block("0.0.0.0/1"), {"from": [{"ipBlock": {"cidr": "128.0.0.0/1"}}], "ports": [{"port": 443}]}]),
                false,
                false,
            ),
            (json!([{"ports": [{"port": "web"}]}]), false, false),
        ] {
            for (families, everything) in [(Families::default(), v4), (Families::DUAL, dual)] {
                let found = with_allow_set(Ingress, &rules, |set| set.is_everything(families));
                assert_eq!(found, everything, "{rules} in {families:?}");
            }
            let alone = with_allow_set(Ingress, &rules, |set| {
                set.rules.len() == 1 && set.rules[0].is_everything(Families::default())
            });
            assert_eq!(alone, v4 && rules.as_array().unwrap().len() == 1, "{rules}");
        }
    }
}
