//! Which IP families a cluster uses, counted while objects come and go.

use std::net::IpAddr;

use crate::netpol::{Families, Family};

use super::World;

impl World {
    /// Whether anything tells which IP families are in use.
    pub fn shows_families(&self) -> bool {
        let FamilyCount { v4, v6 } = self.addresses;
        let has_blocks = self.blocks.v4 + self.blocks.v6 > 0;
        v4 + v6 > 0 || (has_blocks && !self.is_live())
    }

    /// The IP families in use: from Services, Pods, and the ranges of nodes and Services; blocks of policies count only where files are all there is.
    pub fn families(&self) -> Families {
        let offline = if self.is_live() { FamilyCount::default() } else { self.blocks };
        let v6 = self.addresses.v6 + offline.v6 > 0;
        Families { v4: self.addresses.v4 + offline.v4 > 0 || !v6, v6 }
    }

    /// The families that `stated` names and those that addresses show; without a statement those that are in use by all
    /// signs (SEMANTICS 13.13).
    pub fn families_beside(&self, stated: &[Family]) -> Families {
        if stated.is_empty() {
            return self.families();
        }
        let FamilyCount { v4, v6 } = self.addresses;
        Families {
            v4: v4 > 0 || stated.contains(&Family::V4),
            v6: v6 > 0 || stated.contains(&Family::V6),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct FamilyCount {
    v4: usize,
    v6: usize,
}

impl FamilyCount {
    pub(super) fn count(&mut self, addresses: impl Iterator<Item = IpAddr>, add: bool) {
        self.count_families(addresses.map(Family::of), add);
    }

    pub(super) fn count_families(&mut self, families: impl Iterator<Item = Family>, add: bool) {
        for family in families {
            let counter = match family {
                Family::V4 => &mut self.v4,
                Family::V6 => &mut self.v6,
            };
            *counter = if add { *counter + 1 } else { counter.saturating_sub(1) };
        }
    }
}
