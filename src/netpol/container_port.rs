//! The ports that the containers of a pod declare.

use super::{PortSet, PortSets, Protocol};

/// One container port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerPort {
    /// Its name, empty when it has none.
    pub name: String,
    /// The protocol.
    pub protocol: Protocol,
    /// The number.
    pub port: u16,
    /// Declared by a sidecar (an init container with `restartPolicy: Always`): whether its name counts depends on the network plugin.
    pub sidecar: bool,
}

impl ContainerPort {
    /// The numbers that `name` of `protocol` stands for on a pod with `ports`: those that it has for certain, and those that
    /// it has where the names of sidecars count (SEMANTICS 13.20).
    pub fn named(ports: &[Self], protocol: Protocol, name: &str) -> (PortSets, PortSets) {
        let of = |sidecars: bool| {
            let numbers = ports.iter().filter(|port| {
                port.protocol == protocol && port.name == name && (sidecars || !port.sidecar)
            });
            let numbers: PortSet = numbers.map(|port| (port.port, port.port)).collect();
            PortSets::of(|one| if one == protocol { numbers.clone() } else { PortSet::default() })
        };
        (of(false), of(true))
    }
}
