//! Manifests that scenarios apply.

use serde_json::{Map, Value, json};

/// The label that declares how a namespace gets its default-deny.
pub(crate) const DECLARATION: &str = "portcullis.dev/default-deny";

/// All kinds that carry a pod template.
pub(crate) const TEMPLATED: [&str; 7] = [
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "Job",
    "CronJob",
    "ReplicationController",
];

/// A Namespace with labels.
pub(crate) fn namespace(name: &str, labels: &[(&str, &str)]) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": map(labels)}})
}

/// A `NetworkPolicy`.
pub(crate) fn policy(name: &str, spec: &Value) -> Value {
    let metadata = json!({"name": name});
    json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec})
}

/// Isolates every pod of its namespace from whoever calls.
pub(crate) fn deny_ingress() -> Value {
    policy("default-deny", &json!({"podSelector": {}, "policyTypes": ["Ingress"]}))
}

/// Lets everyone call every pod.
pub(crate) fn allow_all(name: &str) -> Value {
    policy(name, &json!({"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{}]}))
}

/// Lets pods of the namespace call those labelled `app: APP`, and isolates them from everyone else.
pub(crate) fn allow_neighbours_to(name: &str, app: &str) -> Value {
    let ingress = json!([{"from": [{"podSelector": {}}]}]);
    let selector = json!({"matchLabels": {"app": app}});
    policy(name, &json!({"podSelector": selector, "policyTypes": ["Ingress"], "ingress": ingress}))
}

/// A Pod labelled `app: NAME`.
pub(crate) fn pod(name: &str) -> Value {
    let mut pod = template(name);
    pod["apiVersion"] = json!("v1");
    pod["kind"] = json!("Pod");
    pod["metadata"]["name"] = json!(name);
    pod
}

/// A Deployment of one pod labelled `app: NAME`.
pub(crate) fn deployment(name: &str) -> Value {
    workload("Deployment", name)
}

/// A workload of one of the kinds of [`TEMPLATED`], whose pods are labelled `app: NAME`.
pub(crate) fn workload(kind: &str, name: &str) -> Value {
    let labels = json!({"app": name});
    let selector = json!({"matchLabels": labels});
    let mut template = template(name);
    let (api_version, spec) = match kind {
        "Job" | "CronJob" => {
            template["spec"]["restartPolicy"] = json!("Never");
            let job = json!({"template": template});
            match kind {
                "Job" => ("batch/v1", job),
                _ => ("batch/v1", json!({"schedule": "0 0 1 1 *", "jobTemplate": {"spec": job}})),
            }
        }
        "ReplicationController" => {
            ("v1", json!({"replicas": 1, "selector": labels, "template": template}))
        }
        "StatefulSet" => (
            "apps/v1",
            json!({"replicas": 1, "serviceName": name, "selector": selector, "template": template}),
        ),
        "DaemonSet" => ("apps/v1", json!({"selector": selector, "template": template})),
        _ => ("apps/v1", json!({"replicas": 1, "selector": selector, "template": template})),
    };
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, "spec": spec})
}

/// Several objects as one input.
pub(crate) fn list(items: &[Value]) -> Value {
    json!({"apiVersion": "v1", "kind": "List", "items": items})
}

fn template(app: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": app}},
        "spec": {"containers": [{"name": app, "image": "registry.invalid/none"}]},
    })
}

fn map(labels: &[(&str, &str)]) -> Map<String, Value> {
    labels.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect()
}
