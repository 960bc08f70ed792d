//! Which ends a rule is about.

use super::labels::{LabelSource, NAMESPACE, Pod};
use super::network_set::FromSets;
use super::rule::Entity;
use super::{Expression, NetworkSet};
use crate::netpol::pair::{Held, Pair};
use crate::netpol::truth::{all, any};
use crate::netpol::{AddressSet, End, Family};

/// An entity, prepared for many ends.
#[derive(Clone, Debug)]
pub(super) struct Side<'a> {
    entity: &'a Entity,
    /// The namespace of the policy.
    namespace: Option<&'a str>,
    /// What the selectors, and `notSelector`, get from sets; `None` when the sets are not known.
    sets: Option<(FromSets, FromSets)>,
}

/// One end of a connection, with what is known around it.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// Its `peer` is this end.
    pub(super) pair: Pair<'a>,
}

impl<'a> Side<'a> {
    pub(super) fn of(
        entity: &'a Entity,
        namespace: Option<&'a str>,
        sets: Option<&[NetworkSet]>,
    ) -> Self {
        let sets = sets.map(|sets| {
            let excluded = entity.not_selector.as_ref();
            let excluded = excluded.map(|selector| FromSets::matched(selector, sets));
            (FromSets::chosen(entity, namespace, sets), excluded.unwrap_or_default())
        });
        Self { entity, namespace, sets }
    }

    /// Whether it is about this end; `None` when that depends on something unknown.
    pub(super) fn matches(&self, place: &Place<'_>) -> Option<bool> {
        let Entity { nets, not_nets, not_selector, .. } = self.entity;
        let chosen = self.entity.has_selector().then(|| {
            let by_labels = |pod: &Pod<'_>| self.entity.chooses(self.namespace, pod);
            place.selected(by_labels, self.sets.as_ref().map(|(chosen, _)| chosen))
        });
        let excluded = not_selector.as_ref().map(|selector| {
            place.selected(
                |pod| selector.matches(pod),
                self.sets.as_ref().map(|(_, excluded)| excluded),
            )
        });
        let is_in = |nets: &Option<AddressSet>| nets.as_ref().map(|nets| place.holds(nets));
        let not = |part: Option<bool>| part.map(|holds| !holds);
        all([
            chosen.unwrap_or(Some(true)),
            not(excluded.unwrap_or(Some(false))),
            is_in(nets).unwrap_or(Some(true)),
            not(is_in(not_nets).unwrap_or(Some(false))),
        ])
    }
}

impl Entity {
    /// Whether its selectors, in a policy of `namespace`, match these labels (`getEndpointSelector`): those of a namespaced
    /// policy mean endpoints of its namespace, unless they name namespaces. `notSelector` is no part of it.
    pub(super) fn chooses(
        &self,
        namespace: Option<&str>,
        labels: &impl LabelSource,
    ) -> Option<bool> {
        let in_namespace = match (&self.namespaces, namespace) {
            (Some(namespaces), _) => namespaces.matches(labels),
            (None, Some(namespace)) => Some(labels.is(NAMESPACE, namespace)),
            (None, None) => Some(true),
        };
        let of = |part: &Option<Expression>| {
            part.as_ref().map_or(Some(true), |part| part.matches(labels))
        };
        all([in_namespace, of(&self.selector), of(&self.service_accounts)])
    }

    /// Whether it may choose, or leave out, the addresses of `set` in a policy of `namespace`.
    pub(super) fn may_choose(&self, namespace: Option<&str>, set: &NetworkSet) -> bool {
        let may_match = |selector: &Expression| selector.matches(set) != Some(false);
        let is_chosen = self.has_selector() && self.chooses(namespace, set) != Some(false);
        is_chosen || self.not_selector.as_ref().is_some_and(may_match)
    }
}

impl Place<'_> {
    /// Whether a selector matches this end, by its labels or by a set that has its address.
    ///
    /// Where the sets are not known, pods are matched by their labels alone: a set with addresses of pods is a mistake. Of any
    /// other address it is not known.
    fn selected(
        &self,
        by_labels: impl Fn(&Pod<'_>) -> Option<bool>,
        sets: Option<&FromSets>,
    ) -> Option<bool> {
        let pod = self.pair.selectable().map(Pod);
        let by_labels = pod.as_ref().map_or(Some(false), by_labels);
        let by_sets = match sets {
            None if pod.is_some() => Some(false),
            None => None,
            Some(sets) => any([
                self.holds(&sets.certain).filter(|holds| *holds).or(Some(false)),
                self.holds(&sets.possible).filter(|holds| !holds),
            ]),
        };
        any([by_labels, by_sets])
    }

    /// Whether `addresses` hold this end (SEMANTICS 13.1).
    pub(super) fn holds(&self, addresses: &AddressSet) -> Option<bool> {
        match self.pair.holds(addresses) {
            Held::No => Some(false),
            Held::Yes => Some(true),
            Held::AddressUnknown if self.pair.is_everywhere(addresses) => Some(true),
            Held::Maybe | Held::AddressUnknown => None,
        }
    }

    /// Whether connections with this end are of `family`.
    pub(super) fn is_of(&self, family: Family) -> Option<bool> {
        let families = |found: Vec<Family>| {
            let of_it = found.iter().filter(|one| **one == family).count();
            if of_it == 0 { Some(false) } else { (of_it == found.len()).then_some(true) }
        };
        match self.pair.peer {
            End::Pod(pod) if pod.addresses.is_empty() => {
                families(self.pair.network.families.iter().collect())
            }
            End::Pod(pod) => families(pod.addresses.iter().copied().map(Family::of).collect()),
            End::Addresses(addresses) => {
                let nets = addresses.blocks();
                families(nets.iter().map(|net| Family::of(net.addr())).collect())
            }
        }
    }
}
