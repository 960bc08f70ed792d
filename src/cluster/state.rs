//! The fold of watch events into a World.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use imbl::OrdMap;

use crate::model::World;
use crate::object::{Kind, Object, ObjectRef};

use super::{Event, Unreadable};

#[cfg(test)]
mod tests;

/// A World that follows events.
///
/// A list is gathered aside and takes effect whole when it is complete: until then the objects of the list before it are
/// served, and a list that was interrupted leaves no trace.
#[derive(Clone, Debug)]
pub struct State {
    world: World,
    kinds: BTreeMap<Kind, Known>,
    unreadable: OrdMap<ObjectRef, String>,
}

/// What is known about the objects of one kind.
#[derive(Clone, Debug, Default)]
struct Known {
    /// One list has been complete.
    is_synced: bool,
    /// The list that is coming in.
    list: Option<BTreeMap<ObjectRef, Result<Box<Object>, Unreadable>>>,
    /// All objects that exist, unreadable ones too.
    references: BTreeSet<ObjectRef>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            world: World::live(),
            kinds: Kind::watched().map(|kind| (kind, Known::default())).collect(),
            unreadable: OrdMap::new(),
        }
    }
}

impl State {
    /// The World; `None` until every kind has been listed once.
    pub fn world(&self) -> Option<&World> {
        self.waiting_for().next().is_none().then_some(&self.world)
    }

    /// The kinds that have not been listed yet.
    pub fn waiting_for(&self) -> impl Iterator<Item = Kind> {
        self.kinds.iter().filter(|(_, known)| !known.is_synced).map(|(kind, _)| *kind)
    }

    /// The objects that exist and cannot be read, with the reason.
    pub fn unreadable(&self) -> &OrdMap<ObjectRef, String> {
        &self.unreadable
    }

    /// Takes in what has happened.
    pub fn apply(&mut self, event: Event) {
        match event {
            Event::Init(kind) => self.known(kind).list = Some(BTreeMap::new()),
            Event::InitApply(object) => {
                let reference = reference(&object);
                if let Some(list) = &mut self.known(reference.kind).list {
                    list.insert(reference, object);
                }
            }
            Event::InitDone(kind) => self.complete(kind),
            Event::Apply(object) => {
                let reference = reference(&object);
                if let Some(list) = &mut self.known(reference.kind).list {
                    list.insert(reference.clone(), object.clone());
                }
                self.put(reference, object);
            }
            Event::Delete(reference) => {
                if let Some(list) = &mut self.known(reference.kind).list {
                    list.remove(&reference);
                }
                self.remove(&reference);
            }
        }
    }

    fn known(&mut self, kind: Kind) -> &mut Known {
        self.kinds.entry(kind).or_default()
    }

    fn complete(&mut self, kind: Kind) {
        let known = self.known(kind);
        let Some(list) = known.list.take() else { return };
        known.is_synced = true;
        let before = mem::take(&mut known.references);
        for gone in before.iter().filter(|reference| !list.contains_key(reference)) {
            self.remove(gone);
        }
        for (reference, object) in list {
            self.put(reference, object);
        }
    }

    fn put(&mut self, reference: ObjectRef, object: Result<Box<Object>, Unreadable>) {
        match object {
            Ok(object) => {
                self.unreadable.remove(&reference);
                self.world.put(*object);
            }
            Err(unreadable) => {
                self.world.remove(&reference);
                self.unreadable.insert(reference.clone(), unreadable.reason);
            }
        }
        self.known(reference.kind).references.insert(reference);
    }

    fn remove(&mut self, reference: &ObjectRef) {
        self.world.remove(reference);
        self.unreadable.remove(reference);
        self.known(reference.kind).references.remove(reference);
    }
}

fn reference(object: &Result<Box<Object>, Unreadable>) -> ObjectRef {
    match object {
        Ok(object) => object.reference(),
        Err(unreadable) => unreadable.reference.clone(),
    }
}
