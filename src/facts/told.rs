//! What single objects of a cluster tell that no manifests of one namespace need hold, stated and read back as such objects.

use crate::model::{
    BoundFacts, FactsSettings, IngressClassFacts, NamespaceFacts, NamespaceView, World,
};
use crate::object::{Binding, IngressClass, Kind, Meta, Namespace, Object, Subject};

mod callbacks;
mod monitoring;
mod routes;

pub(super) use callbacks::callbacks;
pub(super) use monitoring::{monitors, prometheuses};
pub(super) use routes::routes;

/// The label that every namespace has, and that names it.
const NAME: &str = "kubernetes.io/metadata.name";
/// What the annotations begin with that exempt.
const EXEMPTIONS: &str = "portcullis.dev/";

/// The World of what `facts` say and `objects`, which count where both say something.
pub fn world(facts: &FactsSettings, objects: impl IntoIterator<Item = Object>) -> World {
    let world = World::from_objects(stated(facts).into_iter().chain(objects));
    if facts.namespaces.is_some() { world.with_all_namespaces() } else { world }
}

/// The objects that `facts` tell of.
fn stated(facts: &FactsSettings) -> Vec<Object> {
    let namespaces = facts.namespaces.iter().flatten().map(namespace);
    let classes = facts.ingress_classes.iter().map(|class| {
        Object::IngressClass(IngressClass {
            meta: named("", &class.name),
            controller: class.controller.clone(),
            is_default: class.default,
        })
    });
    let prometheuses = facts.prometheuses.iter().map(monitoring::prometheus);
    let monitors = facts.monitors.iter().map(monitoring::monitor);
    let callbacks = facts.callbacks.iter().map(callbacks::callback);
    let routes = facts.routes.iter().map(routes::route);
    let objects = namespaces.chain(classes).chain(prometheuses).chain(monitors).chain(callbacks);
    objects.chain(routes).chain(binding(&facts.bound)).collect()
}

fn named(namespace: &str, name: &str) -> Meta {
    Meta { namespace: namespace.to_owned(), name: name.to_owned(), ..Meta::default() }
}

/// Every namespace, those too of which only contents are known.
pub(super) fn namespaces(world: &World) -> Option<Vec<NamespaceFacts>> {
    let facts = |view: &NamespaceView| {
        let mut labels = view.labels();
        labels.remove(NAME);
        let annotations = view.object.as_ref().map(|object| object.meta.annotations.clone());
        let mut annotations = annotations.unwrap_or_default();
        annotations.retain(|key, _| key.starts_with(EXEMPTIONS));
        NamespaceFacts { name: view.name.clone(), labels, annotations }
    };
    world.knows_namespaces().then(|| world.namespaces().map(facts).collect())
}

fn namespace(facts: &NamespaceFacts) -> Object {
    let mut labels = facts.labels.clone();
    labels.insert(NAME, facts.name.clone());
    let annotations = facts.annotations.clone();
    Object::Namespace(Namespace { meta: Meta { labels, annotations, ..named("", &facts.name) } })
}

pub(super) fn ingress_classes(world: &World) -> Vec<IngressClassFacts> {
    let classes = world.cluster_objects(Kind::IngressClass).filter_map(|object| match object {
        Object::IngressClass(class) => Some(class),
        _ => None,
    });
    let facts = classes.map(|class| IngressClassFacts {
        name: class.meta.name.clone(),
        controller: class.controller.clone(),
        default: class.is_default,
    });
    facts.collect()
}

pub(super) fn bound(world: &World) -> BoundFacts {
    let mut facts = BoundFacts::default();
    for subject in world.bound() {
        match subject {
            Subject::Account(namespace, name) => facts.accounts.push(format!("{namespace}/{name}")),
            Subject::Everywhere => facts.everywhere = true,
            Subject::Namespace(name) => facts.namespaces.push(name.clone()),
        }
    }
    facts
}

/// A binding of a name that no object can have.
fn binding(facts: &BoundFacts) -> Option<Object> {
    let accounts = facts.accounts.iter().filter_map(|account| {
        let (namespace, name) = account.split_once('/')?;
        Some(Subject::Account(namespace.to_owned(), name.to_owned()))
    });
    let namespaces = facts.namespaces.iter().cloned().map(Subject::Namespace);
    let everywhere = facts.everywhere.then_some(Subject::Everywhere);
    let subjects: Vec<Subject> = accounts.chain(namespaces).chain(everywhere).collect();
    let meta = named("", "(facts)");
    let kind = Kind::ClusterRoleBinding;
    (!subjects.is_empty()).then_some(Object::Binding(Binding { kind, meta, subjects }))
}
