//! A made-up cluster of many teams, each with a namespace like the one that the reviews were recorded in.

use std::fmt;

use serde_json::{Value, json};

/// The `ReplicaSet` that owns the Pods of the Deployment `checkout`, in every namespace.
pub(crate) const REPLICA_SET_UID: &str = "5ca1ab1e-0000-4000-8000-000000000001";
const DEPLOYMENT_UID: &str = "5ca1ab1e-0000-4000-8000-000000000002";
const STATEFUL_SET_UID: &str = "5ca1ab1e-0000-4000-8000-000000000003";

/// How large the cluster is. A namespace has 4 policies, 4 workloads and 10 Pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Size {
    Small,
    Large,
}

impl Size {
    pub(crate) fn namespaces(self) -> usize {
        match self {
            Self::Small => 10,
            Self::Large => 5_000,
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.namespaces();
        let (four, ten) = (4 * count, 10 * count);
        write!(f, "{count} namespaces, {four} policies, {four} workloads, {ten} Pods")
    }
}

/// The name of a namespace; all are equally long.
pub(crate) fn name(index: usize) -> String {
    format!("team-{index:05}")
}

/// All objects, as `kubectl get -o json` prints them.
pub(crate) fn objects(size: Size) -> impl Iterator<Item = Value> {
    system().into_iter().chain((0..size.namespaces()).flat_map(team))
}

/// What the rules look for outside of the teams' namespaces: DNS and the API server.
fn system() -> Vec<Value> {
    let named = |name: &str| json!({"name": name, "labels": {"name": name}});
    let namespaces = ["default", "ingress-nginx", "kube-system", "monitoring"]
        .map(|name| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": named(name)}));
    let dns = json!({"name": "kube-dns", "namespace": "kube-system"});
    let slice = |service: &str, namespace: &str| json!({"name": service, "namespace": namespace, "labels": {"kubernetes.io/service-name": service}});
    let dns_pod = json!({"kind": "Pod", "namespace": "kube-system", "name": "coredns-0"});
    let ports = |port: &str| {
        json!([{"name": "dns", "protocol": "UDP", "port": 53, port: 53},
               {"name": "dns-tcp", "protocol": "TCP", "port": 53, port: 53}])
    };
    let rest = json!([
        {"apiVersion": "v1", "kind": "Service", "metadata": dns,
         "spec": {"clusterIP": "10.96.0.10", "selector": {"k8s-app": "kube-dns"}, "ports": ports("targetPort")}},
        {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": slice("kube-dns", "kube-system"),
         "addressType": "IPv4", "ports": ports("port"),
         "endpoints": [{"addresses": ["10.244.0.2"], "conditions": {"ready": true}, "targetRef": dns_pod}]},
        {"apiVersion": "v1", "kind": "Pod",
         "metadata": {"name": "coredns-0", "namespace": "kube-system", "labels": {"k8s-app": "kube-dns"}},
         "spec": {"containers": [{"name": "coredns", "ports": ports("containerPort")}]},
         "status": {"phase": "Running", "podIPs": [{"ip": "10.244.0.2"}]}},
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "kubernetes", "namespace": "default"},
         "spec": {"clusterIP": "10.96.0.1", "ports": [{"name": "https", "port": 443, "targetPort": 6443}]}},
        {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": slice("kubernetes", "default"),
         "addressType": "IPv4", "ports": [{"name": "https", "port": 6443}],
         "endpoints": [{"addresses": ["192.0.2.10"], "conditions": {"ready": true}}]},
    ]);
    let Value::Array(rest) = rest else { unreachable!("a list was written down") };
    namespaces.into_iter().chain(rest).collect()
}

/// One team's namespace and what is in it.
fn team(index: usize) -> Vec<Value> {
    let namespace = name(index);
    let labels = json!({"name": namespace, "example.com/team": "checkout", "example.com/environment": "production",
        "portcullis.dev/default-deny": "self"});
    let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels}});
    let pods = (0..10).map(|pod| self::pod(&namespace, index, pod));
    std::iter::once(object)
        .chain(policies(&namespace))
        .chain(workloads(&namespace))
        .chain(pods)
        .collect()
}

fn policies(namespace: &str) -> impl Iterator<Item = Value> {
    let both = ["Ingress", "Egress"];
    let app = |name: &str| json!({"matchLabels": {"app.kubernetes.io/name": name}});
    let within =
        |namespace: &str| json!({"matchLabels": {"kubernetes.io/metadata.name": namespace}});
    let dns = json!({"namespaceSelector": within("kube-system"), "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}});
    let dns_ports = json!([{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]);
    let specs = [
        ("default-deny", json!({"podSelector": {}, "policyTypes": both})),
        (
            "allow-dns",
            json!({"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"to": [dns], "ports": dns_ports}]}),
        ),
        (
            "checkout",
            json!({"podSelector": app("checkout"), "policyTypes": both,
            "ingress": [{"from": [{"namespaceSelector": within("ingress-nginx")}], "ports": [{"port": "http"}]},
                        {"from": [{"namespaceSelector": within("monitoring")}], "ports": [{"port": 9090}]}],
            "egress": [{"to": [{"podSelector": app("orders-db")}], "ports": [{"port": 5432}]},
                       {"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.96.0.0/12"]}}], "ports": [{"port": 8443}]}]}),
        ),
        (
            "orders-db",
            json!({"podSelector": app("orders-db"), "policyTypes": both,
            "ingress": [{"from": [{"podSelector": app("checkout")}], "ports": [{"port": 5432}]}]}),
        ),
    ];
    let namespace = namespace.to_owned();
    specs.into_iter().map(move |(name, spec)| {
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"name": name, "namespace": namespace}, "spec": spec})
    })
}

fn workloads(namespace: &str) -> [Value; 4] {
    let (checkout, database) = (template("checkout", 8080), template("orders-db", 5432));
    let job = json!({"spec": {"template": template("report", 8080)}});
    let owner = owner("Deployment", "checkout", DEPLOYMENT_UID);
    [
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replicas": 6, "template": checkout},
            "metadata": {"name": "checkout", "namespace": namespace, "uid": DEPLOYMENT_UID}}),
        json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "spec": {"replicas": 6, "template": checkout},
            "metadata": {"name": "checkout-74fc58584d", "namespace": namespace, "uid": REPLICA_SET_UID, "ownerReferences": [owner]}}),
        json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "spec": {"replicas": 4, "template": database},
            "metadata": {"name": "orders-db", "namespace": namespace, "uid": STATEFUL_SET_UID}}),
        json!({"apiVersion": "batch/v1", "kind": "CronJob", "spec": {"schedule": "0 4 * * *", "jobTemplate": job},
            "metadata": {"name": "report", "namespace": namespace, "uid": "5ca1ab1e-0000-4000-8000-000000000004"}}),
    ]
}

fn template(app: &str, port: u16) -> Value {
    let ports = json!([{"name": "http", "containerPort": port}, {"name": "metrics", "containerPort": 9090}]);
    json!({"metadata": {"labels": labels(app)},
        "spec": {"automountServiceAccountToken": false, "containers": [{"name": app, "ports": ports}]}})
}

fn labels(app: &str) -> Value {
    json!({"app.kubernetes.io/name": app, "app.kubernetes.io/component": "api", "app.kubernetes.io/part-of": "shop",
        "app.kubernetes.io/version": "2.14.3"})
}

fn owner(kind: &str, name: &str, uid: &str) -> Value {
    json!({"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": uid, "controller": true})
}

/// Six Pods of the Deployment and four of the `StatefulSet`.
fn pod(namespace: &str, index: usize, pod: usize) -> Value {
    let (app, name, owner) = if pod < 6 {
        let set = "checkout-74fc58584d";
        ("checkout", format!("{set}-{pod:05}"), owner("ReplicaSet", set, REPLICA_SET_UID))
    } else {
        let owner = owner("StatefulSet", "orders-db", STATEFUL_SET_UID);
        ("orders-db", format!("orders-db-{}", pod - 6), owner)
    };
    let mut value = template(app, 8080);
    let number = index * 10 + pod;
    let address = format!("10.{}.{}.{}", 64 + (number >> 16), (number >> 8) & 255, number & 255);
    let uid = format!("5ca1ab1e-0000-4000-9000-{number:012}");
    value["apiVersion"] = json!("v1");
    value["kind"] = json!("Pod");
    value["metadata"] = json!({"name": name, "namespace": namespace, "uid": uid, "labels": labels(app), "ownerReferences": [owner]});
    value["status"] = json!({"phase": "Running", "podIPs": [{"ip": address}]});
    value
}
