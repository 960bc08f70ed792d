//! What that breaks, and what to do.

use crate::model::{Scope, three_of};
use crate::netpol::Protocol;
use crate::object::Policy;

use super::Gap;
use super::access::Access;

/// The message about gaps of one level.
pub(super) fn told(policy: &Policy, gaps: &[&Gap<'_>], scope: &Scope<'_>) -> String {
    let names: Vec<String> = gaps.iter().map(|gap| gap.server.name()).collect();
    let (name, servers) = (&policy.meta.name, three_of(&names));
    let first = gaps[0];
    let port = |protocol: Protocol| {
        let mut ports = first.server.ports().iter().filter(|port| port.protocol == protocol);
        ports.next().map_or(53, |port| port.port)
    };
    let (udp, tcp) = (port(Protocol::Udp), port(Protocol::Tcp));
    let both =
        if udp == tcp { format!("UDP and TCP {udp}") } else { format!("UDP {udp} and TCP {tcp}") };
    // Who looks at the Service sees another port.
    let own = if udp == 53 { "" } else { ", their own port behind the Service's 53" };
    let home = &scope.namespace.name;
    let lost = match (&first.accesses.udp, &first.accesses.tcp) {
        (Access::Everyone, Access::Everyone) => format!(
            "the DNS cache on nodes cannot ask {servers}, so names resolve on their own nodes alone; allow TCP {tcp} \
             without `from`: no selector matches the host network"
        ),
        (Access::Nobody, _) if first.is_cached => format!(
            "neither pods nor the DNS cache on nodes can ask {servers}, so no name resolves; allow {both} without `from`"
        ),
        (Access::Nobody, Access::Nobody) => format!(
            "no pod outside {home} can ask the DNS servers {servers}, so no name resolves; allow {both}{own} from all \
             namespaces (`namespaceSelector: {{}}`)"
        ),
        (Access::Nobody, _) => format!(
            "no pod outside {home} can ask the DNS servers {servers} over UDP (`protocol` is TCP when left out), so no name \
             resolves; allow {both}{own} from all namespaces"
        ),
        (Access::AllBut(cut), _) => format!(
            "pods of {} cannot ask the DNS servers {servers} and resolve no name; allow {both}{own} from all namespaces \
             (`namespaceSelector: {{}}`)",
            namespaces(cut)
        ),
        (Access::Everyone, Access::Nobody) => format!(
            "no pod outside {home} can ask the DNS servers {servers} over TCP, by which truncated answers are asked for \
             again, so long answers are lost; allow TCP {tcp}{own} from all namespaces"
        ),
        (Access::Everyone, Access::AllBut(cut)) => format!(
            "pods of {} cannot ask the DNS servers {servers} over TCP, by which truncated answers are asked for again; \
             allow TCP {tcp}{own} from all namespaces",
            namespaces(cut)
        ),
    };
    format!("NetworkPolicy {name}: {lost}")
}

fn namespaces(names: &[String]) -> String {
    let noun = if names.len() == 1 { "namespace" } else { "namespaces" };
    format!("{noun} {}", three_of(names))
}
