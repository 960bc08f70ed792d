//! In which namespaces the peers can be that a change of rules is about: only those are looked at.

use std::collections::BTreeSet;

use crate::model::{NamespaceView, World};
use crate::netpol::{Direction, Labels, Network, Peer, Peers, Pods, PolicySpec, Rule};

/// Namespaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// These, by name.
    Some(BTreeSet<String>),
    /// All of them.
    Everywhere,
}

impl Reach {
    pub(super) fn nowhere() -> Self {
        Self::Some(BTreeSet::new())
    }

    pub(super) fn is_nowhere(&self) -> bool {
        matches!(self, Self::Some(names) if names.is_empty())
    }

    /// The views of these namespaces.
    pub(super) fn views<'w>(&self, world: &'w World) -> Vec<&'w NamespaceView> {
        match self {
            Self::Some(names) => names.iter().filter_map(|name| world.namespace(name)).collect(),
            Self::Everywhere => world.namespaces().collect(),
        }
    }

    pub(super) fn and(&mut self, other: Self) {
        match (&mut *self, other) {
            (Self::Some(names), Self::Some(others)) => names.extend(others),
            (Self::Everywhere, _) => {}
            (_, everywhere) => *self = everywhere,
        }
    }
}

/// The policies of a namespace before and after a change.
pub(super) struct Policies<'a> {
    pub(super) namespace: &'a str,
    pub(super) before: Vec<&'a PolicySpec>,
    pub(super) after: Vec<&'a PolicySpec>,
}

impl<'a> Policies<'a> {
    /// Those of both states.
    pub(super) fn all(&self) -> Vec<&'a PolicySpec> {
        self.before.iter().chain(&self.after).copied().collect()
    }

    /// Where the pods can be that the change treats differently as peers of pods with `labels`.
    pub(super) fn reach(
        &self,
        labels: &Labels,
        direction: Direction,
        world: &World,
        network: &Network,
    ) -> Reach {
        let old = isolating(&self.before, labels, direction);
        let new = isolating(&self.after, labels, direction);
        if old.is_empty() != new.is_empty() {
            return Reach::Everywhere;
        }
        let mut reach = Reach::nowhere();
        for (some, others) in [(&old, &new), (&new, &old)] {
            let is_known = |rule: &&Rule| others.iter().any(|rules| rules.contains(rule));
            for rule in some.iter().copied().flatten().filter(|rule| !is_known(rule)) {
                reach.and(self.of_rule(rule, world, network));
            }
        }
        reach
    }

    fn of_rule(&self, rule: &Rule, world: &World, network: &Network) -> Reach {
        let Peers::Some(peers) = &rule.peers else { return Reach::Everywhere };
        let mut reach = Reach::nowhere();
        for peer in peers {
            reach.and(match peer {
                Peer::Unreadable => Reach::nowhere(),
                // A plugin that does not match pods by address says nothing certain about those of nodes either.
                Peer::Block(_) if network.blocks_match_pods == Some(false) => Reach::nowhere(),
                Peer::Block(_) => Reach::Everywhere,
                Peer::Pods(Pods { namespaces: None, .. }) => {
                    Reach::Some(BTreeSet::from([self.namespace.to_owned()]))
                }
                Peer::Pods(Pods { namespaces: Some(selector), .. }) if selector.is_everything() => {
                    Reach::Everywhere
                }
                Peer::Pods(Pods { namespaces: Some(selector), .. }) => {
                    let views = world.namespaces_matching(selector);
                    Reach::Some(views.map(|view| view.name.clone()).collect())
                }
            });
        }
        reach
    }
}

/// The rules of each policy that isolates pods with `labels`.
fn isolating<'a>(
    policies: &[&'a PolicySpec],
    labels: &Labels,
    direction: Direction,
) -> Vec<&'a [Rule]> {
    let isolates =
        |policy: &&&PolicySpec| policy.types.contains(direction) && policy.selector.matches(labels);
    policies.iter().filter(isolates).map(|policy| policy.rules(direction)).collect()
}
