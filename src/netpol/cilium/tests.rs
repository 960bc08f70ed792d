//! SEMANTICS 7.2, sentence by sentence, and what Cilium's sources say beside it.

mod isolation;
mod peers;
mod ports;
mod unknown;

use super::fixtures::{Pod, addresses, decided, policy};
use super::{Placed, Specs};
use crate::netpol::{Decided, Direction, End, Network, Protocol};

/// What is decided about one port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    No,
    Unknown,
    Yes,
}

fn answer(decided: &Decided, protocol: Protocol, port: u16) -> Answer {
    if decided.allowed.contains(protocol, port) {
        Answer::Yes
    } else if decided.unknown.contains(protocol, port) {
        Answer::Unknown
    } else {
        Answer::No
    }
}

/// A subject `app=web` of the namespace `shop`, and one policy about it.
struct Case {
    policy: Specs,
    home: Option<&'static str>,
    direction: Direction,
    network: Network,
    subject: Pod,
}

impl Case {
    /// A `CiliumNetworkPolicy` of `shop` with these ingress rules.
    fn ingress(rules: &str) -> Self {
        Self::new(Direction::Ingress, &format!("{{endpointSelector: {{}}, ingress: {rules}}}"))
    }

    /// The same with egress rules.
    fn egress(rules: &str) -> Self {
        Self::new(Direction::Egress, &format!("{{endpointSelector: {{}}, egress: {rules}}}"))
    }

    fn new(direction: Direction, spec: &str) -> Self {
        Self {
            policy: policy(spec),
            home: Some("shop"),
            direction,
            network: Network::default(),
            subject: Pod::of("shop", "app=web"),
        }
    }

    /// The same policy of the whole cluster.
    fn of_cluster(mut self) -> Self {
        self.home = None;
        self
    }

    fn placed(&self) -> Placed<'_> {
        Placed { home: self.home, specs: &self.policy }
    }

    fn decided(&self, peer: &End<'_>) -> Decided {
        decided([self.placed()], self.direction, &self.network, &self.subject, peer)
    }

    /// Whether TCP 80 is allowed with a pod.
    fn pod(&self, pod: &Pod) -> Answer {
        answer(&self.decided(&End::Pod(pod.end())), Protocol::Tcp, 80)
    }

    /// Whether TCP 80 is allowed with an address.
    fn address(&self, text: &str) -> Answer {
        answer(&self.decided(&End::Addresses(&addresses(text))), Protocol::Tcp, 80)
    }

    /// Whether a port is allowed with a pod of its namespace.
    fn port(&self, protocol: Protocol, port: u16) -> Answer {
        answer(&self.decided(&End::Pod(Pod::of("shop", "app=db").end())), protocol, port)
    }
}
