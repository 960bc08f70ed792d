//! k3s: its policy controller is part of the server, so only nodes tell of it.

use crate::model::{Enforces, Features, Plugin};
use crate::object::Node;

use super::Seen;

const ARGUMENTS: &str = "k3s.io/node-args";

/// What the nodes tell.
pub(super) fn seen(nodes: &[&Node]) -> Option<Seen> {
    let node = nodes.iter().find(|node| node.kubelet.contains("+k3s"))?;
    // The flag is one of servers: the arguments of other nodes do not tell.
    let servers = nodes.iter().filter(|node| {
        ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"]
            .iter()
            .any(|role| node.meta.labels.value(role).is_some())
    });
    let arguments: Vec<Vec<String>> = servers
        .filter_map(|node| node.meta.annotations.get(ARGUMENTS))
        .filter_map(|text| serde_json::from_str(text).ok())
        .collect();
    let is_off = |arguments: &Vec<String>| {
        arguments.iter().enumerate().any(|(index, argument)| match argument.as_str() {
            "--disable-network-policy" => {
                arguments.get(index + 1).is_none_or(|value| value != "false")
            }
            argument => argument == "--disable-network-policy=true",
        })
    };
    let mut evidence = vec![format!("node {} runs kubelet {}", node.meta.name, node.kubelet)];
    let (enforces, why) = match (arguments.len(), arguments.iter().filter(|it| is_off(it)).count())
    {
        (0, _) => (Enforces::Unknown, "the arguments of its servers are not known"),
        (_, 0) => (Enforces::Yes, "no server has --disable-network-policy"),
        (all, off) if all == off => (Enforces::No, "its servers have --disable-network-policy"),
        _ => (Enforces::Unknown, "some of its servers have --disable-network-policy"),
    };
    evidence.push(why.to_owned());
    let features = Features::of(Plugin::K3s, None);
    Some(Seen { plugin: Plugin::K3s, enforces, evidence, features, is_partial: false })
}
