//! The meaning of a `networking.k8s.io/v1` `NetworkPolicy`: selectors, peers, ports, address ranges, coverage and allow-sets.
//!
//! A policy isolates the pods that its selector matches, in the directions of its types. What an isolated pod may do is the
//! union of the rules of all policies that select it; their order never matters and nothing subtracts, except `except`
//! inside one block. Everything here is a value: no World, no IO, and unreadable parts match nothing.

mod address;
mod allowed;
pub mod calico;
mod cidr;
pub mod cilium;
mod container_port;
mod coverage;
mod end;
mod everything;
mod labels;
mod pair;
mod policy;
mod port;
mod port_name;
mod ports;
mod range;
mod selector;
mod space;
mod stage;
mod standard;
mod tiers;
mod truth;
mod validate;
mod wire;
mod within;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod laws;

pub use address::{AddressSet, Block, Families, Family};
pub use allowed::{AllowSet, Answer, Destination};
pub use container_port::ContainerPort;
pub use coverage::{Beside, Coverage, Level, coverage, coverage_beside, isolates};
pub use end::{End, Engines, Network, PodEnd};
pub use labels::{Labels, is_label_key, is_label_value};
pub use policy::{
    Direction, NullSelector, Peer, PeerSelector, Peers, Pods, PolicySpec, PolicyTypes, Rule,
    TypesWritten,
};
pub use port::{PortMatch, PortSet, Ports, Protocol};
pub use port_name::is_port_name;
pub use ports::PortSets;
pub use selector::{Operator, Requirement, Selector};
pub use space::{Search, search};
pub use stage::{Action, Decided, Rest, Stage, Step, decide};
pub use standard::Governing;
pub use tiers::{
    ClusterPods, Form, Tier, TierGoverning, TieredPeer, TieredRule, TieredSpec, closed,
    validate_tiered,
};
pub use validate::{Invalid, validate};
pub use within::Where;
