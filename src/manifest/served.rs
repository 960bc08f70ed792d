//! API versions that no API server serves, or serves no longer.

use crate::object::Kind;

/// API version, kind (empty for every kind of the version), and the Kubernetes release that stopped serving it.
///
/// From the Kubernetes deprecated API migration guide.
const RETIRED: [(&str, &str, &str); 17] = [
    ("admissionregistration.k8s.io/v1beta1", "", "1.22"),
    ("apiextensions.k8s.io/v1beta1", "", "1.22"),
    ("apiregistration.k8s.io/v1beta1", "", "1.22"),
    ("apps/v1beta1", "", "1.16"),
    ("apps/v1beta2", "", "1.16"),
    ("batch/v1beta1", "CronJob", "1.25"),
    ("batch/v2alpha1", "CronJob", "1.21"),
    ("discovery.k8s.io/v1beta1", "EndpointSlice", "1.25"),
    ("extensions/v1beta1", "DaemonSet", "1.16"),
    ("extensions/v1beta1", "Deployment", "1.16"),
    ("extensions/v1beta1", "Ingress", "1.22"),
    ("extensions/v1beta1", "NetworkPolicy", "1.16"),
    ("extensions/v1beta1", "ReplicaSet", "1.16"),
    ("networking.k8s.io/v1beta1", "Ingress", "1.22"),
    ("networking.k8s.io/v1beta1", "IngressClass", "1.22"),
    ("rbac.authorization.k8s.io/v1alpha1", "", "1.22"),
    ("rbac.authorization.k8s.io/v1beta1", "", "1.22"),
];

/// Why no API server takes an object of this type, when it is of a kind that Portcullis reads in another version.
///
/// `None` for every other type: it may well be served by an extension, such as Calico's own `NetworkPolicy`.
pub(super) fn refusal(api_version: &str, kind: &str) -> Option<String> {
    // Kubernetes' own kinds first: Calico has a NetworkPolicy as well.
    let served = Kind::built_in().chain(Kind::ALL).find(|known| known.name() == kind)?;
    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
    let is_built_in = group == "extensions" || Kind::built_in().any(|known| known.group() == group);
    if !is_built_in {
        return None;
    }
    let since = RETIRED
        .into_iter()
        .find(|(version, name, _)| *version == api_version && (name.is_empty() || *name == kind));
    let what = match since {
        Some((_, _, release)) => format!("is no longer served since Kubernetes {release}"),
        None => "is no type that an API server knows".to_owned(),
    };
    let instead = served.api_version();
    Some(format!("{kind} in {api_version} {what}: write apiVersion: {instead}"))
}

#[cfg(test)]
mod tests {
    use super::refusal;

    #[test]
    fn retired_and_misspelt_versions_name_the_served_one() {
        assert_eq!(
            refusal("extensions/v1beta1", "NetworkPolicy").unwrap(),
            "NetworkPolicy in extensions/v1beta1 is no longer served since Kubernetes 1.16: write apiVersion: \
             networking.k8s.io/v1"
        );
        assert_eq!(
            refusal("v1", "Deployment").unwrap(),
            "Deployment in v1 is no type that an API server knows: write apiVersion: apps/v1"
        );
    }

    #[test]
    fn other_groups_are_left_alone() {
        assert_eq!(refusal("crd.projectcalico.org/v1", "NetworkPolicy"), None);
        assert_eq!(refusal("serving.knative.dev/v1", "Service"), None);
        assert_eq!(refusal("extensions/v1beta1", "PodSecurityPolicy"), None);
        assert_eq!(refusal("monitoring.coreos.com/v1alpha1", "Prometheus"), None);
        assert_eq!(refusal("networking.istio.io/v1", "Gateway"), None);
    }
}
