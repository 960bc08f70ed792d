//! Blocks of addresses.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::Value;

use super::{Reading, field};
use crate::netpol::cilium::peer::Peer;
use crate::netpol::{AddressSet, Block};

impl Reading {
    /// An item of `fromCIDR` or `toCIDR`: a range, or one address (`CIDR.Validate`).
    pub(super) fn cidr(&mut self, item: &Value) -> Peer {
        let read = item.as_str().and_then(|text| {
            range(text).or_else(|| text.parse().ok().filter(is_plain).map(IpNet::from))
        });
        self.block(read.map(AddressSet::from))
    }

    /// An item of `fromCIDRSet` or `toCIDRSet`: a range without others inside it, or a group (`CIDRRule.Validate`).
    pub(super) fn cidr_set(&mut self, item: &Value) -> Peer {
        let Value::Object(fields) = item else { return self.block(None) };
        if ["cidrGroupRef", "cidrGroupSelector"].iter().any(|group| field(fields, group).is_some())
        {
            return Peer::Outside;
        }
        let cidr = field(fields, "cidr").and_then(Value::as_str).and_then(range);
        let except = match field(fields, "except") {
            None => Some(Vec::new()),
            Some(Value::Array(items)) => {
                items.iter().map(|item| item.as_str().and_then(range)).collect()
            }
            Some(_) => None,
        };
        let block = cidr.zip(except).map(|(cidr, except)| Block { cidr, except });
        let is_legal =
            |block: &Block| block.except.iter().all(|net| block.cidr.contains(&net.network()));
        self.block(block.filter(is_legal).map(|block| block.addresses()))
    }

    fn block(&mut self, addresses: Option<AddressSet>) -> Peer {
        addresses.map_or_else(
            || {
                self.doubt();
                Peer::Outside
            },
            Peer::Block,
        )
    }
}

fn range(text: &str) -> Option<IpNet> {
    let net: IpNet = text.parse().ok()?;
    is_plain(&net.addr()).then(|| net.trunc())
}

/// IPv4 addresses written as IPv6 ones are read differently by different versions.
fn is_plain(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(_) => true,
        IpAddr::V6(address) => address.to_ipv4_mapped().is_none(),
    }
}
