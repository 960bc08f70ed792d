//! The same with policies of Cilium: what is found by index is what is found pair by pair.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::cluster::{Cluster, clusters};
use super::found_alone_as_together;
use crate::connections::network;
use crate::model::{Settings, World};
use crate::netpol::cilium::laws::Document;
use crate::netpol::cilium::laws::strategies::policies;
use crate::sample::object;

/// The policies as objects, in the words of the random clusters.
pub(crate) fn documents(policies: &[Document]) -> Vec<Value> {
    let document = |(index, (home, spec)): (usize, &Document)| {
        let kind = match home {
            Some(_) => "CiliumNetworkPolicy",
            None => "CiliumClusterwideNetworkPolicy",
        };
        let text = json!({
            "apiVersion": "cilium.io/v2", "kind": kind, "spec": spec,
            "metadata": {"name": format!("c{index}"), "namespace": home},
        });
        let text = text.to_string().replace("\"shop\"", "\"app\"");
        let text = text.replace("io.cilium.k8s.policy.cluster", "pod-template-hash");
        serde_json::from_str(&text).unwrap()
    };
    policies.iter().enumerate().map(document).collect()
}

/// The Pods of both, with what only selectors of Cilium ask for.
fn both(mut cluster: Cluster, other: Cluster) -> Cluster {
    cluster.pods.extend(other.pods);
    for (index, pod) in cluster.pods.iter_mut().enumerate() {
        pod["metadata"]["name"] = json!(format!("p{index}"));
        if index % 2 == 0 {
            pod["spec"]["serviceAccountName"] = json!("admin");
        }
        if index % 3 == 0 {
            pod["metadata"]["labels"]["pod-template-hash"] = json!("x");
        }
    }
    for namespace in &mut cluster.namespaces {
        namespace["metadata"]["labels"]["team"] = namespace["metadata"]["name"].clone();
    }
    cluster
}

proptest! {
    #![proptest_config(super::config())]

    #[test]
    fn selectors_of_cilium_tell_apart_by_index_whom_they_tell_apart(
        (cluster, other) in (clusters(), clusters()), policies in policies(true), unaddressed in 0..256_usize,
        blocks_match_pods in select(vec![None, Some(false), Some(true)]), isolates_always in prop::bool::weighted(0.2),
    ) {
        let mut cluster = both(cluster, other);
        for (index, pod) in cluster.pods.iter_mut().enumerate() {
            if unaddressed >> index & 1 == 1 {
                pod["status"] = Value::Null;
            }
        }
        cluster.policies.extend(documents(&policies));
        let world = World::from_objects(cluster.documents().iter().map(object));
        let mut network = network(&world, &Settings::default());
        (network.blocks_match_pods, network.isolates_always) = (blocks_match_pods, isolates_always);
        network.nodes = Some([ipnet::IpNet::V4("10.0.1.128/25".parse().unwrap())].map(Into::into).into_iter().collect());
        found_alone_as_together(&world, &network, &cluster)?;
    }
}
