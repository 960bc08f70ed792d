//! `egress-without-api-server`: a whitelist for egress that forgets the API server.

use ipnet::IpNet;
use serde_json::{Value, json};

use crate::facts::{Cni, api_server, cni, network};
use crate::model::{Check, Depends, Fix, Problem, Rule, RuleLevel, Scope, three_of};
use crate::netpol::Direction;
use crate::object::{Policy, Workload};

use super::answering::{allows_something, answers_for, selected};
use super::egress::{Way, is_shut};
use super::remedy::{barrier, egress_policy, proven};
use gap::{Cluster, Gap};

mod gap;

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
    let Cni { plugin, features, .. } = cni(scope.world, scope.settings);
    let network = network(scope.world, scope.settings);
    let cluster = Cluster { server, plugin, features, network };
    let clients = selected(policy, scope).into_iter().filter(|workload| {
        let labels = &workload.template.labels;
        is_client(workload, scope) && answers_for(policy, labels, Direction::Egress, scope)
    });
    let lacking: Vec<(&Workload, Gap)> =
        clients.filter_map(|workload| Some((workload, gap(workload, scope, &cluster)?))).collect();
    let Some(worst) = lacking.iter().map(|(_, gap)| *gap).reduce(Gap::and) else {
        return Vec::new();
    };
    let name = |workload: &Workload| format!("{}/{}", workload.kind, workload.meta.display_name());
    let names: Vec<String> = lacking.iter().map(|(workload, _)| name(workload)).collect();
    let is_mended = |after: &Scope<'_>| {
        lacking.iter().all(|(workload, _)| gap(workload, after, &cluster).is_none())
    };
    let fix = fix(policy, scope, &cluster).and_then(|fix| proven(fix, scope, is_mended));
    let denied_by = if fix.is_none() { barrier(Direction::Egress, scope, is_mended) } else { None };
    let told = match denied_by {
        Some(denied_by) => told_of_barrier(&three_of(&names), &denied_by),
        None => worst.told(&three_of(&names), &cluster),
    };
    let message = format!("NetworkPolicy {}: {told}", policy.meta.name);
    vec![
        Problem::new(message)
            .at("/spec/egress")
            .direction(Direction::Egress)
            .about(lacking.iter().map(|(workload, _)| *workload))
            .at_most(worst.level(&cluster))
            .fix(fix),
    ]
}

/// What the pods of a workload lack.
fn gap(workload: &Workload, scope: &Scope<'_>, cluster: &Cluster) -> Option<Gap> {
    let way = Way::of(workload.end(scope.labels()), scope, &cluster.network);
    let gap = Gap::of(&way, cluster)?;
    (!is_shut(&workload.end(scope.labels()), scope, &cluster.network)).then_some(gap)
}

fn told_of_barrier(who: &str, denied_by: &str) -> String {
    format!(
        "{who} cannot reach the API server: {denied_by} denies it, which no NetworkPolicy can change; allow it there"
    )
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

/// Blocks that allow it; none where no block does.
fn fix(policy: &Policy, scope: &Scope<'_>, cluster: &Cluster) -> Option<Fix> {
    if cluster.is_on_unmatched_nodes() {
        return None;
    }
    let allowance = |(range, port): (IpNet, u16)| {
        json!({
            "to": [{"ipBlock": {"cidr": range.to_string()}}],
            "ports": [{"protocol": "TCP", "port": port}],
        })
    };
    let egress: Vec<Value> = cluster.needed().into_iter().map(allowance).collect();
    Some(egress_policy("allow-api-server", policy, &egress, scope))
}
