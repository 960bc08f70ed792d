//! Addresses with labels, which selectors of Calico's policies match like pods.

use serde::Deserialize;
use serde_json::Value;

use crate::netpol::AddressSet;
use crate::netpol::calico::read_nets;

use super::read::or_default;
use super::wire::wire;
use super::{Kind, Meta};

/// A `NetworkSet`, a `GlobalNetworkSet` or a `HostEndpoint` of Calico.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalicoSet {
    /// Its kind.
    pub kind: Kind,
    /// Metadata.
    pub meta: Meta,
    /// Its addresses; `None` when some of them are not known.
    pub addresses: Option<AddressSet>,
    /// It names ports.
    pub names_ports: bool,
}

wire! {
    WireCalicoSet { metadata: Meta, spec: WireSpec }
    WireSpec { nets: Vec<String>, #[serde(rename = "expectedIPs")] expected_ips: Vec<String>, ports: Vec<Value>, allowed_egress_domains: Vec<String> }
}

impl WireCalicoSet {
    pub(super) fn into_set(self, kind: Kind) -> CalicoSet {
        let WireSpec { nets, expected_ips, ports, allowed_egress_domains } = self.spec;
        let nets = if kind == Kind::HostEndpoint { expected_ips } else { nets };
        // What names stand for, of Calico Enterprise, only the cluster finds out.
        let addresses = allowed_egress_domains.is_empty().then(|| read_nets(&nets)).flatten();
        CalicoSet { kind, meta: self.metadata, addresses, names_ports: !ports.is_empty() }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use crate::object::{Kind, Object};
    use crate::sample::one;

    /// Whether an address is in it, and whether it names ports; `None` when its addresses are not known.
    fn has(kind: &str, spec: &str) -> Option<(bool, bool)> {
        let yaml = format!(
            "{{apiVersion: projectcalico.org/v3, kind: {kind}, metadata: {{name: a, namespace: shop}}, spec: {{{spec}}}}}"
        );
        let Object::CalicoSet(set) = one(&yaml) else { panic!("no set: {yaml}") };
        assert_eq!(set.kind, Kind::of("crd.projectcalico.org/v1", kind).unwrap());
        let address: IpAddr = "192.0.2.7".parse().unwrap();
        Some((set.addresses?.contains(address), set.names_ports))
    }

    #[test]
    fn addresses_are_ranges_or_single_ones() {
        for (kind, spec, expected) in [
            ("NetworkSet", "nets: [192.0.2.0/24]", Some((true, false))),
            ("NetworkSet", "nets: [192.0.2.8, 'fd00::/8']", Some((false, false))),
            ("NetworkSet", "", Some((false, false))),
            ("GlobalNetworkSet", "nets: [192.0.2.7]", Some((true, false))),
            ("GlobalNetworkSet", "nets: [192.0.2.7, nonsense]", None),
            ("GlobalNetworkSet", "nets: [192.0.2.7], allowedEgressDomains: [x.test]", None),
            (
                "HostEndpoint",
                "node: n, expectedIPs: [192.0.2.7], ports: [{name: web, port: 80, protocol: TCP}]",
                Some((true, true)),
            ),
        ] {
            assert_eq!(has(kind, spec), expected, "{kind} {spec}");
        }
    }
}
