//! Policies and ends for tests.

use std::net::IpAddr;

use super::{Governing, Placed, Specs};
use crate::netpol::{
    AddressSet, ContainerPort, Decided, Direction, End, Labels, Network, PodEnd, Rest, Stage,
    decide,
};

/// A pod, owned.
#[derive(Clone, Debug, Default)]
pub(super) struct Pod {
    pub(super) namespace: String,
    pub(super) namespace_labels: Labels,
    pub(super) labels: Labels,
    pub(super) service_account: String,
    pub(super) ports: Vec<ContainerPort>,
    pub(super) addresses: Vec<IpAddr>,
    pub(super) host_network: bool,
}

impl Pod {
    /// A pod of the namespace `namespace` (labels: its name, and `team` the same), with labels like `app=web,tier=front`.
    pub(super) fn of(namespace: &str, labels: &str) -> Self {
        let pairs = labels.split(',').filter_map(|label| label.split_once('='));
        Self {
            namespace: namespace.to_owned(),
            namespace_labels: Labels::from_iter([
                ("kubernetes.io/metadata.name", namespace),
                ("team", namespace),
            ]),
            labels: pairs.collect(),
            service_account: "default".to_owned(),
            ..Self::default()
        }
    }

    /// The same in the network of its node.
    pub(super) fn on_host(mut self) -> Self {
        self.host_network = true;
        self
    }

    pub(super) fn end(&self) -> PodEnd<'_> {
        PodEnd {
            namespace: &self.namespace,
            namespace_labels: &self.namespace_labels,
            labels: &self.labels,
            service_account: &self.service_account,
            ports: &self.ports,
            addresses: &self.addresses,
            host_network: self.host_network,
        }
    }
}

/// The policy with this `spec`, as YAML.
pub(super) fn policy(spec: &str) -> Specs {
    let value: serde_json::Value = serde_saphyr::from_str(spec).unwrap();
    Specs::read(Some(&value), None)
}

pub(super) fn addresses(text: &str) -> AddressSet {
    text.split(',').map(|net| AddressSet::from(net.parse::<ipnet::IpNet>().unwrap())).collect()
}

/// What these policies alone decide.
pub(super) fn decided<'a>(
    policies: impl IntoIterator<Item = Placed<'a>>,
    direction: Direction,
    network: &Network,
    subject: &Pod,
    peer: &End<'_>,
) -> Decided {
    let Some(governing) = Governing::of(policies, &subject.end(), direction) else {
        return Decided::everything();
    };
    let rest = match governing.isolates() {
        Some(true) => Rest::Denied,
        Some(false) => Rest::Next,
        None => Rest::Unknown,
    };
    let steps = governing.accept_steps(network, peer);
    decide(&[governing.deny_stage(network, peer), Stage { steps, rest }])
}
