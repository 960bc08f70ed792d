//! Blocks of clients, and a Service that shows their traffic at the address of a node: `externalTrafficPolicy: Cluster`
//! (SEMANTICS 4.6).

use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};

use crate::facts::{Client, Demand, exposed, network, ranges};
use crate::model::{Problem, RuleLevel, Scope, three_of};
use crate::netpol::{AddressSet, Direction};
use crate::object::{Policy, Workload};

use super::super::answering::{allows_something, answers_for, selected};
use super::super::ingress::Door;

/// Where nodes, their tunnels and load balancers of the cloud have their addresses: who admits some of these may mean them.
const INSIDE: [(Ipv4Addr, u8); 4] = [
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
];

/// The problem of a policy that admits the addresses of clients, which its pods never see. It is only noted: some load balancers
/// and network plugins keep the client's address nevertheless, and no object tells.
pub(super) fn of_policy(policy: &Policy, scope: &Scope<'_>) -> Vec<Problem> {
    let direction = Direction::Ingress;
    if !policy.spec.types.ingress || !allows_something(policy, direction, scope) {
        return Vec::new();
    }
    let demands: Vec<Demand> =
        exposed(scope.namespace).into_iter().filter(|it| hides_clients(it, scope)).collect();
    let nodes = ranges(scope.world, scope.settings).nodes;
    if demands.is_empty() || nodes.is_empty() {
        return Vec::new();
    }
    let answered = selected(policy, scope)
        .into_iter()
        .filter(|workload| answers_for(policy, &workload.template.labels, direction, scope));
    let lost: Vec<(&Workload, Vec<String>)> = answered
        .map(|workload| (workload, lost(workload, &demands, &nodes, scope)))
        .filter(|(_, lost)| !lost.is_empty())
        .collect();
    if lost.is_empty() {
        return Vec::new();
    }
    let names: Vec<String> = lost.iter().flat_map(|(_, names)| names.clone()).collect();
    let message = format!(
        "NetworkPolicy {}: clients come to {} from the address of a node (`externalTrafficPolicy: Cluster`), which its \
         ipBlocks do not hold; keep their own by `externalTrafficPolicy: Local`",
        policy.meta.name,
        three_of(&names)
    );
    let problem = Problem::new(message).at("/spec/ingress").direction(direction);
    let about = lost.iter().map(|(workload, _)| *workload);
    vec![problem.key("nodes").about(about).at_most(RuleLevel::Audit)]
}

/// Whether the Service shows clients at the address of a node.
fn hides_clients(demand: &Demand, scope: &Scope<'_>) -> bool {
    let service = demand.service.as_ref().and_then(|name| scope.namespace.services.get(name));
    service.is_some_and(|service| !service.keeps_client_address)
}

/// At which Services some addresses get in to the pods, and nodes surely do not: `Deployment/web for Service web`.
fn lost(
    workload: &Workload,
    demands: &[Demand],
    nodes: &AddressSet,
    scope: &Scope<'_>,
) -> Vec<String> {
    let network = network(scope.world, scope.settings);
    let Some(door) = Door::of(workload.end(scope.labels()), false, scope, &network) else {
        return Vec::new();
    };
    let block = |(address, length)| Ipv4Net::new(address, length).ok().map(IpNet::from);
    let inside: AddressSet = INSIDE.into_iter().filter_map(block).map(AddressSet::from).collect();
    let from = nodes.union(&inside);
    let is_lost = |demand: &&Demand| {
        let ports = demand.ports_at(&workload.template);
        let clients =
            |client: &Client| ports.iter().all(|at| door.may_enter(client, at.protocol, at.port));
        demand.is_about(&workload.template)
            && !ports.is_empty()
            && demand.clients.iter().all(clients)
            && !ports.iter().any(|at| door.may_admit_some(&from, at.protocol, at.port))
    };
    let lost = demands.iter().filter(is_lost).filter_map(|demand| demand.service.as_ref());
    lost.map(|service| {
        format!("{}/{} for Service {service}", workload.kind, workload.meta.display_name())
    })
    .collect()
}
