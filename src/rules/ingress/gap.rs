//! Who must get in to which pods, and does not.

use crate::facts::{Client, Demand, PodPort, network};
use crate::model::Scope;
use crate::object::Workload;

use super::Door;

/// Pods that nobody reaches of those who must.
#[derive(Clone, Debug)]
pub(super) struct Gap<'s> {
    pub(super) workload: &'s Workload,
    pub(super) demand: &'s Demand,
    /// Where nobody gets in; never empty.
    pub(super) ports: Vec<PodPort>,
    /// At other ports of the same demand somebody gets in.
    pub(super) is_partial: bool,
}

/// What is missing at `workloads`, all of the scope's namespace.
pub(super) fn gaps<'s>(
    demands: &'s [Demand],
    workloads: &[&'s Workload],
    scope: &'s Scope<'_>,
) -> Vec<Gap<'s>> {
    let is_wanted =
        |workload: &&&Workload| demands.iter().any(|demand| demand.is_about(&workload.template));
    let mut wanted = workloads.iter().filter(is_wanted).peekable();
    if wanted.peek().is_none() {
        return Vec::new();
    }
    let network = network(scope.world, scope.settings);
    let mut gaps = Vec::new();
    for workload in wanted {
        let end = workload.end(scope.labels());
        let Some(door) = Door::of(end, false, scope, &network) else { continue };
        for demand in demands.iter().filter(|demand| demand.is_about(&workload.template)) {
            let enters = |port: &PodPort| {
                // A pod reaches itself, whatever policies say (SEMANTICS 13.15).
                let mut clients = demand.clients.iter();
                clients.any(|client| {
                    is_same(client, workload) || door.may_enter(client, port.protocol, port.port)
                })
            };
            let (open, ports): (Vec<PodPort>, Vec<PodPort>) =
                demand.ports_at(&workload.template).into_iter().partition(enters);
            if !ports.is_empty() {
                gaps.push(Gap { workload, demand, ports, is_partial: !open.is_empty() });
            }
        }
    }
    gaps
}

/// Whether the client's pods are those of the workload.
fn is_same(client: &Client, workload: &Workload) -> bool {
    let labels = &workload.template.labels;
    client.namespace == workload.meta.namespace
        && client.labels.as_ref().is_some_and(|own| {
            !own.is_empty() && own.iter().all(|(key, value)| labels.value(key) == Some(value))
        })
}
