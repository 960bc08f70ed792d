//! Which pods a policy selects: as selectors for a whole namespace, and asked of each pod, it is the same.

use proptest::prelude::*;

use super::cluster::clusters;
use super::config;
use crate::netpol::calico::{AnyPod, Policy};
use crate::netpol::{Labels, PodEnd};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn pods_are_selected_one_by_one_as_all_together(cluster in clusters()) {
        let values = [None, Some("x"), Some("y"), Some("other")];
        let label_sets = values.into_iter().flat_map(|a| values.map(|b| (a, b)));
        let label_sets: Vec<Labels> = label_sets
            .map(|(a, b)| [("a", a), ("b", b)].into_iter().filter_map(|(key, value)| Some((key, value?))).collect())
            .collect();
        for policy in &cluster.policies {
            let spec = policy.read();
            let view = Policy { namespace: policy.namespace, name: policy.name, spec: &spec };
            for (namespace, namespace_labels) in &cluster.namespaces {
                let pods = view.pods(&AnyPod { namespace, namespace_labels });
                for (labels, service_account) in label_sets.iter().flat_map(|labels| ["robot", "x", ""].map(|name| (labels, name))) {
                    let pod = PodEnd {
                        namespace, namespace_labels, labels, service_account, ports: &[], addresses: &[], host_network: false,
                    };
                    let selected = view.selects(&pod);
                    let is_certain = pods.certain.iter().any(|selector| selector.matches(labels));
                    prop_assert!(!is_certain || selected == Some(true), "{labels}: {pods:?}, yet {selected:?}");
                    prop_assert!(is_certain || !pods.exact || selected == Some(false), "{labels}: {pods:?}, yet {selected:?}");
                }
            }
        }
    }
}
