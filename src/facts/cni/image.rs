//! Signatures of network plugins: what their DaemonSets look like.

use crate::model::Plugin;
use crate::object::{Container, Workload};

/// Plugin, names of its DaemonSet, names of its containers, parts of its image's repository. Mirrors keep the last two.
type Signature =
    (Plugin, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

const SIGNATURES: [Signature; 13] = [
    (Plugin::Antrea, &["antrea-agent"], &["antrea-agent"], &["antrea-agent", "antrea-ubuntu"]),
    (Plugin::AwsVpcCni, &["aws-node"], &["aws-node"], &["amazon-k8s-cni"]),
    (Plugin::AzureNpm, &["azure-npm"], &["azure-npm"], &["azure-npm"]),
    (Plugin::Calico, &["calico-node"], &["calico-node"], &["calico/node", "calico-node"]),
    (Plugin::Cilium, &["anetd", "cilium"], &["cilium-agent"], &["cilium/cilium"]),
    (Plugin::Flannel, &["kube-flannel-ds"], &["kube-flannel"], &["flannel/flannel"]),
    (Plugin::Kindnet, &["kindnet"], &["kindnet-cni"], &["kindnetd"]),
    (
        Plugin::KubeNetworkPolicies,
        &["kube-network-policies"],
        &["kube-network-policies"],
        &["kube-network-policies"],
    ),
    (Plugin::KubeOvn, &["kube-ovn-cni"], &["cni-server"], &["kubeovn/kube-ovn"]),
    (Plugin::KubeRouter, &["kube-router"], &["kube-router"], &["kube-router"]),
    (
        Plugin::OvnKubernetes,
        &["ovnkube-node"],
        &["ovnkube-controller", "ovnkube-node"],
        &["ovn-kubernetes"],
    ),
    (Plugin::Weave, &["weave-net"], &["weave", "weave-npc"], &["weave-kube", "weave-npc"]),
    (Plugin::GkeNetd, &["netd"], &["netd"], &["gke.gcr.io/netd", "netd-amd64"]),
];

/// The plugin whose agent the DaemonSet is.
pub(super) fn plugin(agent: &Workload) -> Option<Plugin> {
    let is = |(_, names, containers, images): &Signature| {
        names.contains(&agent.meta.name.as_str())
            || agent.containers.iter().any(|container| {
                containers.contains(&container.name.as_str())
                    || images.iter().any(|image| container.repository().contains(image))
            })
    };
    let mut matching = SIGNATURES.iter().filter(|signature| is(signature)).map(|row| row.0);
    let first = matching.next()?;
    match (first, matching.next()) {
        // Canal is Calico's agent beside Flannel's; a policy agent beside Flannel's makes Flannel enforce.
        (Plugin::Calico, Some(Plugin::Flannel)) => Some(Plugin::Canal),
        _ => Some(first),
    }
}

/// The container with one of `names`, or whose image has one of `images` in its repository.
pub(super) fn container<'a>(
    agent: &'a Workload,
    names: &[&str],
    images: &[&str],
) -> Option<&'a Container> {
    agent.containers.iter().find(|container| {
        names.contains(&container.name.as_str())
            || images.iter().any(|image| container.repository().contains(image))
    })
}

/// The tag of the plugin's own image.
pub(super) fn tag(agent: &Workload, plugin: Plugin) -> Option<&str> {
    let wanted = if plugin == Plugin::Canal { Plugin::Calico } else { plugin };
    let (_, _, names, images) = SIGNATURES.iter().find(|row| row.0 == wanted)?;
    container(agent, names, images).map(Container::tag).filter(|tag| !tag.is_empty())
}
