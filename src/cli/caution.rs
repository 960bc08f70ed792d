//! What policies say is not what happens where nobody enforces them.

use crate::facts::{Enforces, cni};
use crate::model::{Settings, World};

/// A word about a network plugin that is known to enforce no `NetworkPolicies` (SEMANTICS 6). What files show may not be all that
/// runs, so of them nothing is said.
pub(super) fn caution(settings: &Settings, world: &World) -> Option<String> {
    let cni = cni(world, settings);
    let stated = settings.facts.cni.as_ref().map(|facts| facts.enforces);
    let is_certain = world.is_live() || stated == Some(Enforces::No);
    let plugin = cni.plugin.filter(|_| is_certain && cni.enforces == Enforces::No)?;
    let why = cni.evidence.join("; ");
    let why = if why.is_empty() { why } else { format!(" ({why})") };
    Some(format!(
        "portcullis: the network plugin, {plugin}, enforces no NetworkPolicies{why}: what they deny is allowed in the cluster"
    ))
}

#[cfg(test)]
mod tests {
    use super::caution;
    use crate::model::{Settings, World};
    use crate::sample::{live, settings};

    const AGENT: &str = "{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: cilium, namespace: kube-system}, spec: {template: {spec: {\
        hostNetwork: true, containers: [{name: cilium-agent, image: 'quay.io/cilium/cilium:v1.18.4'}]}}}}";

    fn config(data: &str) -> String {
        format!(
            "{AGENT}\n---\n{{apiVersion: v1, kind: ConfigMap, metadata: {{name: cilium-config, namespace: kube-system}}, data: {data}}}"
        )
    }

    #[test]
    fn it_is_said_where_policies_of_kubernetes_are_switched_off() {
        let off = "{enable-k8s-networkpolicy: 'false'}";
        let told = caution(&Settings::default(), &live(&config(off))).unwrap_or_default();
        assert!(
            told.contains(", enforces no NetworkPolicies (")
                && told.contains("enable-k8s-networkpolicy is false"),
            "{told}"
        );
        for state in [config("{enable-policy: default}"), AGENT.to_owned()] {
            assert_eq!(caution(&Settings::default(), &live(&state)), None);
        }
        let stated = settings("facts: {cni: {name: flannel, enforces: no}}");
        assert!(caution(&stated, &World::default()).is_some());
    }
}
