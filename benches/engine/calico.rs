//! What the teams of a growing cluster write where Calico runs: rules in its own words, and some for the whole cluster.

use serde_json::{Value, json};

/// Four of each team.
pub(crate) fn policies(namespace: &str, index: usize) -> Vec<Value> {
    let app = |name: &str| json!({"selector": format!("app == '{name}'")});
    let of = |namespace: &str, name: &str| {
        json!({"selector": format!("app == '{name}'"),
            "namespaceSelector": format!("projectcalico.org/name == '{namespace}'")})
    };
    let team = json!({"selector": "app == 'web'", "namespaceSelector": format!("team == 't{}'", index % 50)});
    let allow = |source: Value, port: u16| json!({"action": "Allow", "protocol": "TCP", "source": source, "destination": {"ports": [port]}});
    let ingress = json!(["Ingress"]);
    let specs = [
        json!({"types": ingress, "ingress": [allow(of("monitoring", "prometheus"), 9090)]}),
        json!({"selector": "app == 'web'", "types": ingress, "ingress": [allow(of("ingress-nginx", "controller"), 8080)]}),
        json!({"selector": "app == 'api'", "types": ["Ingress", "Egress"],
            "ingress": [allow(app("web"), 8080), allow(app("worker"), 8080), allow(team, 8080)],
            "egress": [{"action": "Allow", "destination": {"selector": "all()"}}]}),
        json!({"selector": "app in {'cache', 'db'}", "types": ingress, "ingress": [allow(app("api"), 5432)]}),
    ];
    let object = |(number, spec): (usize, Value)| {
        json!({"apiVersion": "projectcalico.org/v3", "kind": "NetworkPolicy", "spec": spec,
            "metadata": {"name": format!("p{number}"), "namespace": namespace}})
    };
    specs.into_iter().enumerate().map(object).collect()
}

/// Names for everybody, and nobody reaches the caches from the front.
pub(crate) fn of_the_cluster() -> Vec<Value> {
    let tier = json!({"apiVersion": "projectcalico.org/v3", "kind": "Tier", "metadata": {"name": "first"},
        "spec": {"order": 1, "defaultAction": "Pass"}});
    let dns = json!({"tier": "first", "types": ["Egress"], "egress": [{"action": "Allow", "protocol": "UDP",
        "destination": {"selector": "app == 'coredns'", "namespaceSelector": "projectcalico.org/name == 'kube-system'", "ports": [53]}}]});
    let caches = json!({"tier": "first", "selector": "app == 'cache'", "types": ["Ingress"],
        "ingress": [{"action": "Deny", "source": {"selector": "app == 'web'"}}]});
    let object = |(name, spec): (&str, Value)| {
        json!({"apiVersion": "projectcalico.org/v3", "kind": "GlobalNetworkPolicy", "spec": spec,
            "metadata": {"name": name}})
    };
    std::iter::once(tier)
        .chain([("first.dns", dns), ("first.caches", caches)].map(object))
        .collect()
}
