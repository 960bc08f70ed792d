//! `ingress-without-dns-clients`: policies that isolate the cluster's DNS servers from those who ask them (SEMANTICS 4.3).

use crate::facts::{Dns, dns, network};
use crate::model::{Check, Depends, Problem, Rule, RuleLevel, Scope};
use crate::netpol::Direction;
use crate::object::Policy;

use super::answering::{answering, narrowest_isolating};
use super::ingress::Door;
use access::{Access, Accesses};
use server::{Server, servers};

mod access;
mod fix;
mod server;
mod told;

/// The rule.
pub static RULE: Rule = Rule {
    name: "ingress-without-dns-clients",
    level: RuleLevel::Deny,
    summary: "the policies of the cluster's DNS servers keep those out who ask them for names",
    page: include_str!("ingress_without_dns_clients.md"),
    depends: Depends::Others,
    check: Check::Policy(check),
};

fn check(policy: &Policy, scope: &Scope<'_>) -> Vec<Problem> {
    if !policy.spec.types.ingress {
        return Vec::new();
    }
    let Some(dns) = dns(scope.world, scope.settings) else { return Vec::new() };
    let gaps = gaps(&dns, policy, scope);
    let Some(worst) = gaps.iter().map(|gap| gap.level).max() else { return Vec::new() };
    let worst: Vec<&Gap<'_>> = gaps.iter().filter(|gap| gap.level == worst).collect();
    let level = worst[0].level;
    vec![
        Problem::new(told::told(policy, &worst, scope))
            .at("/spec/ingress")
            .direction(Direction::Ingress)
            // From a part of the clients to all of them is another problem.
            .key(if level == RuleLevel::Deny { "outage" } else { "part" })
            .at_most(level)
            .fix(fix::fix(&dns, policy, &gaps, scope)),
    ]
}

/// A server that does not get all the questions.
struct Gap<'s> {
    server: Server<'s>,
    accesses: Accesses,
    /// A cache on every node asks the servers, in place of pods.
    is_cached: bool,
    level: RuleLevel,
}

/// The servers whose gaps are reported on `policy`.
fn gaps<'s>(dns: &'s Dns, policy: &Policy, scope: &'s Scope<'_>) -> Vec<Gap<'s>> {
    let answered = servers(dns, scope).into_iter().filter(|server| {
        let labels = server.labels();
        // Nobody means to switch off names by a pure denial, so that answers too.
        let answering = answering(labels, Direction::Ingress, scope)
            .or_else(|| narrowest_isolating(labels, Direction::Ingress, scope));
        answering.is_some_and(|first| first.meta.name == policy.meta.name)
    });
    let network = network(scope.world, scope.settings);
    answered
        .filter_map(|server| {
            let has_more = server.may_have_more_labels();
            let door = Door::of(server.end(), has_more, scope, &network)?;
            let accesses = Accesses::of(&door, &server, scope);
            drop(door);
            Gap::of(server, accesses, dns, scope)
        })
        .collect()
}

impl<'s> Gap<'s> {
    fn of(server: Server<'s>, accesses: Accesses, dns: &Dns, scope: &Scope<'_>) -> Option<Self> {
        // Where something else may answer pods, nobody knows who asks the servers.
        let is_unsure = dns.may_be_unused();
        let is_cached = !dns.node_cache.is_empty() && !is_unsure;
        let is_served = match (is_cached, is_unsure) {
            (true, _) => accesses.nodes,
            (_, true) => accesses.nodes || accesses.are_complete(),
            _ => accesses.are_complete(),
        };
        // The write of a server's own workload mends nothing, and refusing it would only make things worse.
        let is_outage = accesses.udp == Access::Nobody && !is_unsure && scope.focus().is_none();
        let level = if is_outage { RuleLevel::Deny } else { RuleLevel::Warn };
        (!is_served).then_some(Self { server, accesses, is_cached, level })
    }
}
