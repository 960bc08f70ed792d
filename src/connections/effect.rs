//! What a change opens and closes for certain, for the workloads that it touches: found in proportion to them and to their
//! peers, where [`super::difference()`] compares whole clusters.
//!
//! Unlike there, what is unknown before the change or after it counts as no difference: nobody is told of an opening that was
//! open already, or of a cut that cuts nothing.

mod compare;
mod in_use;
mod labels;
mod local;
mod reach;
mod subjects;
mod told;
mod work;

use std::collections::BTreeSet;

use crate::netpol::{Direction, PortSets};
use crate::object::Workload;

use super::Party;

use self::subjects::Subjects;

pub use self::in_use::{InUse, labels_in_use};
pub use self::labels::effect_of_labels;
pub use self::local::States;
pub use self::told::effect_of;
pub use self::work::{TooMuch, Work};

/// What changes between two ends, one of which the change is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Who connects.
    pub from: Party,
    /// Who is connected to.
    pub to: Party,
    /// The direction as the workload sees it that the change is about: it is `to` for ingress, and `from` for egress.
    pub direction: Direction,
    /// The ports that are allowed after the change, and surely were not before.
    pub opened: PortSets,
    /// The ports that were allowed before the change, and surely are not after it.
    pub closed: PortSets,
}

impl Shift {
    fn of(
        [peer, subject]: [Party; 2],
        direction: Direction,
        is_opened: bool,
        ports: PortSets,
    ) -> Self {
        let (from, to) = match direction {
            Direction::Ingress => (peer, subject),
            Direction::Egress => (subject, peer),
        };
        let nothing = PortSets::default();
        let (opened, closed) = if is_opened { (ports, nothing) } else { (nothing, ports) };
        Self { from, to, direction, opened, closed }
    }

    /// The end that the change is about.
    pub fn subject(&self) -> &Party {
        match self.direction {
            Direction::Ingress => &self.to,
            Direction::Egress => &self.from,
        }
    }

    /// The other end.
    pub fn peer(&self) -> &Party {
        match self.direction {
            Direction::Ingress => &self.from,
            Direction::Egress => &self.to,
        }
    }
}

/// What the write or the deletion of the policy `name` of `namespace` opens and closes for the workloads that it selects, before
/// or after. Two ends are there at most once for a direction of connections.
///
/// # Errors
///
/// [`TooMuch`] when there is more to look at than there is work for.
pub fn effect_of_policy(
    states: States<'_>,
    namespace: &str,
    name: &str,
    work: &mut Work,
) -> Result<Vec<Shift>, TooMuch> {
    let views = [states.before, states.after].map(|world| world.namespace(namespace));
    let [Some(old), Some(new)] = views else { return Ok(Vec::new()) };
    let written = [old, new].map(|view| {
        view.effective_policies().find(|policy| policy.meta.name == name).map(|policy| &policy.spec)
    });
    let selects = |pod: &Workload| {
        let labels = &pod.template.labels;
        pod.is_governed() && written.iter().flatten().any(|spec| spec.selector.matches(labels))
    };
    let subjects = Subjects::of(states, new, selects, work)?;
    let (mut shifts, mut met) = (Vec::new(), BTreeSet::new());
    for direction in Direction::BOTH {
        let reach = subjects.reach(direction);
        if reach.is_nowhere() {
            continue;
        }
        shifts.extend(subjects.with_addresses(direction, work)?);
        let views = reach.views(states.after);
        work.spend(views.iter().map(|view| 1 + view.workloads.len()).sum())?;
        for view in views {
            let mut found = subjects.with_namespace(view, direction, work)?;
            if view.name == namespace {
                // Connections between two workloads that are both touched are met from both ends.
                found.retain(|shift| met.insert((shift.from.clone(), shift.to.clone())));
            }
            shifts.extend(found);
        }
    }
    Ok(shifts)
}

#[cfg(test)]
mod laws;
