//! What single objects of a cluster tell that no manifests of one namespace need hold, stated and read back as such objects.

use crate::model::{
    BoundFacts, CallbackFacts, CallbackKind, FactsSettings, FollowedFacts, IngressClassFacts,
    MonitorFacts, MonitorKind, NamespaceFacts, NamespaceView, PrometheusFacts, ScrapedPort, World,
};
use crate::object::{
    Binding, Call, Callback, CustomResourceDefinition, Followed, IngressClass, Kind, Meta, Monitor,
    MonitoredNamespaces, Namespace, Object, Prometheus, ScrapePort, Subject,
};

use super::client::running;

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
    let prometheuses = facts.prometheuses.iter().map(prometheus);
    let monitors = facts.monitors.iter().map(monitor);
    let callbacks = facts.callbacks.iter().map(callback);
    let objects = namespaces.chain(classes).chain(prometheuses).chain(monitors).chain(callbacks);
    objects.chain(binding(&facts.bound)).collect()
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

pub(super) fn prometheuses(world: &World) -> Vec<PrometheusFacts> {
    let followed = |followed: &Followed| FollowedFacts {
        selector: followed.selector.clone(),
        namespaces: followed.namespaces.clone(),
    };
    let facts = world.prometheuses().map(|prometheus| PrometheusFacts {
        namespace: prometheus.meta.namespace.clone(),
        name: prometheus.meta.name.clone(),
        running: running(prometheus, world),
        pod_labels: prometheus.pod_labels.clone(),
        host_network: prometheus.host_network,
        service_monitors: followed(&prometheus.service_monitors),
        pod_monitors: followed(&prometheus.pod_monitors),
    });
    facts.collect()
}

fn prometheus(facts: &PrometheusFacts) -> Object {
    let followed = |facts: &FollowedFacts| Followed {
        selector: facts.selector.clone(),
        namespaces: facts.namespaces.clone(),
    };
    Object::Prometheus(Prometheus {
        meta: named(&facts.namespace, &facts.name),
        service_monitors: followed(&facts.service_monitors),
        pod_monitors: followed(&facts.pod_monitors),
        pod_labels: facts.pod_labels.clone(),
        host_network: facts.host_network,
        running: facts.running.clone(),
    })
}

pub(super) fn monitors(world: &World) -> Vec<MonitorFacts> {
    let of = |view: &NamespaceView, kind: Kind| -> Vec<MonitorFacts> {
        let monitors = view.others(kind).filter_map(|object| match object {
            Object::Monitor(monitor) if !monitor.meta.is_terminating() => Some(monitor),
            _ => None,
        });
        monitors.map(of_monitor).collect()
    };
    let kinds = [Kind::PodMonitor, Kind::ServiceMonitor];
    world.namespaces().flat_map(|view| kinds.into_iter().flat_map(move |it| of(view, it))).collect()
}

fn of_monitor(monitor: &Monitor) -> MonitorFacts {
    let port = |port: &ScrapePort| match port {
        ScrapePort::Named(name) => ScrapedPort::Port(name.clone()),
        ScrapePort::Target(target) => ScrapedPort::TargetPort(target.clone()),
    };
    MonitorFacts {
        kind: match monitor.kind {
            Kind::PodMonitor => MonitorKind::PodMonitor,
            _ => MonitorKind::ServiceMonitor,
        },
        namespace: monitor.meta.namespace.clone(),
        name: monitor.meta.name.clone(),
        labels: monitor.meta.labels.clone(),
        selector: monitor.selector.clone(),
        any_namespace: monitor.namespaces == MonitoredNamespaces::Any,
        namespaces: match &monitor.namespaces {
            MonitoredNamespaces::Named(names) => names.clone(),
            MonitoredNamespaces::Any | MonitoredNamespaces::Own => Vec::new(),
        },
        ports: monitor.ports.iter().map(port).collect(),
    }
}

fn monitor(facts: &MonitorFacts) -> Object {
    let port = |port: &ScrapedPort| match port {
        ScrapedPort::Port(name) => ScrapePort::Named(name.clone()),
        ScrapedPort::TargetPort(target) => ScrapePort::Target(target.clone()),
    };
    Object::Monitor(Monitor {
        kind: match facts.kind {
            MonitorKind::PodMonitor => Kind::PodMonitor,
            MonitorKind::ServiceMonitor => Kind::ServiceMonitor,
        },
        meta: Meta { labels: facts.labels.clone(), ..named(&facts.namespace, &facts.name) },
        selector: facts.selector.clone(),
        namespaces: match facts.namespaces.as_slice() {
            _ if facts.any_namespace => MonitoredNamespaces::Any,
            [] => MonitoredNamespaces::Own,
            names => MonitoredNamespaces::Named(names.to_vec()),
        },
        ports: facts.ports.iter().map(port).collect(),
    })
}

/// The kinds with calls, as they are stated and as they are read.
const CALLBACKS: [(CallbackKind, Kind); 4] = [
    (CallbackKind::ApiService, Kind::ApiService),
    (CallbackKind::CustomResourceDefinition, Kind::CustomResourceDefinition),
    (CallbackKind::MutatingWebhookConfiguration, Kind::MutatingWebhookConfiguration),
    (CallbackKind::ValidatingWebhookConfiguration, Kind::ValidatingWebhookConfiguration),
];

pub(super) fn callbacks(world: &World) -> Vec<CallbackFacts> {
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

fn callback(facts: &CallbackFacts) -> Object {
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
