//! Pods that policies of other kinds shut off.

use crate::model::Scope;
use crate::netpol::{Direction, Network, PodEnd};

use super::super::remedy::{judged, opened, others};
use super::Way;

/// Whether policies of other kinds leave nothing to pods of the namespace, whatever a `NetworkPolicy` allows them: somebody means
/// to shut them off, as by a pure denial.
pub(in super::super) fn is_shut(pod: &PodEnd<'_>, scope: &Scope<'_>, network: &Network) -> bool {
    if others(scope).is_empty() {
        return false;
    }
    let leads_nowhere = |there: &Scope<'_>| {
        let pod = PodEnd { namespace_labels: there.labels(), ..*pod };
        Way::of(pod, there, network).leads_nowhere(there.world)
    };
    opened(Direction::Egress, scope).and_then(|world| judged(&world, scope, leads_nowhere))
        == Some(true)
}
