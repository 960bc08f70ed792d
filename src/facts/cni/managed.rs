//! Clusters whose nodes run the plugin outside of any DaemonSet.

use crate::model::{Enforces, Features, Plugin, World};
use crate::object::Node;

use super::Seen;
use super::agent::aws_controller;

/// EKS Auto Mode: no `aws-node` runs; the ConfigMap alone decides.
pub(super) fn seen(world: &World, nodes: &[&Node], others: &[Seen]) -> Option<Seen> {
    const COMPUTE: &str = "eks.amazonaws.com/compute-type";
    if others.iter().any(|other| other.plugin == Plugin::AwsVpcCni) {
        return None;
    }
    let is_auto = |node: &&&Node| node.meta.labels.value(COMPUTE) == Some("auto");
    let auto = nodes.iter().filter(is_auto).count();
    let node = nodes.iter().find(is_auto)?;
    let (enforces, why) = match aws_controller(world) {
        Some(true) => (Enforces::Yes, "switches its policy controller on"),
        Some(false) => (Enforces::No, "switches its policy controller off"),
        None => (Enforces::Unknown, "is not known"),
    };
    let evidence = vec![
        format!("node {} is one of EKS Auto Mode", node.meta.name),
        format!("ConfigMap kube-system/amazon-vpc-cni {why}"),
    ];
    let features = Features::of(Plugin::AwsVpcCni, None);
    let is_partial = auto < nodes.len();
    Some(Seen { plugin: Plugin::AwsVpcCni, enforces, evidence, features, is_partial })
}
