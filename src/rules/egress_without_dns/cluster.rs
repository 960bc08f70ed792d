//! What the verdict rests on beside policies.

use crate::facts::{Cni, Dnat, Dns, DnsServer, Plugin, Ranges, cni, dns, network, ranges};
use crate::model::Scope;
use crate::netpol::Network;

/// The cluster's DNS, and what the network plugin makes of connections to it.
pub(super) struct Cluster {
    /// `None` where it is not known.
    pub(super) dns: Option<Dns>,
    pub(super) plugin: Option<Plugin>,
    /// When the plugin judges: before or after the address of a Service is translated.
    pub(super) dnat: Option<Dnat>,
    pub(super) network: Network,
    pub(super) ranges: Ranges,
    /// Namespaces of DNS servers of which nobody knows whether they have more labels.
    unknown: Vec<String>,
}

impl Cluster {
    /// The cluster of a scope.
    pub(super) fn of(scope: &Scope<'_>) -> Self {
        let (world, settings) = (scope.world, scope.settings);
        let dns = dns(world, settings);
        let Cni { plugin, features, .. } = cni(world, settings);
        // What is stated of a namespace besides its name is all that it has.
        let is_unknown = |server: &&DnsServer| {
            let object = world.namespace(&server.namespace).and_then(|view| view.object.as_ref());
            object.is_none()
                && !world.knows_namespaces()
                && server.namespace_labels.iter().count() < 2
        };
        let servers = dns.iter().flat_map(|dns| &dns.servers).filter(is_unknown);
        let unknown = servers.map(|server| server.namespace.clone()).collect();
        let (network, ranges) = (network(world, settings), ranges(world, settings));
        Self { dns, plugin, dnat: features.dnat, network, ranges, unknown }
    }

    /// Whether the server's namespace may have labels that nobody knows of.
    pub(super) fn may_have_more_labels(&self, namespace: &str) -> bool {
        self.unknown.iter().any(|unknown| unknown == namespace)
    }
}
