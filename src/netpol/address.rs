//! IP address families, blocks with exceptions, and sets of addresses as ranges.

use std::net::IpAddr;

use ipnet::IpNet;

/// An IP family; they never mix: `0.0.0.0/0` says nothing about IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

/// The families that a cluster uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Families {
    /// IPv4 is in use.
    pub v4: bool,
    /// IPv6 is in use.
    pub v6: bool,
}

/// IPv4 only: what holds without any sign (SEMANTICS 13.13).
impl Default for Families {
    fn default() -> Self {
        Self { v4: true, v6: false }
    }
}

/// An `ipBlock`: a range without its exceptions, host bits masked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Block {
    /// `cidr`.
    pub cidr: IpNet,
    /// `except`; entries that cannot be read are left out and make the whole peer unreadable.
    pub except: Vec<IpNet>,
}

impl Block {
    /// Whether `address` is in the range and in none of the exceptions.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.cidr.contains(&address) && !self.except.iter().any(|net| net.contains(&address))
    }
}

/// A set of addresses: sorted disjoint inclusive ranges per family.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AddressSet {
    v4: Vec<(u32, u32)>,
    v6: Vec<(u128, u128)>,
}
