//! Where Calico keeps its objects: in definitions of the group `crd.projectcalico.org`, or in those that it serves.
//!
//! Its own rule (`UsingV3CRDs`): as `CALICO_API_GROUP` says; without it in `projectcalico.org/v3` where that is served and
//! `crd.projectcalico.org` is not. Where both are served, the former shows what the latter stores, through an API server of
//! Calico's own; or both are definitions, while a cluster moves from one to the other.

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::EnvVar;
use kube::api::ListParams;
use kube::{Api, Client, Error};

/// The group in which Calico serves its kinds, and may store them.
const NATIVE: &str = "projectcalico.org";
/// What the variable says then.
const NATIVE_API: &str = "projectcalico.org/v3";
/// The group in which it stores them otherwise.
const STORED: &str = "crd.projectcalico.org";
/// The variable, and the agents that have it.
const VARIABLE: &str = "CALICO_API_GROUP";
const AGENTS: &str = "metadata.name=calico-node";

/// The group in which objects of Calico count, where these groups are served.
pub(super) async fn group(client: &Client, groups: &[&str]) -> Result<&'static str, Error> {
    match (groups.contains(&STORED), groups.contains(&NATIVE)) {
        (true, true) if is_told_to_use_native(client).await? => Ok(NATIVE),
        (false, true) => Ok(NATIVE),
        _ => Ok(STORED),
    }
}

/// Whether `group` is one of Calico's two.
pub(super) fn is_calicos(group: &str) -> bool {
    group == NATIVE || group == STORED
}

/// Whether the agents are told to read what is served.
async fn is_told_to_use_native(client: &Client) -> Result<bool, Error> {
    let agents = Api::<DaemonSet>::all(client.clone());
    let agents = agents.list(&ListParams::default().fields(AGENTS)).await?.items;
    let containers = agents.into_iter().filter_map(|agent| agent.spec.template.spec);
    let variables = containers.flat_map(|pod| pod.containers).filter_map(|container| container.env);
    let is_it = |variable: &EnvVar| {
        let value = variable.value.as_deref().unwrap_or_default();
        variable.name == VARIABLE && value.eq_ignore_ascii_case(NATIVE_API)
    };
    Ok(variables.flatten().any(|variable| is_it(&variable)))
}
