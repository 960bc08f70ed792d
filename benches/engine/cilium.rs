//! What the teams of a growing cluster write where Cilium runs: rules in its own words, and some for the whole cluster.

use serde_json::{Value, json};

const NAMESPACE: &str = "k8s:io.kubernetes.pod.namespace";

/// Four of each team.
pub(crate) fn policies(namespace: &str, index: usize) -> Vec<Value> {
    let app = |name: &str| json!({"matchLabels": {"app": name}});
    let of =
        |namespace: &str, name: &str| json!({"matchLabels": {"app": name, NAMESPACE: namespace}});
    let tcp = |port: &str| json!([{"ports": [{"port": port, "protocol": "TCP"}]}]);
    let team = format!("t{}", index % 50);
    let team = json!({"matchLabels": {"io.cilium.k8s.namespace.labels.team": team, "app": "web"}});
    let specs = [
        json!({"endpointSelector": {}, "ingress": [{"fromEndpoints": [of("monitoring", "prometheus")], "toPorts": tcp("9090")}]}),
        json!({"endpointSelector": app("web"),
            "ingress": [{"fromEndpoints": [of("ingress-nginx", "controller")], "toPorts": tcp("8080")}]}),
        json!({"endpointSelector": app("api"),
            "ingress": [{"fromEndpoints": [app("web"), app("worker"), team], "toPorts": tcp("8080")}],
            "egress": [{"toEndpoints": [{}]}, {"toEntities": ["kube-apiserver"]}]}),
        json!({"endpointSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["cache", "db"]}]},
            "ingress": [{"fromEndpoints": [app("api")], "toPorts": tcp("5432")}]}),
    ];
    let object = |(number, spec): (usize, Value)| {
        json!({"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "spec": spec,
            "metadata": {"name": format!("p{number}"), "namespace": namespace}})
    };
    specs.into_iter().enumerate().map(object).collect()
}

/// Names for everybody, and nobody reaches the caches from the front.
pub(crate) fn of_the_cluster() -> Vec<Value> {
    let dns = json!({"endpointSelector": {}, "enableDefaultDeny": {"egress": false}, "egress": [{
        "toEndpoints": [{"matchLabels": {"app": "coredns", NAMESPACE: "kube-system"}}],
        "toPorts": [{"ports": [{"port": "53", "protocol": "UDP"}]}]}]});
    let caches = json!({"endpointSelector": {"matchLabels": {"app": "cache"}}, "enableDefaultDeny": {"ingress": false},
        "ingressDeny": [{"fromEndpoints": [{"matchLabels": {"app": "web"}}]}]});
    let object = |(name, spec): (&str, Value)| {
        json!({"apiVersion": "cilium.io/v2", "kind": "CiliumClusterwideNetworkPolicy", "spec": spec,
            "metadata": {"name": name}})
    };
    [("dns", dns), ("caches", caches)].map(object).into()
}
