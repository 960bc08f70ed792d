//! IP address families, blocks with exceptions, and sets of addresses as ranges.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Subnets, Ipv6Subnets};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::range::RangeSet;

/// A set that misses fewer IPv4 addresses counts as everything.
const NEARLY_V4: u128 = 1 << 16;

/// A set that misses fewer IPv6 addresses counts as everything.
const NEARLY_V6: u128 = 1 << 64;

/// An IP family; they never mix: `0.0.0.0/0` says nothing about IPv6.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Family {
    /// IPv4.
    #[serde(rename = "IPv4")]
    V4,
    /// IPv6.
    #[serde(rename = "IPv6")]
    V6,
}

impl Family {
    /// Both families, IPv4 first.
    pub const BOTH: [Self; 2] = [Self::V4, Self::V6];

    /// The family of `address`.
    pub fn of(address: IpAddr) -> Self {
        if address.is_ipv4() { Self::V4 } else { Self::V6 }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        })
    }
}

/// The families that a cluster uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Families {
    /// IPv4 is in use.
    pub v4: bool,
    /// IPv6 is in use.
    pub v6: bool,
}

impl Families {
    /// Both families.
    pub const DUAL: Self = Self { v4: true, v6: true };

    /// Whether `family` is in use.
    pub fn contains(self, family: Family) -> bool {
        match family {
            Family::V4 => self.v4,
            Family::V6 => self.v6,
        }
    }

    /// The families in use, IPv4 first.
    pub fn iter(self) -> impl Iterator<Item = Family> {
        Family::BOTH.into_iter().filter(move |family| self.contains(*family))
    }
}

/// IPv4 only: what holds without any sign of another family.
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

    /// Whether no address of one of `families` is in the range and in none of the exceptions.
    pub fn is_empty_in(&self, families: Families) -> bool {
        // Without an exception there is nothing to compute.
        if self.except.is_empty() {
            return !families.contains(Family::of(self.cidr.addr()));
        }
        self.addresses().is_empty_in(families)
    }

    /// The addresses in the range and in none of the exceptions.
    pub fn addresses(&self) -> AddressSet {
        let except = self
            .except
            .iter()
            .fold(AddressSet::default(), |set, net| set.union(&AddressSet::from(*net)));
        AddressSet::from(self.cidr).difference(&except)
    }
}

/// A set of addresses: sorted disjoint inclusive ranges per family.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressSet {
    v4: RangeSet<u32>,
    v6: RangeSet<u128>,
}

impl AddressSet {
    /// Every address of both families.
    pub fn everything() -> Self {
        Self { v4: RangeSet::everything(), v6: RangeSet::everything() }
    }

    /// Whether there is no address in the set.
    pub fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    /// Whether there is no address of one of `families` in the set.
    pub fn is_empty_in(&self, families: Families) -> bool {
        (!families.v4 || self.v4.is_empty()) && (!families.v6 || self.v6.is_empty())
    }

    /// Whether `address` is in the set.
    pub fn contains(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.v4.contains(address.to_bits()),
            IpAddr::V6(address) => self.v6.contains(address.to_bits()),
        }
    }

    /// The addresses in either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self { v4: self.v4.union(&other.v4), v6: self.v6.union(&other.v6) }
    }

    /// The addresses in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self { v4: self.v4.intersection(&other.v4), v6: self.v6.intersection(&other.v6) }
    }

    /// The addresses in this set and not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        Self { v4: self.v4.difference(&other.v4), v6: self.v6.difference(&other.v6) }
    }

    /// Whether every address of this set is in the other.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.difference(other).is_empty()
    }

    /// The set as the fewest blocks, IPv4 first, in order.
    pub fn blocks(&self) -> Vec<IpNet> {
        let v4 = self.v4.ranges().iter().flat_map(|(first, last)| {
            Ipv4Subnets::new(Ipv4Addr::from_bits(*first), Ipv4Addr::from_bits(*last), 0)
        });
        let v6 = self.v6.ranges().iter().flat_map(|(first, last)| {
            Ipv6Subnets::new(Ipv6Addr::from_bits(*first), Ipv6Addr::from_bits(*last), 0)
        });
        v4.map(IpNet::V4).chain(v6.map(IpNet::V6)).collect()
    }

    /// The first address of every range, and the first one behind it.
    pub fn edges(&self) -> Vec<IpAddr> {
        let v4 =
            self.v4.ranges().iter().flat_map(|(first, last)| [Some(*first), last.checked_add(1)]);
        let v6 =
            self.v6.ranges().iter().flat_map(|(first, last)| [Some(*first), last.checked_add(1)]);
        let v4 = v4.flatten().map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits)));
        v4.chain(v6.flatten().map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits)))).collect()
    }

    /// Every address of `families`.
    pub fn of(families: Families) -> Self {
        Self {
            v4: if families.v4 { RangeSet::everything() } else { RangeSet::default() },
            v6: if families.v6 { RangeSet::everything() } else { RangeSet::default() },
        }
    }

    /// Cuts the set into parts that no one of `blocks` tells apart: each block holds a part whole or not at all.
    pub fn cut<'b>(&self, blocks: impl IntoIterator<Item = &'b Self>) -> Vec<Self> {
        let mut parts: Vec<Self> = vec![self.clone()];
        for block in blocks {
            let halves =
                parts.iter().flat_map(|part| [part.intersection(block), part.difference(block)]);
            parts = halves.filter(|part| !part.is_empty()).collect();
        }
        parts
    }

    /// Whether the set holds (nearly) every address of `family`: it misses fewer than 2^16 of IPv4 or 2^64 of IPv6.
    pub fn covers(&self, family: Family) -> bool {
        match family {
            Family::V4 => self.v4.complement().count() < NEARLY_V4,
            Family::V6 => self.v6.complement().count() < NEARLY_V6,
        }
    }

    /// Whether the set holds (nearly) every address of every one of `families`.
    pub fn covers_all(&self, families: Families) -> bool {
        families.iter().all(|family| self.covers(family))
    }
}

/// All addresses of a range.
impl From<IpNet> for AddressSet {
    fn from(net: IpNet) -> Self {
        let mut set = Self::default();
        match net {
            IpNet::V4(net) => {
                set.v4 = RangeSet::of([(net.network().to_bits(), net.broadcast().to_bits())]);
            }
            IpNet::V6(net) => {
                set.v6 = RangeSet::of([(net.network().to_bits(), net.broadcast().to_bits())]);
            }
        }
        set
    }
}

impl FromIterator<Self> for AddressSet {
    fn from_iter<I: IntoIterator<Item = Self>>(sets: I) -> Self {
        let sets: Vec<Self> = sets.into_iter().collect();
        Self {
            v4: RangeSet::of(sets.iter().flat_map(|set| set.v4.ranges()).copied()),
            v6: RangeSet::of(sets.iter().flat_map(|set| set.v6.ranges()).copied()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AddressSet, Block, Families, Family};

    fn block(cidr: &str, except: &[&str]) -> Block {
        Block {
            cidr: cidr.parse().unwrap(),
            except: except.iter().map(|net| net.parse().unwrap()).collect(),
        }
    }

    fn set(cidr: &str, except: &[&str]) -> AddressSet {
        block(cidr, except).addresses()
    }

    #[test]
    fn a_block_and_its_set_hold_the_same_addresses() {
        let block = block("10.0.0.0/8", &["10.1.0.0/16"]);
        for (address, inside) in
            [("10.0.0.1", true), ("10.1.2.3", false), ("11.0.0.0", false), ("::1", false)]
        {
            let address = address.parse().unwrap();
            assert_eq!(block.contains(address), inside, "{address}");
            assert_eq!(block.addresses().contains(address), inside, "{address}");
        }
    }

    #[test]
    fn a_set_is_the_fewest_blocks() {
        let rest = set("10.0.0.0/8", &["10.128.0.0/9"]).union(&set("::/0", &["8000::/1"]));
        let blocks: Vec<String> = rest.blocks().iter().map(ToString::to_string).collect();
        assert_eq!(blocks, ["10.0.0.0/9", "::/1"]);
        assert_eq!(AddressSet::of(Families::DUAL).blocks().len(), 2);
    }

    #[test]
    fn a_cut_leaves_parts_that_no_block_tells_apart() {
        let (wide, narrow) = (set("10.0.0.0/8", &[]), set("10.1.0.0/16", &[]));
        let other = set("10.1.128.0/17", &["10.1.255.0/24"]);
        let all = AddressSet::of(Families::default());
        let parts = all.cut([&wide, &narrow, &other]);
        assert_eq!(parts.len(), 4);
        for part in &parts {
            for block in [&wide, &narrow, &other] {
                assert!(part.is_subset(block) || part.intersection(block).is_empty(), "{part:?}");
            }
        }
        assert_eq!(parts.into_iter().collect::<AddressSet>(), all);
    }

    #[test]
    fn families_never_mix() {
        let v4 = set("0.0.0.0/0", &[]);
        assert!(v4.covers(Family::V4) && !v4.covers(Family::V6));
        assert!(v4.covers_all(Families::default()) && !v4.covers_all(Families::DUAL));
        assert!(v4.union(&set("::/0", &[])).covers_all(Families::DUAL));
        assert!(v4.is_empty_in(Families { v4: false, v6: true }));
    }

    #[test]
    fn nearly_everything_is_everything() {
        for (cidr, except, family, covers) in [
            ("0.0.0.0/0", "10.0.0.0/16", Family::V4, false),
            ("0.0.0.0/0", "10.0.0.0/17", Family::V4, true),
            ("::/0", "fd00::/64", Family::V6, false),
            ("::/0", "fd00::/65", Family::V6, true),
        ] {
            assert_eq!(set(cidr, &[except]).covers(family), covers, "{cidr} without {except}");
        }
    }

    #[test]
    fn exceptions_that_cover_the_range_leave_nothing() {
        assert!(set("10.0.0.0/8", &["10.0.0.0/9", "10.128.0.0/9"]).is_empty());
        assert!(set("10.0.0.0/16", &[]).is_subset(&set("10.0.0.0/8", &[])));
        assert!(!set("10.0.0.0/8", &[]).is_subset(&set("10.0.0.0/16", &[])));
    }
}
