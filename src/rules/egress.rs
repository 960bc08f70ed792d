//! What the rules about forgotten egress allowances share: how far pods get.

mod way;

use crate::model::Scope;
use crate::netpol::{AllowSet, Answer, Direction, Labels, PodEnd};
use crate::object::Workload;

pub(super) use way::Way;

/// How many of several ends are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// None of them.
    None,
    /// Some, so that connections fail now and then.
    Part,
    /// All, as far as is known.
    All,
}

impl Reach {
    /// What is unknown counts as reached: a rule never guesses.
    pub(super) fn of(answers: impl IntoIterator<Item = Answer>) -> Self {
        let (mut refused, mut others) = (false, false);
        for answer in answers {
            match answer {
                Answer::No => refused = true,
                Answer::Unknown | Answer::Yes => others = true,
            }
        }
        match (refused, others) {
            (true, false) => Self::None,
            (true, true) => Self::Part,
            (false, _) => Self::All,
        }
    }
}

/// Pods of `workload` with `labels` as the end of a connection.
pub(super) fn subject<'s>(
    workload: &'s Workload,
    labels: &'s Labels,
    scope: &'s Scope<'_>,
) -> PodEnd<'s> {
    let template = &workload.template;
    PodEnd {
        namespace: &scope.namespace.name,
        namespace_labels: scope.labels(),
        labels,
        service_account: &template.service_account,
        ports: &template.ports,
        addresses: workload.pod.as_ref().map_or(&[], |pod| &pod.addresses),
        host_network: template.host_network,
    }
}

/// What pods with `labels` may reach.
pub(super) fn allowed<'a>(labels: &Labels, scope: &Scope<'a>) -> AllowSet<'a> {
    AllowSet::of(scope.specs(), &scope.namespace.name, labels, Direction::Egress)
}
