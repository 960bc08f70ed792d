//! `unknown-named-port`: a port name that no pod behind it declares.

use crate::model::{Check, Depends, Problem, Rule, RuleLevel, Scope};
use crate::netpol::{ContainerPort, Direction, Peer, Peers, PortMatch, Protocol};
use crate::object::{Policy, Workload};

use super::known::{namespaces, pods};
use super::parts::{RuleAt, rules};

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "unknown-named-port",
    level: RuleLevel::Warn,
    summary: "no container of the pods that are connected to declares a port of that name and protocol",
    page: include_str!("unknown_named_port.md"),
    depends: Depends::Others,
    check: Check::Policy(check),
};

pub(super) fn check(policy: &Policy, scope: &Scope<'_>) -> Vec<Problem> {
    if scope.focus().is_some() {
        return Vec::new();
    }
    rules(policy).flat_map(|at| of_rule(policy, &at, scope)).collect()
}

fn of_rule(policy: &Policy, at: &RuleAt<'_>, scope: &Scope<'_>) -> Vec<Problem> {
    let names =
        at.rule.ports.entries().iter().enumerate().filter_map(|(index, entry)| match entry {
            PortMatch::Name(protocol, name) => Some((index, *protocol, name)),
            _ => None,
        });
    let names: Vec<(usize, Protocol, &String)> = names.collect();
    if names.is_empty() {
        return Vec::new();
    }
    // Nobody to ask, or everybody: nothing can be told.
    let Some(destinations) = destinations(policy, at, scope).filter(|pods| !pods.is_empty()) else {
        return Vec::new();
    };
    names
        .into_iter()
        .filter_map(|(index, protocol, name)| {
            let is_called_so = |port: &&ContainerPort| port.name == *name;
            let ports = || destinations.iter().flat_map(|workload| &workload.template.ports);
            if ports().filter(is_called_so).any(|port| port.protocol == protocol) {
                return None;
            }
            let hint = match ports().find(is_called_so) {
                Some(port) => format!("it is declared for {}: write `protocol: {}`", port.protocol, port.protocol),
                None => "write the number, or name the port in the pod template".to_owned(),
            };
            let message = format!(
                "NetworkPolicy {}: no container of the pods that are connected to declares a {protocol} port {name:?}, so it \
                 matches nothing; {hint}",
                policy.meta.name,
            );
            let path = format!("{}/ports/{index}/port", at.path);
            Some(Problem::new(message).at(path).direction(at.direction).key(format!("{name}/{protocol}")))
        })
        .collect()
}

/// The pods whose ports the names are looked up on; `None` when they can be any.
fn destinations<'a>(
    policy: &Policy,
    at: &RuleAt<'_>,
    scope: &Scope<'a>,
) -> Option<Vec<&'a Workload>> {
    if at.direction == Direction::Ingress {
        let own = pods(scope.namespace);
        return Some(
            own.filter(|one| policy.spec.selector.matches(&one.template.labels)).collect(),
        );
    }
    let Peers::Some(peers) = &at.rule.peers else { return None };
    let mut found = Vec::new();
    for peer in peers {
        let Peer::Pods(peer) = peer else { continue };
        let views = namespaces(peer, scope);
        // Files, and facts beside them, name namespaces whose pods they do not show.
        if !scope.world.is_live() && views.iter().any(|view| pods(view).next().is_none()) {
            return None;
        }
        for view in views {
            let chosen = |one: &&Workload| {
                peer.pods.as_ref().is_none_or(|selector| selector.matches(&one.template.labels))
            };
            found.extend(pods(view).filter(chosen));
        }
    }
    Some(found)
}
