//! The policy that lets everybody ask again.

use serde_json::json;

use crate::facts::Dns;
use crate::model::{Fix, Scope};
use crate::object::Policy;

use super::super::ingress::{Admission, policies, with_labels};
use super::super::remedy::proven;
use super::{Gap, gaps};

/// A policy for the servers of `gaps`, which are reported on `policy`; `None` when it would not do.
pub(super) fn fix(
    dns: &Dns,
    policy: &Policy,
    gaps_of: &[Gap<'_>],
    scope: &Scope<'_>,
) -> Option<Fix> {
    let admission = |gap: &Gap<'_>| Admission {
        pods: with_labels(gap.server.selector()),
        // No selector matches the network of nodes, and their addresses change.
        from: if gap.is_cached { Vec::new() } else { vec![json!({"namespaceSelector": {}})] },
        ports: gap.server.ports().iter().map(|port| (port.protocol, port.port)).collect(),
    };
    let admissions: Vec<Admission> = gaps_of.iter().map(admission).collect();
    let subject = (!policy.spec.selector.is_everything()).then_some(policy.meta.name.as_str());
    let fix = policies("allow-dns-clients", subject, policy, &admissions, scope);
    let names: Vec<String> = gaps_of.iter().map(|gap| gap.server.name()).collect();
    proven(fix, scope, |after| {
        let stays = |gap: &Gap<'_>| names.contains(&gap.server.name());
        !after.policies().any(|policy| gaps(dns, policy, after).iter().any(stays))
    })
}
