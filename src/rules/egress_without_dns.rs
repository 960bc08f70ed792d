//! `egress-without-dns`: a whitelist for egress that forgets DNS.

use serde_json::{Value, json};

use crate::facts::{Dns, dns};
use crate::model::{
    Check, Depends, DnsPort, Fix, Problem, Rule, RuleLevel, Scope, labels_shown, three_of,
};
use crate::netpol::{self, AllowSet, Direction, Labels, Search, Selector, search};
use crate::object::{DnsPolicy, Policy};

use super::answering::{allows_something, answers_for, selected};
use super::egress::{Reach, allowed};
use super::remedy::egress_policy;
use gap::Gap;

mod gap;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "egress-without-dns",
    level: RuleLevel::Warn,
    summary: "an egress whitelist lets its pods reach something, but not the cluster's DNS on UDP and TCP",
    page: include_str!("egress_without_dns.md"),
    depends: Depends::Others,
    check: Check::Policy(check),
};

pub(super) fn check(policy: &Policy, scope: &Scope<'_>) -> Vec<Problem> {
    if !allows_something(policy, Direction::Egress, scope) {
        return Vec::new();
    }
    let Some(dns) = dns(scope.world, scope.settings) else { return Vec::new() };
    let pods = selected(policy, scope);
    let mut gaps = Vec::new();
    let mut names = Vec::new();
    for workload in &pods {
        let labels = &workload.template.labels;
        let asks = workload.template.dns_policy == DnsPolicy::ClusterFirst;
        if asks
            && answers_for(policy, labels, Direction::Egress, scope)
            && let Some(gap) = Gap::of(&allowed(labels, scope), &dns)
        {
            names.push(format!("{}/{}", workload.kind, workload.meta.display_name()));
            gaps.push(gap);
        }
    }
    if pods.is_empty()
        && scope.focus().is_none()
        && let Some((labels, gap)) = of_possible_pods(policy, scope, &dns)
    {
        names.push(format!("a pod with {}", labels_shown(&labels)));
        gaps.push(gap);
    }
    let Some(gap) = gaps.into_iter().reduce(Gap::and) else { return Vec::new() };
    let message =
        format!("NetworkPolicy {}: {}", policy.meta.name, told(gap, &three_of(&names), &dns));
    let level = if gap.literal || gap.cache { RuleLevel::Audit } else { RuleLevel::Deny };
    vec![
        Problem::new(message)
            .at("/spec/egress")
            .direction(Direction::Egress)
            .at_most(level)
            .fix(fix(policy, scope, &dns)),
    ]
}

/// No workload tells: labels of a pod that the policy selects and that nothing else helps to DNS.
fn of_possible_pods(policy: &Policy, scope: &Scope<'_>, dns: &Dns) -> Option<(Labels, Gap)> {
    let own = policy.spec.rules(Direction::Egress);
    let suffices = |others: &[netpol::Rule]| {
        let rules = own.iter().chain(others).collect();
        let namespace = scope.namespace.name.as_str();
        Gap::of(&AllowSet { namespace, direction: Direction::Egress, rules }, dns).is_none()
    };
    if suffices(&[]) {
        return None;
    }
    let helps = |other: &&Policy| suffices(other.spec.rules(Direction::Egress));
    let sufficing: Vec<&Selector> = scope
        .policies()
        .filter(|other| other.spec.types.egress)
        .filter(helps)
        .map(|other| &other.spec.selector)
        .collect();
    let Search::Found(labels) = search(&policy.spec.selector, &sufficing) else { return None };
    let gap = Gap::of(&allowed(&labels, scope), dns)?;
    Some((labels, gap))
}

/// What that breaks, and what to do.
fn told(gap: Gap, who: &str, dns: &Dns) -> String {
    let place = place(dns);
    match (gap.udp, gap.tcp) {
        _ if gap.literal => format!(
            "{who} can reach single addresses only and no DNS; if it uses host names, allow UDP and TCP to {place}"
        ),
        _ if gap.cache => format!(
            "{who} can resolve names only through the cache on its node (node-local-dns), where the network plugin lets \
             it; allow UDP and TCP to {place} too"
        ),
        (Reach::None, Reach::None) if gap.service => format!(
            "{who} cannot resolve names: the ipBlock holds the address of the DNS Service, which is translated to a \
             pod's before most network plugins judge; allow UDP and TCP to {place} (where the plugin judges \
             before, as on AWS, keep both)"
        ),
        (Reach::None, Reach::None) => {
            format!(
                "{who} cannot resolve names: neither UDP nor TCP to {place} is allowed; allow both"
            )
        }
        (Reach::None, _) => format!(
            "{who} cannot resolve names: DNS over UDP is not allowed (`protocol` is TCP when left out); allow UDP \
             and TCP to {place}"
        ),
        (Reach::All, Reach::None) => format!(
            "{who} cannot resolve long answers: DNS over TCP is not allowed, and truncated answers are asked for \
             again over TCP; allow TCP to {place}"
        ),
        _ => format!(
            "{who} cannot always resolve names: only some of the DNS servers are allowed; allow UDP and TCP to {place}"
        ),
    }
}

/// Where DNS is, in words: port, labels and namespace of its servers.
fn place(dns: &Dns) -> String {
    let mut places: Vec<String> = Vec::new();
    for server in &dns.servers {
        let port = server.ports.first().map_or(53, |port| port.port);
        let place = match (&server.labels, server.addresses.first()) {
            (None, Some(address)) => format!("port {port} of {address}"),
            _ => format!(
                "port {port} of pods {} in {}",
                labels_shown(&server.selector),
                server.namespace
            ),
        };
        if !places.contains(&place) {
            places.push(place);
        }
    }
    three_of(&places)
}

fn fix(policy: &Policy, scope: &Scope<'_>, dns: &Dns) -> Option<Fix> {
    let mut egress: Vec<Value> = Vec::new();
    for server in &dns.servers {
        let peers = match &server.labels {
            Some(_) => vec![json!({
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": server.namespace}},
                "podSelector": {"matchLabels": server.selector},
            })],
            None => server.addresses.iter().map(|address| host(*address)).collect(),
        };
        let port = |port: &DnsPort| json!({"protocol": port.protocol, "port": port.port});
        let rule = json!({"to": peers, "ports": server.ports.iter().map(port).collect::<Vec<_>>()});
        if !peers.is_empty() && !egress.contains(&rule) {
            egress.push(rule);
        }
    }
    (!egress.is_empty()).then(|| egress_policy("allow-dns", policy, &egress, scope))
}

fn host(address: std::net::IpAddr) -> Value {
    json!({"ipBlock": {"cidr": ipnet::IpNet::from(address).to_string()}})
}
