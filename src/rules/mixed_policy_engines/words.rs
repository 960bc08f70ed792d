//! Words that the messages share.

use crate::model::three_of;
use crate::netpol::{Direction, PortSets, Protocol};
use crate::object::{ObjectRef, Workload};

/// `CiliumNetworkPolicy legacy`; policies of a namespace without it: the message is about that namespace.
pub(super) fn shown(policies: &[ObjectRef]) -> String {
    let names = policies.iter().map(|policy| format!("{} {}", policy.kind, policy.name));
    three_of(&names.collect::<Vec<_>>())
}

/// `Deployment/web and StatefulSet/db`: workloads of the namespace that the message is about.
pub(super) fn workloads_shown(workloads: &[&Workload]) -> String {
    let name = |workload: &&Workload| format!("{}/{}", workload.kind, workload.meta.display_name());
    three_of(&workloads.iter().map(name).collect::<Vec<_>>())
}

/// Where the peer is: `from` whom for ingress, `to` whom for egress.
pub(super) fn preposition(direction: Direction) -> &'static str {
    match direction {
        Direction::Ingress => "from",
        Direction::Egress => "to",
    }
}

/// One of the ports, or all of a protocol: `every port`, `every TCP port`, `UDP 53`.
pub(super) fn ports_shown(ports: &PortSets) -> String {
    let is_all = |protocol: &Protocol| ports.of_protocol(*protocol).is_everything();
    if ports.is_everything() {
        return "every port".to_owned();
    }
    // The order that people expect.
    let order = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp];
    let first = order.into_iter().find(|protocol| !ports.of_protocol(*protocol).is_empty());
    match first {
        None => "no port".to_owned(),
        Some(protocol) if is_all(&protocol) => format!("every {protocol} port"),
        Some(protocol) => {
            let first = ports.of_protocol(protocol).ranges().first().map_or(0, |range| range.0);
            format!("{protocol} {first}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ports_shown;
    use crate::netpol::{PortSet, PortSets, Protocol};

    #[test]
    fn one_port_stands_for_many() {
        let of = |wanted: Protocol, set: &PortSet| {
            PortSets::of(
                |protocol| if protocol == wanted { set.clone() } else { PortSet::default() },
            )
        };
        let some: PortSet = [(8080, 8081), (9090, 9090)].into_iter().collect();
        assert_eq!(ports_shown(&PortSets::everything()), "every port");
        assert_eq!(ports_shown(&of(Protocol::Tcp, &PortSet::everything())), "every TCP port");
        assert_eq!(ports_shown(&of(Protocol::Udp, &some)), "UDP 8080");
        assert_eq!(
            ports_shown(&of(Protocol::Sctp, &some).union(&of(Protocol::Tcp, &some))),
            "TCP 8080"
        );
    }
}
