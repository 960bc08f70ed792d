//! What makes the API server connect to Services.

use crate::model::{CallbackFacts, CallbackKind, World};
use crate::object::{Call, Callback, CustomResourceDefinition, Kind, Object};

use super::named;

/// The kinds with calls, as they are stated and as they are read.
const CALLBACKS: [(CallbackKind, Kind); 4] = [
    (CallbackKind::ApiService, Kind::ApiService),
    (CallbackKind::CustomResourceDefinition, Kind::CustomResourceDefinition),
    (CallbackKind::MutatingWebhookConfiguration, Kind::MutatingWebhookConfiguration),
    (CallbackKind::ValidatingWebhookConfiguration, Kind::ValidatingWebhookConfiguration),
];

pub(in crate::facts) fn callbacks(world: &World) -> Vec<CallbackFacts> {
    let mut found = Vec::new();
    for (stated, kind) in CALLBACKS {
        for object in world.cluster_objects(kind).filter(|it| !it.meta().is_terminating()) {
            let calls: Vec<Call> = match object {
                Object::Callback(callback) => callback.calls.clone(),
                Object::CustomResourceDefinition(it) => it.conversion.iter().cloned().collect(),
                _ => continue,
            };
            if !calls.is_empty() {
                let name = object.meta().name.clone();
                found.push(CallbackFacts { kind: stated, name, calls });
            }
        }
    }
    found
}

pub(super) fn callback(facts: &CallbackFacts) -> Object {
    let meta = named("", &facts.name);
    let read = CALLBACKS.into_iter().find(|(stated, _)| *stated == facts.kind);
    match read.map(|(_, kind)| kind) {
        Some(kind) if kind != Kind::CustomResourceDefinition => {
            Object::Callback(Callback { kind, meta, calls: facts.calls.clone() })
        }
        _ => Object::CustomResourceDefinition(CustomResourceDefinition {
            meta,
            conversion: facts.calls.first().cloned(),
            ..CustomResourceDefinition::default()
        }),
    }
}
