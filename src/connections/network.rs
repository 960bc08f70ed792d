//! What is known of the network of a World.

use crate::model::{Settings, World};
use crate::netpol::{AddressSet, Network};

/// What is known of the network, as far as the meaning of policies depends on it.
pub fn network(world: &World, settings: &Settings) -> Network {
    let endpoints = settings.facts.api_server.iter().flat_map(|facts| &facts.endpoints);
    let api_server: AddressSet = endpoints.map(|net| AddressSet::from(*net)).collect();
    Network {
        families: world.families(),
        api_server: (!api_server.is_empty()).then_some(api_server),
        ..Network::default()
    }
}
