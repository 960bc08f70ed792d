//! What the API server calls: webhooks, aggregated APIs, conversion of custom resources (SEMANTICS 4.4).

use crate::model::{ClientFacts, NamespaceView, Settings, World};
use crate::object::{Call, Object, PortRef};

use super::client::{Client, known};
use super::demand::{Demand, DemandedPods, behind, tcp_of_service};
use super::derived::derived;

/// The connections from the API server to pods of `view`. It dials an endpoint at its target port, from the host network or from
/// outside: no selector matches it, except that of the agents of a tunnel where those run. Costs as much as there are callers.
pub fn called(world: &World, settings: &Settings, view: &NamespaceView) -> Vec<Demand> {
    let mut demands = Vec::new();
    for object in world.pointing_at(&view.name) {
        let calls: Vec<&Call> = match object {
            Object::Callback(callback) => callback.calls.iter().collect(),
            Object::CustomResourceDefinition(definition) => definition.conversion.iter().collect(),
            _ => continue,
        };
        if object.meta().is_terminating() {
            continue;
        }
        for call in calls.into_iter().filter(|call| call.namespace == view.name) {
            let Some((service, labels)) = behind(view, &call.service) else { continue };
            demands.push(Demand {
                origin: Some(object.reference()),
                detail: call.name.clone(),
                service: Some(call.service.clone()),
                pods: DemandedPods::With(labels),
                ports: tcp_of_service(service, Some(&PortRef::Number(call.port))),
                clients: callers(world, settings),
                fails: call.fails,
            });
        }
    }
    demands
}

/// The agents of a tunnel where those run, else the API server itself.
fn callers(world: &World, settings: &Settings) -> Vec<Client> {
    match tunnels(world, settings).as_slice() {
        [] => vec![Client::outside("the API server")],
        tunnels => tunnels.iter().map(|facts| Client::of(facts, world)).collect(),
    }
}

/// The agents of a tunnel through which the API server reaches pods.
pub(super) fn tunnels(world: &World, settings: &Settings) -> Vec<ClientFacts> {
    let stated = settings.facts.api_server.as_ref().map(|facts| facts.tunnels.as_slice());
    known(&derived(world).tunnels, stated.unwrap_or_default(), world)
}
