//! What one DaemonSet tells about the network plugin.

use crate::model::{Enforces, Features, Plugin, World};
use crate::object::{ConfigMap, Container, Kind, Node, Object, Workload};

use super::features::version;
use super::{Seen, cilium, image};

/// kindnet enforces since kind 0.24.0; its images are tagged with the day that they were built.
const KINDNET_SINCE: u32 = 20_240_813;

/// What `agent` tells; `None` when it is no agent of a network plugin, or runs nowhere.
pub(super) fn seen(agent: &Workload, world: &World, nodes: &[&Node]) -> Option<Seen> {
    if agent.kind != Kind::DaemonSet || agent.meta.is_terminating() {
        return None;
    }
    let plugin = image::plugin(agent)?;
    let is_partial = is_partial(agent, nodes)?;
    let name = format!("DaemonSet {}/{}", agent.meta.namespace, agent.meta.name);
    let image = image::container(agent, &[], &[""]).map_or("", |container| &container.image);
    let mut evidence = vec![if image.is_empty() {
        format!("there is {name}")
    } else {
        format!("{name} runs {image}")
    }];
    if is_partial {
        evidence.push(format!("{name} runs on some nodes only"));
    }
    let mut features = Features::of(plugin, image::tag(agent, plugin).and_then(version));
    let (enforces, why) = match plugin {
        Plugin::AwsVpcCni => aws(agent, world),
        Plugin::Cilium => {
            let config = config_map(world, &agent.meta.namespace, "cilium-config");
            cilium::configure(&mut features, config);
            cilium::enforces(config)
        }
        Plugin::Flannel => flannel(agent),
        Plugin::GkeNetd => (Enforces::No, Some("netd alone enforces no NetworkPolicy".to_owned())),
        Plugin::Kindnet => kindnet(agent),
        Plugin::KubeRouter => kube_router(agent),
        Plugin::Weave => weave(agent),
        _ => (Enforces::Yes, None),
    };
    evidence.extend(why);
    Some(Seen { plugin, enforces, evidence, features, is_partial })
}

/// Whether it runs on some of the nodes only; `None` when it runs on none.
fn is_partial(agent: &Workload, nodes: &[&Node]) -> Option<bool> {
    let wanted = |key: &str| !matches!(key, "kubernetes.io/os" | "beta.kubernetes.io/os");
    let mut wanted = agent.node_labels.iter().filter(|(key, _)| wanted(key));
    if nodes.is_empty() {
        return Some(wanted.next().is_some());
    }
    let wanted: Vec<(&str, &str)> = wanted.collect();
    let runs_on = |node: &&&Node| {
        wanted.iter().all(|(key, value)| node.meta.labels.value(key) == Some(value))
    };
    match nodes.iter().filter(runs_on).count() {
        0 => None,
        count => Some(count < nodes.len()),
    }
}

/// A ConfigMap of the plugin's own namespace, or of kube-system.
pub(super) fn config_map<'w>(world: &'w World, home: &str, name: &str) -> Option<&'w ConfigMap> {
    [home, "kube-system"].into_iter().find_map(|namespace| {
        let maps = world.namespace(namespace)?.others(Kind::ConfigMap);
        maps.filter_map(|object| match object {
            Object::ConfigMap(map) => Some(map),
            _ => None,
        })
        .find(|map| map.meta.name == name)
    })
}

/// The value of the argument `--NAME=VALUE` or `--NAME`, which stands for `true`; the last one counts.
fn argument<'a>(container: &'a Container, name: &str) -> Option<&'a str> {
    container.arguments.iter().rev().find_map(|argument| {
        let rest = argument.trim_start_matches('-').strip_prefix(name)?;
        if rest.is_empty() { Some("true") } else { rest.strip_prefix('=') }
    })
}

/// Off by default: its node agent must be told to, and (on EKS) so must the controller on the control plane.
fn aws(agent: &Workload, world: &World) -> (Enforces, Option<String>) {
    let nodes = ["aws-eks-nodeagent", "aws-network-policy-agent"];
    let told = image::container(agent, &nodes, &["aws-network-policy-agent"])
        .and_then(|container| argument(container, "enable-network-policy"));
    match (told, aws_controller(world)) {
        (Some("true"), Some(true)) => (
            Enforces::Yes,
            Some(
                "its node agent has --enable-network-policy=true, and its controller is on"
                    .to_owned(),
            ),
        ),
        (Some("true"), None) => {
            (Enforces::Unknown, Some("whether its controller is on is not known".to_owned()))
        }
        (_, Some(false)) => (
            Enforces::No,
            Some("ConfigMap kube-system/amazon-vpc-cni switches its controller off".to_owned()),
        ),
        _ => (
            Enforces::No,
            Some("its node agent is not told --enable-network-policy=true".to_owned()),
        ),
    }
}

/// Whether the policy controller of EKS is on.
pub(super) fn aws_controller(world: &World) -> Option<bool> {
    let map = config_map(world, "kube-system", "amazon-vpc-cni")?;
    map.data.get("enable-network-policy-controller").map(|value| value == "true")
}

fn flannel(agent: &Workload) -> (Enforces, Option<String>) {
    let helper = image::container(agent, &["kube-network-policies"], &["kube-network-policies"]);
    match helper {
        Some(_) => (Enforces::Yes, Some("it runs kube-network-policies beside flannel".to_owned())),
        None => (Enforces::No, Some("flannel alone enforces no NetworkPolicy".to_owned())),
    }
}

fn kindnet(agent: &Workload) -> (Enforces, Option<String>) {
    let container = image::container(agent, &["kindnet-cni"], &["kindnetd"]);
    let day = container.and_then(|container| container.tag().strip_prefix('v'));
    let day = day.and_then(|tag| tag.split('-').next()?.parse::<u32>().ok());
    let asked = container.and_then(|container| argument(container, "network-policy"));
    if asked == Some("true") || day.is_some_and(|day| day >= KINDNET_SINCE) {
        return (Enforces::Yes, None);
    }
    (
        Enforces::Unknown,
        Some("kindnet enforces since kind 0.24.0; its image does not tell".to_owned()),
    )
}

fn kube_router(agent: &Workload) -> (Enforces, Option<String>) {
    let container = image::container(agent, &["kube-router"], &["kube-router"]);
    match container.and_then(|container| argument(container, "run-firewall")) {
        Some("false") => (Enforces::No, Some("it has --run-firewall=false".to_owned())),
        _ => (Enforces::Yes, None),
    }
}

fn weave(agent: &Workload) -> (Enforces, Option<String>) {
    let is_off = |container: &Container| {
        container.environment.get("EXPECT_NPC").is_some_and(|value| value == "0")
    };
    if agent.containers.iter().any(is_off) {
        return (Enforces::No, Some("it has EXPECT_NPC=0".to_owned()));
    }
    match image::container(agent, &["weave-npc"], &["weave-npc"]) {
        Some(_) => (Enforces::Yes, None),
        None => (Enforces::Unknown, Some("no container weave-npc is in it".to_owned())),
    }
}
