//! `egress-without-api-server`: a whitelist for egress that forgets the API server.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use serde_json::{Value, json};

use crate::facts::{ApiServer, api_server};
use crate::model::{Check, Depends, Fix, Problem, Rule, RuleLevel, Scope, three_of};
use crate::netpol::{AllowSet, Destination, Direction, Protocol};
use crate::object::{Policy, Workload};

use super::answering::{allows_something, answers_for, selected};
use super::egress::{Reach, allowed};
use super::remedy::egress_policy;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "egress-without-api-server",
    level: RuleLevel::Warn,
    summary: "an egress whitelist keeps pods with rights at the API server from reaching it",
    page: include_str!("egress_without_api_server.md"),
    depends: Depends::Others,
    check: Check::Policy(check),
};

pub(super) fn check(policy: &Policy, scope: &Scope<'_>) -> Vec<Problem> {
    if !allows_something(policy, Direction::Egress, scope) {
        return Vec::new();
    }
    let Some(server) = api_server(scope.world, scope.settings) else { return Vec::new() };
    let mut gaps = Vec::new();
    let mut names = Vec::new();
    for workload in selected(policy, scope) {
        let labels = &workload.template.labels;
        if !is_client(workload, scope) || !answers_for(policy, labels, Direction::Egress, scope) {
            continue;
        }
        if let Some(gap) = Gap::of(&allowed(labels, scope), &server) {
            names.push(format!("{}/{}", workload.kind, workload.meta.display_name()));
            gaps.push(gap);
        }
    }
    let Some(gap) = gaps.into_iter().reduce(Gap::and) else { return Vec::new() };
    let message =
        format!("NetworkPolicy {}: {}", policy.meta.name, gap.told(&three_of(&names), &server));
    vec![
        Problem::new(message)
            .at("/spec/egress")
            .direction(Direction::Egress)
            .at_most(gap.level())
            .fix(fix(policy, scope, &server)),
    ]
}

/// Whether the pods plausibly talk to the API server: somebody gave rights to a service account of their own, and they carry its
/// token (mounted as the Pod says, else as the account says, else by default: the admission plugin `ServiceAccount`).
fn is_client(workload: &Workload, scope: &Scope<'_>) -> bool {
    let template = &workload.template;
    let account = template.service_account.as_str();
    let automount = || {
        let object = scope.namespace.service_accounts.get(account);
        template.automount.or_else(|| object?.automount).unwrap_or(true)
    };
    account != "default"
        && (template.token_projected || automount())
        && scope.world.is_bound(&scope.namespace.name, account)
}

/// What is missing between some pods and the API server.
#[derive(Clone, Copy, Debug)]
struct Gap {
    service: Reach,
    endpoints: Reach,
}

impl Gap {
    /// Network plugins judge before or after the Service's address is translated; without knowing the plugin, both must do.
    fn of(allowed: &AllowSet<'_>, server: &ApiServer) -> Option<Self> {
        let admits = |address: IpAddr, port: u16| {
            let addresses = [address];
            let end = Destination { pod: None, addresses: &addresses, port_name: None };
            allowed.admits(&end, Protocol::Tcp, port)
        };
        let service = server.service.iter().map(|address| admits(*address, server.service_port));
        let endpoints = server.endpoints.iter().flat_map(|(range, port)| {
            [range.network(), range.broadcast()].map(|address| admits(address, *port))
        });
        let gap = Self { service: Reach::of(service), endpoints: Reach::of(endpoints) };
        (gap.service.min(gap.endpoints) < Reach::All).then_some(gap)
    }

    fn and(self, other: Self) -> Self {
        Self {
            service: self.service.min(other.service),
            endpoints: self.endpoints.min(other.endpoints),
        }
    }

    /// One complete side works somewhere: which plugin runs here is not known.
    fn level(self) -> RuleLevel {
        match (self.service, self.endpoints) {
            (Reach::All, Reach::None) | (_, Reach::All) => RuleLevel::Audit,
            _ => RuleLevel::Deny,
        }
    }

    fn told(self, who: &str, server: &ApiServer) -> String {
        let (service, endpoints) = ends(server);
        let all: Vec<String> = service.iter().chain(&endpoints).cloned().collect();
        let (all, service, endpoints) = (three_of(&all), three_of(&service), three_of(&endpoints));
        match (self.service, self.endpoints) {
            (Reach::All, Reach::None) => format!(
                "{who} reaches the API server only where the network plugin judges its Service address (AWS VPC CNI); \
                 most judge the endpoint behind it: allow {endpoints} too"
            ),
            (_, Reach::All) => format!(
                "{who} reaches the API server only where the network plugin judges the endpoint behind its Service; \
                 some (AWS VPC CNI) judge the Service address: allow {service} too"
            ),
            (_, Reach::Part) => format!(
                "{who} cannot always reach the API server: only some of its endpoints are allowed; allow {all}"
            ),
            (_, Reach::None) => format!(
                "{who} cannot reach the API server, where its ServiceAccount has rights; allow {all}"
            ),
        }
    }
}

/// The Service and the endpoints in words.
fn ends(server: &ApiServer) -> (Vec<String>, Vec<String>) {
    let end = |range: IpNet, port: u16| {
        if range.prefix_len() == range.max_prefix_len() {
            SocketAddr::new(range.addr(), port).to_string()
        } else {
            format!("port {port} of {range}")
        }
    };
    let service = server.service.iter();
    let service = service.map(|address| end(IpNet::from(*address), server.service_port));
    let endpoints = server.endpoints.iter().map(|(range, port)| end(*range, *port));
    (service.collect(), endpoints.collect())
}

fn fix(policy: &Policy, scope: &Scope<'_>, server: &ApiServer) -> Fix {
    let service = server.service.iter().map(|address| (IpNet::from(*address), server.service_port));
    let mut egress: Vec<Value> = Vec::new();
    for (range, port) in service.chain(server.endpoints.iter().copied()) {
        egress.push(json!({
            "to": [{"ipBlock": {"cidr": range.to_string()}}],
            "ports": [{"protocol": "TCP", "port": port}],
        }));
    }
    egress_policy("allow-api-server", policy, &egress, scope)
}
