//! Whether Cilium's policies leave a pod open to everything.

use super::governing::Governing;
use super::identity::Identity;
use super::peer::Peers;
use crate::netpol::{AddressSet, Network};

impl Governing<'_> {
    /// Whether no rule allows anything to anybody.
    pub fn allows_nothing(&self) -> bool {
        self.allowing().all(|rule| rule.peers == Peers::Nobody)
    }

    /// Whether they may let the pod do (nearly) everything with all addresses of the world. What may be allowed counts as allowed
    /// here: what is not sure protects nobody.
    pub fn may_be_open(&self, network: &Network) -> bool {
        let parts = AddressSet::of(network.families).cut(self.blocks(network));
        let open = parts.into_iter().filter(|part| {
            let world = Identity::World { addresses: part, is_api_server: Some(false) };
            self.possible(network, &world).is_everything()
        });
        open.collect::<AddressSet>().covers_all(network.families)
    }
}
