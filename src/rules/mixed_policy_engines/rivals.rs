//! Policies of one tier with the same priority about the same pods, of which one accepts what the other does not: which of them
//! is asked first is not defined (SEMANTICS 7.1).

use crate::connections::Governed;
use crate::model::{Problem, World, is_alive, stands_for_itself};
use crate::netpol::{Direction, Network, PortSets};
use crate::object::{Object, ObjectRef, TieredPolicy, Workload};

use super::peers::{Peers, Who};
use super::words::{ports_shown, preposition, shown};

/// How many workloads are tried for two policies.
const WORKLOADS: usize = 64;

/// One problem for each of its rivals and each direction, told by one connection on which the order matters.
pub(super) fn problems(policy: &ObjectRef, world: &World, network: &Network) -> Vec<Problem> {
    let enforced = || world.tiered_policies().filter(|policy| policy.is_enforced(network));
    let Some(own) = enforced().find(|own| own.reference() == *policy) else { return Vec::new() };
    let mut problems = Vec::new();
    for rival in enforced().filter(|other| are_rivals(own, other)) {
        let both = [own, rival];
        let [one_first, other_first] = both.map(|first| with_first(world, first));
        let states = States { one_first: &one_first, other_first: &other_first, network };
        let directions = Direction::BOTH.into_iter();
        problems.extend(directions.filter_map(|direction| problem(both, &states, direction)));
    }
    problems
}

fn are_rivals(one: &TieredPolicy, other: &TieredPolicy) -> bool {
    let place = |policy: &TieredPolicy| (policy.kind, policy.spec.tier, policy.spec.priority);
    place(one) == place(other) && one.meta.name != other.meta.name
}

/// `world` in which `first` is asked before all others of its priority, and nothing else differs.
fn with_first(world: &World, first: &TieredPolicy) -> World {
    let mut changed = world.clone();
    for policy in world.tiered_policies() {
        let mut policy = policy.clone();
        policy.spec.priority *= 2;
        if policy.reference() == first.reference() {
            policy.spec.priority -= 1;
        }
        changed.put(Object::TieredPolicy(policy));
    }
    changed
}

/// The two orders in which they can be asked.
struct States<'w> {
    one_first: &'w World,
    other_first: &'w World,
    network: &'w Network,
}

/// A connection on which the order matters.
struct Conflict {
    workload: String,
    who: Who,
    ports: PortSets,
}

fn problem(both: [&TieredPolicy; 2], states: &States<'_>, direction: Direction) -> Option<Problem> {
    if both.iter().any(|policy| policy.spec.rules(direction).is_empty()) {
        return None;
    }
    let Conflict { workload, who, ports } = states.conflict(both, direction)?;
    let [own, rival] = both.map(|policy| shown(&[policy.reference()]));
    let message = format!(
        "{own}: {rival} has the same priority and decides otherwise about {direction} of {workload} {} {who} on {}: which of them \
         is asked first is not defined; give one of them another priority",
        preposition(direction),
        ports_shown(&ports),
    );
    Some(Problem::new(message).at("/spec/priority").direction(direction).key(rival))
}

impl States<'_> {
    /// The first one, of pods that are there and that both policies are about.
    fn conflict(&self, both: [&TieredPolicy; 2], direction: Direction) -> Option<Conflict> {
        let [one, other] = both;
        let subject = one.spec.subject.as_ref()?;
        let views = self.one_first.namespaces_matching(&subject.namespaces);
        let pods = views.filter(|view| !view.is_terminating()).flat_map(|view| {
            let workloads = view.workloads.values().map(AsRef::as_ref);
            let counts = |workload: &&Workload| {
                is_alive(workload, view) && stands_for_itself(workload, view)
            };
            workloads.filter(counts).map(move |workload| (view, workload, view.labels()))
        });
        let meant = pods.filter(|(_, workload, labels)| {
            let pod = workload.end(labels);
            one.spec.selects(&pod) && other.spec.selects(&pod)
        });
        meant.take(WORKLOADS).find_map(|(view, workload, labels)| {
            let pod = workload.end(&labels);
            let governed = [self.one_first, self.other_first]
                .map(|world| Governed::of(world, self.network, view, &pod, direction));
            let peers = Peers::of(&governed[0], self.one_first, view, self.network);
            peers.iter().find_map(|(who, end)| {
                let [first, second] =
                    governed.each_ref().map(|governed| governed.decide(self.network, &pod, &end));
                let ports = first.surely_beyond(&second).union(&second.surely_beyond(&first));
                let name = workload.meta.display_name();
                let workload = format!("{} {}/{name}", workload.kind, workload.meta.namespace);
                (!ports.is_empty()).then_some(Conflict { workload, who, ports })
            })
        })
    }
}
