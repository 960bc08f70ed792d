//! The answer for two given ends.

use crate::model::World;
use crate::netpol::{Decided, Direction, End, Network, PodEnd};

use super::Governed;

/// What `from` may reach at `to`: what the egress policies of the one and the ingress policies of the other both allow.
///
/// An end whose namespace the World does not know, and addresses, have no policies.
pub fn between(world: &World, network: &Network, from: &End<'_>, to: &End<'_>) -> Decided {
    let one_side = |subject: &End<'_>, peer: &End<'_>, direction| match subject {
        End::Addresses(_) => Decided::everything(),
        End::Pod(pod) => of_pod(world, network, pod, peer, direction),
    };
    let egress = one_side(from, to, Direction::Egress);
    egress.and(&one_side(to, from, Direction::Ingress))
}

fn of_pod(
    world: &World,
    network: &Network,
    pod: &PodEnd<'_>,
    peer: &End<'_>,
    direction: Direction,
) -> Decided {
    match world.namespace(pod.namespace) {
        None => Decided::everything(),
        Some(view) => Governed::of(world, network, view, pod, direction).decide(network, pod, peer),
    }
}
