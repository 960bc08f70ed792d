//! Facts for people: what is known, by what evidence, and what is not.

use std::fmt::{Display, Write as _};

use crate::model::{
    ApiServerFacts, ClientFacts, CniFacts, DnsFacts, DnsServerFacts, Enforces, FactsSettings,
};

/// The facts as text.
pub fn text(facts: &FactsSettings) -> String {
    let mut text = String::new();
    section(&mut text, "Network plugin", facts.cni.iter().flat_map(cni));
    section(&mut text, "DNS", facts.dns.iter().flat_map(dns));
    section(&mut text, "API server", facts.api_server.iter().flat_map(api_server));
    section(&mut text, "IP families", facts.families.iter().map(ToString::to_string));
    let ranges = &facts.ranges;
    let ranges = [("pods", &ranges.pods), ("Services", &ranges.services), ("nodes", &ranges.nodes)];
    let known = ranges.into_iter().filter(|(_, ranges)| !ranges.is_empty());
    section(&mut text, "Ranges", known.map(|(of, ranges)| format!("{of}: {}", list(ranges))));
    section(
        &mut text,
        "Ingress controllers and gateways",
        facts.ingress_controllers.iter().map(client),
    );
    let classes = facts.ingress_classes.iter().map(|class| {
        let default = if class.default { ", the default" } else { "" };
        format!("{}: {}{default}", class.name, class.controller)
    });
    section(&mut text, "Ingress classes", classes);
    let routes = facts.routes.iter().flat_map(|route| {
        let kind = route.kind;
        let place = format!("{kind:?} {}/{}", route.namespace, route.name);
        route.backends.iter().map(move |backend| {
            let namespace = backend.namespace.as_ref().unwrap_or(&route.namespace);
            format!("{place} leads to Service {namespace}/{}", backend.service)
        })
    });
    section(&mut text, "Routes to other namespaces", routes);
    let prometheuses =
        facts.prometheuses.iter().map(|it| format!("Prometheus {}/{}", it.namespace, it.name));
    let scrapers = facts.scrapers.iter().map(client).chain(prometheuses);
    section(&mut text, "Scrapers", scrapers);
    let monitors = facts.monitors.iter().map(|monitor| {
        format!(
            "{:?} {}/{} scrapes {}",
            monitor.kind, monitor.namespace, monitor.name, monitor.selector
        )
    });
    section(&mut text, "Monitors", monitors);
    let calls = facts.callbacks.iter().flat_map(|callback| {
        callback.calls.iter().map(move |call| {
            let fails = if call.fails { "; requests fail without it" } else { "" };
            let (kind, name) = (callback.kind, &callback.name);
            let target = format!("{}/{}:{}", call.namespace, call.service, call.port);
            format!("{kind:?} {name} calls Service {target}{fails}")
        })
    });
    section(&mut text, "Called by the API server", calls);
    let count = facts.bound.accounts.len();
    let bound = (count > 0).then(|| format!("{count} have rights at the API server"));
    section(&mut text, "Service accounts", bound);
    let namespaces = facts.namespaces.iter().flatten();
    section(&mut text, "Namespaces", namespaces.map(|it| format!("{}  {}", it.name, it.labels)));
    let unknown = facts.unknown();
    if !unknown.is_empty() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "Not known: {}", unknown.join(", "));
    }
    text
}

fn section(text: &mut String, title: &str, lines: impl IntoIterator<Item = String>) {
    let mut lines = lines.into_iter().peekable();
    if lines.peek().is_none() {
        return;
    }
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{title}");
    for line in lines {
        let _ = writeln!(text, "  {line}");
    }
    text.push('\n');
}

fn list(items: &[impl Display]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn cni(facts: &CniFacts) -> Vec<String> {
    let enforces = match facts.enforces {
        Enforces::Yes => "enforces NetworkPolicies",
        Enforces::No => "does not enforce NetworkPolicies",
        Enforces::Unknown => "whether it enforces NetworkPolicies is not known",
    };
    let evidence = facts.evidence.iter().map(|line| format!("because {line}"));
    std::iter::once(format!("{}: {enforces}", facts.name)).chain(evidence).collect()
}

fn dns(facts: &DnsFacts) -> Vec<String> {
    let mut lines = Vec::new();
    if facts.servers.is_empty() {
        lines.push(format!("pods {} in {}", facts.pod_labels, facts.namespace));
    }
    lines.extend(facts.servers.iter().map(server));
    if !facts.service.is_empty() {
        lines.push(format!("Service at {}", list(&facts.service)));
    }
    if !facts.node_cache.is_empty() {
        lines.push(format!("a cache on every node may answer at {}", list(&facts.node_cache)));
    }
    lines
}

fn server(server: &DnsServerFacts) -> String {
    let pod = match &server.pod_labels {
        Some(labels) => format!("pod {labels} in {}", server.namespace),
        None => "outside the pods' network".to_owned(),
    };
    let addresses = match server.addresses.as_slice() {
        [] => String::new(),
        addresses => format!(" at {}", list(addresses)),
    };
    let ports = server.ports.iter().map(|port| format!("{}/{}", port.port, port.protocol));
    format!("{pod}{addresses}, ports {}", ports.collect::<Vec<_>>().join(", "))
}

fn api_server(facts: &ApiServerFacts) -> Vec<String> {
    let mut lines = Vec::new();
    if !facts.service.is_empty() {
        lines.push(format!("Service at {}", list(&facts.service)));
    }
    if !facts.endpoints.is_empty() {
        lines.push(format!("endpoints {} on port {}", list(&facts.endpoints), facts.port));
    }
    let others = facts.others.iter();
    lines.extend(others.map(|other| format!("endpoint {} on port {}", other.address, other.port)));
    lines
        .extend(facts.tunnels.iter().map(|tunnel| format!("reaches pods through {}", tunnel.name)));
    lines
}

fn client(facts: &ClientFacts) -> String {
    let pods = if facts.host_network {
        "in the network of its node".to_owned()
    } else {
        format!("pods {}", facts.pod_labels)
    };
    match facts.serves.as_slice() {
        [] => format!("{}, {pods}", facts.name),
        served => format!("{} for {}, {pods}", facts.name, list(served)),
    }
}
