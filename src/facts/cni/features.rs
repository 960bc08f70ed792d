//! What network plugins can and cannot do. Only what is documented is told; the rest is unknown.

use crate::model::{Dnat, Features, Plugin};

/// Kinds of policies beside `NetworkPolicy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// `AdminNetworkPolicy` and `BaselineAdminNetworkPolicy` (v1alpha1).
    AdminNetworkPolicy,
    /// Calico's own policies.
    Calico,
    /// Cilium's own policies.
    Cilium,
    /// `ClusterNetworkPolicy` (v1alpha2).
    ClusterNetworkPolicy,
}

/// Major and minor version of a tag like `v1.18.2`.
pub(super) fn version(tag: &str) -> Option<(u32, u32)> {
    let mut numbers = tag.trim_start_matches('v').split(['.', '-']);
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

impl Features {
    /// What `plugin` can do in this version (SEMANTICS 6 and 7).
    pub(super) fn of(plugin: Plugin, version: Option<(u32, u32)>) -> Self {
        let after =
            Self { blocks_match_pods: Some(true), dnat: Some(Dnat::After), ..Self::default() };
        let full = Self { end_port: Some(true), sctp: Some(true), ..after };
        match plugin {
            Plugin::Calico | Plugin::Canal => Self {
                named_egress_ports: Some(true),
                calico: Some(true),
                admin: version.map(|version| ((3, 29)..=(3, 31)).contains(&version)),
                cluster: version.map(|version| version >= (3, 32)),
                ..full
            },
            Plugin::Cilium => Self {
                end_port: version.map(|version| version >= (1, 17)),
                blocks_match_pods: Some(false),
                cilium: Some(true),
                admin: Some(false),
                cluster: version.filter(|version| *version <= (1, 18)).map(|_| false),
                ..after
            },
            // Its controller leaves such names out (resolvers/endpoints.go: convertToPolicyInfoPortForCIDRs).
            Plugin::AwsVpcCni => Self {
                named_ports_without_selector: Some(false),
                dnat: Some(Dnat::Before),
                admin: Some(false),
                ..after
            },
            Plugin::Kindnet | Plugin::KubeNetworkPolicies => {
                Self { named_egress_ports: Some(true), ..full }
            }
            // SCTP is an open request (kube-router#1019), and its rules are written for any protocol: nobody says which holds.
            Plugin::K3s | Plugin::KubeRouter => {
                Self { admin: Some(false), cluster: Some(false), ..after }
            }
            Plugin::OvnKubernetes => Self { admin: Some(true), ..full },
            Plugin::Flannel | Plugin::GkeNetd => {
                Self { admin: Some(false), cluster: Some(false), ..Self::default() }
            }
            Plugin::Antrea | Plugin::AzureNpm | Plugin::KubeOvn | Plugin::Weave => after,
        }
    }

    /// What both can do: where they differ, or one is not known, nothing is.
    pub(super) fn and(self, other: Self) -> Self {
        fn same<T: PartialEq + Copy>(one: Option<T>, other: Option<T>) -> Option<T> {
            if one == other { one } else { None }
        }
        Self {
            end_port: same(self.end_port, other.end_port),
            sctp: same(self.sctp, other.sctp),
            named_egress_ports: same(self.named_egress_ports, other.named_egress_ports),
            named_ports_without_selector: same(
                self.named_ports_without_selector,
                other.named_ports_without_selector,
            ),
            blocks_match_pods: same(self.blocks_match_pods, other.blocks_match_pods),
            blocks_match_nodes: same(self.blocks_match_nodes, other.blocks_match_nodes),
            dnat: same(self.dnat, other.dnat),
            // One that does is enough.
            isolates_always: either(self.isolates_always, other.isolates_always),
            admin: either(self.admin, other.admin),
            calico: either(self.calico, other.calico),
            cilium: either(self.cilium, other.cilium),
            cluster: either(self.cluster, other.cluster),
        }
    }

    /// Notes which plugins run: the policies of an agent that does not run, or is told to do nothing, are not implemented.
    pub(super) fn runs<'a>(&mut self, agents: impl Iterator<Item = (Plugin, &'a Self)>) {
        let agents: Vec<(Plugin, &Self)> = agents.collect();
        if agents.is_empty() {
            return;
        }
        let is_there = |wanted: &[Plugin]| agents.iter().any(|(plugin, _)| wanted.contains(plugin));
        let implements_cilium = agents
            .iter()
            .any(|(plugin, own)| *plugin == Plugin::Cilium && own.cilium != Some(false));
        self.cilium = Some(implements_cilium);
        self.calico = Some(is_there(&[Plugin::Calico, Plugin::Canal]));
    }

    pub(super) fn implements(&self, engine: Engine) -> Option<bool> {
        match engine {
            Engine::AdminNetworkPolicy => self.admin,
            Engine::Calico => self.calico,
            Engine::Cilium => self.cilium,
            Engine::ClusterNetworkPolicy => self.cluster,
        }
    }
}

fn either(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}
