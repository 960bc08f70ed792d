//! How much of the cluster gets through to a DNS server.

use crate::facts::Client;
use crate::model::{Scope, stands_for_itself};
use crate::netpol::{Labels, Protocol};
use crate::object::DnsPolicy;

use super::super::ingress::Door;
use super::super::known::{NAME, pods};
use super::server::Server;

/// Who gets through over one protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// No pod of another namespace.
    Nobody,
    /// Some of the pods that run, and not those of these namespaces.
    AllBut(Vec<String>),
    /// Everybody, as far as is known.
    Everyone,
}

/// Who gets through to one server.
#[derive(Clone, Debug)]
pub(super) struct Accesses {
    pub(super) udp: Access,
    pub(super) tcp: Access,
    /// What asks from the network of the nodes gets through over TCP: a cache on each node does.
    pub(super) nodes: bool,
}

impl Accesses {
    pub(super) fn of(door: &Door<'_>, server: &Server<'_>, scope: &Scope<'_>) -> Self {
        let way = |protocol| Way { door, server, protocol };
        let [udp, tcp] = [Protocol::Udp, Protocol::Tcp].map(|protocol| way(protocol).access(scope));
        Self { udp, tcp, nodes: way(Protocol::Tcp).admits(&Client::of_a_node()) }
    }

    /// Whether all pods get through over both.
    pub(super) fn are_complete(&self) -> bool {
        self.udp == Access::Everyone && self.tcp == Access::Everyone
    }
}

/// A pod without labels in a namespace without labels of its own: who admits it admits everybody, except whom it keeps out on
/// purpose.
fn anyone() -> Client {
    Client {
        name: String::new(),
        namespace: String::new(),
        namespace_labels: [(NAME, "")].into_iter().collect(),
        labels: Some(Labels::default()),
        may_have_more_labels: false,
    }
}

/// The way to one server over one protocol.
struct Way<'a> {
    door: &'a Door<'a>,
    server: &'a Server<'a>,
    protocol: Protocol,
}

impl Way<'_> {
    fn ports(&self) -> impl Iterator<Item = u16> {
        let ports = self.server.ports().iter().filter(|port| port.protocol == self.protocol);
        ports.map(|port| port.port)
    }

    fn admits(&self, client: &Client) -> bool {
        self.ports().all(|port| self.door.may_enter(client, self.protocol, port))
    }

    fn access(&self, scope: &Scope<'_>) -> Access {
        if self.admits(&anyone()) { Access::Everyone } else { self.among_those_that_run(scope) }
    }

    /// Not everybody gets through, so the pods of all other namespaces are asked. Only who writes policies beside the DNS servers
    /// pays for this walk, and only when they leave somebody out.
    fn among_those_that_run(&self, scope: &Scope<'_>) -> Access {
        let (mut reached, mut cut, mut is_unknown) = (0, Vec::new(), false);
        let others = scope.world.namespaces().filter(|view| view.name != scope.namespace.name);
        for view in others.filter(|view| !view.is_terminating()) {
            let asking = pods(view).filter(|workload| {
                workload.template.dns_policy == DnsPolicy::ClusterFirst
                    && stands_for_itself(workload, view)
            });
            let (admitted, refused): (Vec<_>, Vec<_>) =
                asking.partition(|workload| self.admits(&Client::of_workload(workload, view)));
            reached += admitted.len();
            match (refused.is_empty(), &view.object) {
                (true, _) => {}
                (false, Some(_)) => cut.push(view.name.clone()),
                // Its labels are not known.
                (false, None) => is_unknown = true,
            }
        }
        let is_anybody_meant = || {
            let mut ports = self.ports();
            ports.any(|port| self.door.names_namespaces(self.protocol, port))
        };
        match (reached, cut.is_empty()) {
            (0, true) if !is_anybody_meant() => Access::Nobody,
            (0, false) if !is_unknown => Access::Nobody,
            (_, true) => Access::Everyone,
            (_, false) => Access::AllBut(cut),
        }
    }
}
