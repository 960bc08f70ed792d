//! Ends as a person writes them: `NS/KIND/NAME`, `NS/k=v,k2=v2`, an address; behind the second one `:PORT[/PROTO]`.

use std::fmt;
use std::net::IpAddr;

use crate::netpol::{Labels, Protocol};
use crate::object::Kind;

/// One end, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// The pods of a workload.
    Workload {
        /// Its kind.
        kind: Kind,
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// A pod with these labels, whether one exists or not.
    Labelled {
        /// Its namespace.
        namespace: String,
        /// Its labels.
        labels: Labels,
    },
    /// An address.
    Address(IpAddr),
}

/// A port of a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortNamed {
    /// The protocol; TCP unless written.
    pub protocol: Protocol,
    /// The number.
    pub port: u16,
}

const SHAPES: &str = "write NAMESPACE/KIND/NAME, NAMESPACE/LABEL=VALUE,LABEL=VALUE or an address";

/// The kinds of workloads by the names that kubectl knows.
const KINDS: [(&str, Kind); 24] = [
    ("cj", Kind::CronJob),
    ("cronjob", Kind::CronJob),
    ("cronjobs", Kind::CronJob),
    ("daemonset", Kind::DaemonSet),
    ("daemonsets", Kind::DaemonSet),
    ("deploy", Kind::Deployment),
    ("deployment", Kind::Deployment),
    ("deployments", Kind::Deployment),
    ("ds", Kind::DaemonSet),
    ("job", Kind::Job),
    ("jobs", Kind::Job),
    ("po", Kind::Pod),
    ("pod", Kind::Pod),
    ("pods", Kind::Pod),
    ("rc", Kind::ReplicationController),
    ("replicaset", Kind::ReplicaSet),
    ("replicasets", Kind::ReplicaSet),
    ("replicationcontroller", Kind::ReplicationController),
    ("replicationcontrollers", Kind::ReplicationController),
    ("rs", Kind::ReplicaSet),
    ("statefulset", Kind::StatefulSet),
    ("statefulsets", Kind::StatefulSet),
    ("sts", Kind::StatefulSet),
    ("svc", Kind::Service),
];

/// Reads the end that connects. The error says what was expected.
pub fn from(text: &str) -> Result<Named, String> {
    let (end, port) = to(text)?;
    match port {
        None => Ok(end),
        Some(_) => {
            Err(format!("{text:?}: the end that connects has no port; write it behind the other"))
        }
    }
}

/// Reads the end that is connected to, and the port behind it.
pub fn to(text: &str) -> Result<(Named, Option<PortNamed>), String> {
    let text = text.trim();
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok((Named::Address(address), None));
    }
    if let Some(rest) = text.strip_prefix('[') {
        let wrong = || format!("{text:?} is no address in brackets; write it as [fd00::1]:443/TCP");
        let (address, rest) = rest.split_once(']').ok_or_else(wrong)?;
        let address = address.parse::<IpAddr>().map_err(|_| wrong())?;
        let behind = match rest {
            "" => None,
            rest => Some(port(rest.strip_prefix(':').ok_or_else(wrong)?)?),
        };
        return Ok((Named::Address(address), behind));
    }
    let (end, behind) = match text.split_once(':') {
        None => (text, None),
        Some((end, behind)) => (end, Some(port(behind)?)),
    };
    Ok((named(end)?, behind))
}

/// Reads `PORT[/PROTO]`.
pub fn port(text: &str) -> Result<PortNamed, String> {
    let (number, protocol) = text.split_once('/').unwrap_or((text, "TCP"));
    let wrong = || {
        format!(
            "{text:?} is no port; write a number from 1 to 65535, and /TCP, /UDP or /SCTP behind it"
        )
    };
    let protocol = Protocol::named(&protocol.to_ascii_uppercase()).ok_or_else(wrong)?;
    match number.parse() {
        Ok(port) if port > 0 => Ok(PortNamed { protocol, port }),
        _ => Err(wrong()),
    }
}

fn named(text: &str) -> Result<Named, String> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(Named::Address(address));
    }
    let wrong = || format!("{text:?} is no end of a connection; {SHAPES}");
    let (namespace, rest) = text.split_once('/').ok_or_else(wrong)?;
    if namespace.is_empty() {
        return Err(wrong());
    }
    let namespace = namespace.to_owned();
    if rest.is_empty() || rest.contains('=') {
        return Ok(Named::Labelled { namespace, labels: labels(rest)? });
    }
    let (kind, name) = rest.split_once('/').ok_or_else(wrong)?;
    if name.is_empty() || name.contains('/') {
        return Err(wrong());
    }
    match KINDS.iter().find(|(known, _)| *known == kind.to_ascii_lowercase()) {
        Some((_, Kind::Service)) => Err(format!(
            "{text:?}: policies know no Services; name the workload behind it, and its port at the pod"
        )),
        Some((_, kind)) => Ok(Named::Workload { kind: *kind, namespace, name: name.to_owned() }),
        None => Err(format!(
            "{kind:?} is no kind of workload; write deployment, statefulset, daemonset, cronjob, job, replicaset or pod"
        )),
    }
}

fn labels(text: &str) -> Result<Labels, String> {
    let parts = text.split(',').filter(|part| !part.is_empty());
    parts
        .map(|part| match part.split_once('=') {
            Some((key, value))
                if crate::netpol::is_label_key(key) && crate::netpol::is_label_value(value) =>
            {
                Ok((key.to_owned(), value.to_owned()))
            }
            _ => Err(format!("{part:?} is no label; write LABEL=VALUE, with a comma between two")),
        })
        .collect()
}

/// `shop/Deployment/web`, `shop/app=web`, `10.0.0.1`.
impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workload { kind, namespace, name } => {
                write!(f, "{namespace}/{}/{name}", kind.name().to_lowercase())
            }
            Self::Labelled { namespace, labels } if labels.is_empty() => write!(f, "{namespace}/"),
            Self::Labelled { namespace, labels } => write!(f, "{namespace}/{labels}"),
            Self::Address(address) => address.fmt(f),
        }
    }
}

/// `TCP 80`
impl fmt::Display for PortNamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.protocol, self.port)
    }
}
