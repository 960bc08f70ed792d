//! Prometheus servers of the operator, and what they are told to scrape.

use crate::facts::client::running;
use crate::model::{
    FollowedFacts, MonitorFacts, MonitorKind, NamespaceView, PrometheusFacts, ScrapedPort, World,
};
use crate::object::{
    Followed, Kind, Meta, Monitor, MonitoredNamespaces, Object, Prometheus, ScrapePort,
};

use super::named;

pub(in crate::facts) fn prometheuses(world: &World) -> Vec<PrometheusFacts> {
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

pub(super) fn prometheus(facts: &PrometheusFacts) -> Object {
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

pub(in crate::facts) fn monitors(world: &World) -> Vec<MonitorFacts> {
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

pub(super) fn monitor(facts: &MonitorFacts) -> Object {
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
