//! The pods of one namespace in the state before a change and in the state after it.

use std::cell::OnceCell;

use crate::model::{NamespaceView, World};
use crate::netpol::{Decided, Direction, End, Labels, Network, PolicySpec};
use crate::object::{ObjectRef, Workload};

use super::super::class::{address_parts, grouped};
use super::super::engines::Engines;
use super::super::label_keys::LabelKeys;
use super::super::{Class, Governed};

/// Two states, and the network between their pods.
#[derive(Clone, Copy, Debug)]
pub struct States<'w> {
    /// Before the change.
    pub before: &'w World,
    /// After it.
    pub after: &'w World,
    /// The network: the same in both.
    pub network: &'w Network,
}

/// Before or after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    Before,
    After,
}

/// Pods that no policy at hand can tell apart, before and after.
pub(super) struct Local<'w> {
    /// Before and after.
    moments: [Class<'w>; 2],
    governed: [[OnceCell<Governed<'w>>; 2]; 2],
}

impl<'w> Local<'w> {
    /// The workloads that stand for the pods.
    pub(super) fn workloads(&self) -> &[ObjectRef] {
        &self.moments[1].workloads
    }

    /// Their labels, as far as policies ask for them.
    pub(super) fn labels(&self) -> &Labels {
        &self.moments[1].labels
    }

    pub(super) fn class(&self, moment: Moment) -> &Class<'w> {
        &self.moments[moment as usize]
    }

    pub(super) fn governed(
        &self,
        states: States<'w>,
        moment: Moment,
        direction: Direction,
    ) -> &Governed<'w> {
        let cell = &self.governed[moment as usize][direction as usize];
        let world = match moment {
            Moment::Before => states.before,
            Moment::After => states.after,
        };
        let class = self.class(moment);
        cell.get_or_init(|| {
            Governed::of(world, states.network, class.view, &class.end(), direction)
        })
    }

    /// What the policies of these pods decide about `peer` in `direction`.
    pub(super) fn decide(
        &self,
        peer: &Self,
        states: States<'w>,
        moment: Moment,
        direction: Direction,
    ) -> Decided {
        let (own, other) = (self.class(moment).end(), peer.class(moment).end());
        let governed = self.governed(states, moment, direction);
        governed.decide(states.network, &own, &End::Pod(other))
    }
}

/// Pods of the namespace `view` is of, grouped by what `policies` and `engines` tell apart.
pub(super) fn locals<'w>(
    states: States<'w>,
    view: &'w NamespaceView,
    pods: &[(&'w Workload, &'w Workload)],
    policies: &[&'w PolicySpec],
    engines: &Engines<'w>,
) -> Vec<Local<'w>> {
    let keys = LabelKeys::of(engines, policies.iter().copied());
    let parts = address_parts(engines, policies.iter().copied());
    let old = states.before.namespace(&view.name).unwrap_or(view);
    let classes = grouped(view, pods.iter().copied(), &keys, &parts).into_iter();
    let local = |class: Class<'w>| {
        let before = Class { view: old, namespace_labels: old.labels(), ..class.clone() };
        Local { moments: [before, class], governed: Default::default() }
    };
    classes.map(local).collect()
}
