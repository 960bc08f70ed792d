//! The labels that selectors see: those of a pod, and those that Calico adds and lets it inherit.
//!
//! `libcalico-go/lib/backend/k8s/conversion`: a pod becomes an endpoint with its own labels and three more; it inherits those
//! of its namespace under `pcns.` and those of its service account under `pcsa.`, and its own win over what it inherits.

use crate::netpol::{Labels, PodEnd};

/// The name of the namespace, on everything that is in one.
pub(super) const NAMESPACE: &str = "projectcalico.org/namespace";
/// `k8s` on every pod.
const ORCHESTRATOR: &str = "projectcalico.org/orchestrator";
/// The name of a pod's service account, when it is short enough for a label.
pub(super) const SERVICE_ACCOUNT: &str = "projectcalico.org/serviceaccount";
/// Among the inherited labels: the name of the namespace, or of the service account.
pub(super) const NAME: &str = "projectcalico.org/name";
/// Before the labels of the namespace.
pub(super) const OF_NAMESPACE: &str = "pcns.";
/// Before the labels of the service account.
pub(super) const OF_SERVICE_ACCOUNT: &str = "pcsa.";
/// From this length on the name of a service account is no label.
const TOO_LONG: usize = 63;

/// What is known of the value of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// It is there, and this.
    Is(&'a str),
    /// It is not there.
    Absent,
    /// It is the pod's own: whatever its author writes.
    Free,
    /// It is not known.
    Unknown,
}

/// Something that has labels.
pub trait LabelSource {
    /// The value of `key`.
    fn value(&self, key: &str) -> Value<'_>;

    /// Whether `key` is known to be `value`.
    fn is(&self, key: &str, value: &str) -> bool {
        self.value(key) == Value::Is(value)
    }
}

/// A pod; without a service account it is not known which one it has.
pub(super) struct Pod<'a>(pub(super) &'a PodEnd<'a>);

/// Any pod that there can be in a namespace, none of which writes labels under the prefixes that Calico reserves.
#[derive(Clone, Copy, Debug)]
pub struct AnyPod<'a> {
    /// The name of the namespace.
    pub namespace: &'a str,
    /// Its labels.
    pub namespace_labels: &'a Labels,
}

pub(super) fn known(value: Option<&str>) -> Value<'_> {
    value.map_or(Value::Absent, Value::Is)
}

/// What is inherited from a namespace under `key`, which lacks the prefix.
pub(super) fn of_namespace<'a>(key: &str, name: &'a str, labels: &'a Labels) -> Value<'a> {
    if key == NAME { Value::Is(name) } else { known(labels.value(key)) }
}

impl LabelSource for Pod<'_> {
    fn value(&self, key: &str) -> Value<'_> {
        let Self(pod) = self;
        match key {
            NAMESPACE => return Value::Is(pod.namespace),
            ORCHESTRATOR => return Value::Is("k8s"),
            SERVICE_ACCOUNT if pod.service_account.is_empty() => return Value::Unknown,
            SERVICE_ACCOUNT if (1..TOO_LONG).contains(&pod.service_account.len()) => {
                return Value::Is(pod.service_account);
            }
            _ => {}
        }
        if let Some(own) = pod.labels.value(key) {
            return Value::Is(own);
        }
        if let Some(key) = key.strip_prefix(OF_NAMESPACE) {
            return of_namespace(key, pod.namespace, pod.namespace_labels);
        }
        match key.strip_prefix(OF_SERVICE_ACCOUNT) {
            Some(NAME) if !pod.service_account.is_empty() => Value::Is(pod.service_account),
            Some(_) => Value::Unknown,
            None => Value::Absent,
        }
    }
}

impl LabelSource for AnyPod<'_> {
    fn value(&self, key: &str) -> Value<'_> {
        match key {
            NAMESPACE => Value::Is(self.namespace),
            ORCHESTRATOR => Value::Is("k8s"),
            SERVICE_ACCOUNT => Value::Unknown,
            _ if key.starts_with(OF_SERVICE_ACCOUNT) => Value::Unknown,
            _ => key.strip_prefix(OF_NAMESPACE).map_or(Value::Free, |key| {
                of_namespace(key, self.namespace, self.namespace_labels)
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AnyPod, LabelSource, Pod, Value};
    use crate::netpol::{Labels, PodEnd};

    #[test]
    fn a_pod_has_its_own_labels_added_ones_and_inherited_ones() {
        let namespace_labels = Labels::from_iter([("team", "blue"), ("env", "prod")]);
        let labels = Labels::from_iter([
            ("app", "web"),
            ("pcns.env", "mine"),
            ("pcsa.own", "mine"),
            ("projectcalico.org/namespace", "forged"),
            ("projectcalico.org/serviceaccount", "forged"),
        ]);
        let end = PodEnd {
            namespace: "shop",
            namespace_labels: &namespace_labels,
            labels: &labels,
            service_account: "robot",
            ports: &[],
            addresses: &[],
            host_network: false,
        };
        for (key, value) in [
            ("app", Value::Is("web")),
            ("missing", Value::Absent),
            ("projectcalico.org/namespace", Value::Is("shop")),
            ("projectcalico.org/orchestrator", Value::Is("k8s")),
            ("projectcalico.org/serviceaccount", Value::Is("robot")),
            ("pcns.team", Value::Is("blue")),
            ("pcns.env", Value::Is("mine")),
            ("pcns.missing", Value::Absent),
            ("pcns.projectcalico.org/name", Value::Is("shop")),
            ("pcsa.projectcalico.org/name", Value::Is("robot")),
            ("pcsa.role", Value::Unknown),
            ("pcsa.own", Value::Is("mine")),
        ] {
            assert_eq!(Pod(&end).value(key), value, "{key}");
        }
        let long = "a".repeat(63);
        let end = PodEnd { service_account: &long, ..end };
        let pod = Pod(&end);
        let value = pod.value("projectcalico.org/serviceaccount");
        assert_eq!(value, Value::Is("forged"), "a long name is no label");
        let pod = Pod(&PodEnd { service_account: "", ..end });
        for key in ["projectcalico.org/serviceaccount", "pcsa.projectcalico.org/name"] {
            assert_eq!(pod.value(key), Value::Unknown, "{key}");
        }
    }

    #[test]
    fn any_pod_of_a_namespace_may_have_any_label_of_its_own() {
        let namespace_labels = Labels::from_iter([("team", "blue")]);
        let any = AnyPod { namespace: "shop", namespace_labels: &namespace_labels };
        for (key, value) in [
            ("app", Value::Free),
            ("projectcalico.org/namespace", Value::Is("shop")),
            ("projectcalico.org/orchestrator", Value::Is("k8s")),
            ("projectcalico.org/serviceaccount", Value::Unknown),
            ("pcns.team", Value::Is("blue")),
            ("pcns.missing", Value::Absent),
            ("pcns.projectcalico.org/name", Value::Is("shop")),
            ("pcsa.projectcalico.org/name", Value::Unknown),
        ] {
            assert_eq!(any.value(key), value, "{key}");
        }
    }
}
