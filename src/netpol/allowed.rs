//! What the policies that select a pod allow it: the union of their rules.

use std::net::IpAddr;

use super::{Direction, Families, Labels, PolicySpec, Protocol, Rule};

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
    /// Known addresses; empty when unknown (a template).
    pub addresses: &'a [IpAddr],
    /// The port's name on the destination, if it declares one.
    pub port_name: Option<&'a str>,
}

/// The rules that apply to one pod in one direction.
#[derive(Clone, Debug, Default)]
pub struct AllowSet<'a> {
    /// The namespace of the policies.
    pub namespace: &'a str,
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
        Self { namespace, rules }
    }

    /// Whether nothing at all is allowed.
    pub fn is_empty(&self, families: Families) -> bool {
        let _ = families;
        unimplemented!()
    }

    /// Whether (nearly, SEMANTICS 13.16) everything is allowed: every address of the cluster's families, every port.
    pub fn is_everything(&self, families: Families) -> bool {
        let _ = families;
        unimplemented!()
    }

    /// Whether a connection to (or from) `peer` on `port` of `protocol` is allowed.
    pub fn admits(&self, peer: &Destination<'_>, protocol: Protocol, port: u16) -> Answer {
        let _ = (peer, protocol, port);
        unimplemented!()
    }
}
