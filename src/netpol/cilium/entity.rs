//! Entities: kinds of peers that have no labels.

use super::identity::{Identity, within};
use crate::netpol::{AddressSet, Families, Family};

/// An item of `fromEntities` or `toEntities`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Entity {
    /// Everyone.
    All,
    /// Everything of the cluster: pods, nodes, the API server wherever it is.
    Cluster,
    /// The node of the pod that the policy is about.
    Host,
    /// The API server.
    KubeApiServer,
    /// Nobody.
    None,
    /// The other nodes.
    RemoteNode,
    /// Cilium's own endpoints, and those that it does not manage: `health`, `ingress`, `init`, `unmanaged`.
    Special,
    /// Everything outside the cluster.
    World,
    /// The same of one family.
    WorldOf(Family),
}

impl Entity {
    /// The entity that a policy writes so; `None` for what Cilium refuses.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "all" => Self::All,
            "cluster" => Self::Cluster,
            "host" => Self::Host,
            "kube-apiserver" => Self::KubeApiServer,
            "none" => Self::None,
            "remote-node" => Self::RemoteNode,
            "health" | "ingress" | "init" | "unmanaged" => Self::Special,
            "world" => Self::World,
            "world-ipv4" => Self::WorldOf(Family::V4),
            "world-ipv6" => Self::WorldOf(Family::V6),
            _ => return None,
        })
    }

    /// Whether it holds `identity` (`EntitySelectorMapping`).
    pub(super) fn holds(self, identity: &Identity<'_>) -> Option<bool> {
        use Identity::{Node, Pod, Special, World};
        match (self, identity) {
            (Self::All, _)
            | (Self::Cluster, Pod(_) | Node { .. } | Special(_))
            | (Self::World, World { .. }) => Some(true),
            (Self::Cluster | Self::KubeApiServer, World { is_api_server, .. })
            | (Self::KubeApiServer, Node { is_api_server, .. }) => *is_api_server,
            (Self::Host, Node { is_local, .. }) => Some(*is_local),
            (Self::RemoteNode, Node { is_local, .. }) => Some(!is_local),
            (Self::Special, Special(_)) => None,
            (Self::WorldOf(family), World { addresses, .. }) => {
                let families = Families { v4: family == Family::V4, v6: family == Family::V6 };
                within(addresses, &AddressSet::of(families))
            }
            _ => Some(false),
        }
    }
}
