//! Keys of Cilium's label selectors: a source, and a name that may stand for something else than a label of a pod.

/// The namespace of a pod.
const NAMESPACE: &str = "io.kubernetes.pod.namespace";
/// The labels of a pod's namespace, each with this before its key.
const NAMESPACE_LABEL: &str = "io.cilium.k8s.namespace.labels.";
/// The service account of a pod.
const SERVICE_ACCOUNT: &str = "io.cilium.k8s.policy.serviceaccount";
/// The cluster of an endpoint: a name that no object tells.
const CLUSTER: &str = "io.cilium.k8s.policy.cluster";
/// Labels that Cilium takes off pods and puts on itself.
const OWNED: &str = "io.cilium.k8s.";

/// What the keys begin with that are no part of an identity, unless the agent is told otherwise (Cilium, *Limiting
/// Identity-Relevant Labels*; `pkg/labelsfilter`).
const LEFT_OUT: [&str; 13] = [
    "annotation",
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-completion-index",
    "controller-revision-hash",
    "controller-uid",
    "etcd_node",
    "io.kubernetes",
    "k8s.io",
    "kubernetes.io",
    "pod-template-generation",
    "pod-template-hash",
    "statefulset.kubernetes.io/pod-name",
];

/// Reserved labels: what is no pod carries one of them.
const RESERVED: [&str; 11] = [
    "health",
    "host",
    "ingress",
    "init",
    "kube-apiserver",
    "none",
    "remote-node",
    "unmanaged",
    "world",
    "world-ipv4",
    "world-ipv6",
];

/// Where a label comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Source {
    /// No prefix, or `any:`.
    Any,
    /// `k8s:`, the source of everything that Kubernetes tells.
    Kubernetes,
    /// `reserved:`.
    Reserved,
    /// Another one (`cidr:`, `container:`, `node:`).
    Other,
}

/// The key of a requirement.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) source: Source,
    pub(super) name: String,
}

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning<'a> {
    /// The name of the namespace.
    Namespace,
    /// A label of the namespace.
    NamespaceLabel(&'a str),
    /// The name of the service account.
    ServiceAccount,
    /// The name of the cluster.
    Cluster,
    /// A label of the pod.
    PodLabel(&'a str),
    /// A label that pods may have and that is no part of their identity, unless the agent is told otherwise.
    LeftOut(&'a str),
    /// A label of what is no pod.
    Reserved(&'a str),
    /// Something that is not known.
    Unknown,
}

impl Key {
    /// Reads a key as Cilium does (`labels.GetExtendedKeyFrom`).
    pub(super) fn read(text: &str) -> Self {
        let reserved = text.strip_prefix('$').or_else(|| text.strip_prefix("reserved."));
        let (source, name) = match (reserved, text.split_once(':')) {
            (_, Some(("" | "any", name))) => (Source::Any, name),
            (_, Some(("k8s", name))) => (Source::Kubernetes, name),
            (Some(name), None) | (_, Some(("reserved", name))) => (Source::Reserved, name),
            (_, Some((_, name))) => (Source::Other, name),
            (None, None) => (Source::Any, text),
        };
        Self { source, name: name.to_owned() }
    }

    pub(super) fn meaning(&self) -> Meaning<'_> {
        let name = self.name.as_str();
        match self.source {
            Source::Reserved if RESERVED.contains(&name) => Meaning::Reserved(name),
            Source::Reserved | Source::Other => Meaning::Unknown,
            Source::Any | Source::Kubernetes => match name {
                NAMESPACE => Meaning::Namespace,
                SERVICE_ACCOUNT => Meaning::ServiceAccount,
                CLUSTER => Meaning::Cluster,
                _ => {
                    if let Some(label) = name.strip_prefix(NAMESPACE_LABEL) {
                        Meaning::NamespaceLabel(label)
                    } else if name.starts_with(OWNED) {
                        Meaning::Unknown
                    } else if is_left_out(name) {
                        Meaning::LeftOut(name)
                    } else {
                        Meaning::PodLabel(name)
                    }
                }
            },
        }
    }
}

fn is_left_out(name: &str) -> bool {
    name.contains("beta.kubernetes.io") || LEFT_OUT.iter().any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::{Key, Meaning, Source};

    #[test]
    fn sources_are_told_by_prefix() {
        for (text, source, name) in [
            ("app", Source::Any, "app"),
            ("any:app", Source::Any, "app"),
            ("k8s:app", Source::Kubernetes, "app"),
            ("k8s:app.kubernetes.io/name", Source::Kubernetes, "app.kubernetes.io/name"),
            ("reserved:host", Source::Reserved, "host"),
            ("$host", Source::Reserved, "host"),
            ("cidr:10.0.0.0/8", Source::Other, "10.0.0.0/8"),
        ] {
            assert_eq!(Key::read(text), Key { source, name: name.to_owned() }, "{text}");
        }
    }

    #[test]
    fn pseudo_labels_are_no_labels_of_pods() {
        for (text, meaning) in [
            ("app", Meaning::PodLabel("app")),
            ("k8s:app.kubernetes.io/name", Meaning::PodLabel("app.kubernetes.io/name")),
            ("topology.kubernetes.io/zone", Meaning::PodLabel("topology.kubernetes.io/zone")),
            ("io.kubernetes.pod.namespace", Meaning::Namespace),
            ("k8s:io.kubernetes.pod.namespace", Meaning::Namespace),
            ("io.cilium.k8s.namespace.labels.team", Meaning::NamespaceLabel("team")),
            (
                "k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name",
                Meaning::NamespaceLabel("kubernetes.io/metadata.name"),
            ),
            ("io.cilium.k8s.policy.serviceaccount", Meaning::ServiceAccount),
            ("io.cilium.k8s.policy.cluster", Meaning::Cluster),
            ("io.cilium.k8s.policy.name", Meaning::Unknown),
            ("kubernetes.io/hostname", Meaning::LeftOut("kubernetes.io/hostname")),
            ("pod-template-hash", Meaning::LeftOut("pod-template-hash")),
            ("reserved:kube-apiserver", Meaning::Reserved("kube-apiserver")),
            ("reserved:all", Meaning::Unknown),
            ("cidr:10.0.0.0/8", Meaning::Unknown),
        ] {
            assert_eq!(Key::read(text).meaning(), meaning, "{text}");
        }
    }
}
