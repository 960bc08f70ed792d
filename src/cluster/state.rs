//! The fold of watch events into a World.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use imbl::OrdMap;

use crate::model::World;
use crate::object::{Object, ObjectRef};

use super::{Event, Feed, Unreadable};

#[cfg(test)]
mod tests;

/// A World that follows events.
///
/// A list is gathered aside and takes effect whole when it is complete: until then the objects of the list before it are
/// served, and a list that was interrupted leaves no trace.
#[derive(Clone, Debug)]
pub struct State {
    world: World,
    feeds: BTreeMap<Feed, Known>,
    unreadable: OrdMap<ObjectRef, String>,
}

/// What is known about the objects of one feed.
#[derive(Clone, Debug, Default)]
struct Known {
    /// One list has been complete, or need not be waited for.
    is_settled: bool,
    /// The list that is coming in.
    list: Option<List>,
    /// All objects that exist, unreadable ones too.
    references: BTreeSet<ObjectRef>,
}

type List = BTreeMap<ObjectRef, Result<Box<Object>, Unreadable>>;

impl Default for State {
    fn default() -> Self {
        Self {
            world: World::live(),
            feeds: Feed::all().map(|feed| (feed, Known::default())).collect(),
            unreadable: OrdMap::new(),
        }
    }
}

impl State {
    /// The World; `None` until every feed has been listed once or was said to be absent.
    pub fn world(&self) -> Option<&World> {
        self.waiting_for().next().is_none().then_some(&self.world)
    }

    /// The feeds of which nothing was heard yet.
    pub fn waiting_for(&self) -> impl Iterator<Item = Feed> {
        self.feeds.iter().filter(|(_, known)| !known.is_settled).map(|(feed, _)| *feed)
    }

    /// The objects that exist and cannot be read, with the reason.
    pub fn unreadable(&self) -> &OrdMap<ObjectRef, String> {
        &self.unreadable
    }

    /// Takes in what has happened.
    pub fn apply(&mut self, event: Event) {
        match event {
            Event::Init(feed) => {
                if let Some(known) = self.feeds.get_mut(&feed) {
                    known.list = Some(BTreeMap::new());
                }
            }
            Event::InitApply(object) => {
                let reference = reference(&object);
                if let Some(list) = self.list(&reference) {
                    list.insert(reference, object);
                }
            }
            Event::InitDone(feed) => self.complete(feed),
            Event::Apply(object) => {
                let reference = reference(&object);
                if let Some(list) = self.list(&reference) {
                    list.insert(reference.clone(), object.clone());
                }
                self.put(reference, object);
            }
            Event::Delete(reference) => {
                if let Some(list) = self.list(&reference) {
                    list.remove(&reference);
                }
                self.remove(&reference);
            }
            Event::Absent(feed) => {
                // An empty list.
                self.apply(Event::Init(feed));
                self.complete(feed);
            }
        }
    }

    fn known(&mut self, reference: &ObjectRef) -> Option<&mut Known> {
        self.feeds.get_mut(&Feed::of(reference)?)
    }

    /// The list that is coming in and holds the object.
    fn list(&mut self, reference: &ObjectRef) -> Option<&mut List> {
        self.known(reference)?.list.as_mut()
    }

    fn complete(&mut self, feed: Feed) {
        let Some(known) = self.feeds.get_mut(&feed) else { return };
        let Some(list) = known.list.take() else { return };
        known.is_settled = true;
        let before = mem::take(&mut known.references);
        for gone in before.iter().filter(|reference| !list.contains_key(reference)) {
            self.remove(gone);
        }
        for (reference, object) in list {
            self.put(reference, object);
        }
    }

    fn put(&mut self, reference: ObjectRef, object: Result<Box<Object>, Unreadable>) {
        let Some(known) = self.known(&reference) else { return };
        known.references.insert(reference.clone());
        match object {
            Ok(object) => {
                self.unreadable.remove(&reference);
                self.world.put(*object);
            }
            Err(unreadable) => {
                self.world.remove(&reference);
                self.unreadable.insert(reference, unreadable.reason);
            }
        }
    }

    fn remove(&mut self, reference: &ObjectRef) {
        self.world.remove(reference);
        self.unreadable.remove(reference);
        if let Some(known) = self.known(reference) {
            known.references.remove(reference);
        }
    }
}

fn reference(object: &Result<Box<Object>, Unreadable>) -> ObjectRef {
    match object {
        Ok(object) => object.reference(),
        Err(unreadable) => unreadable.reference.clone(),
    }
}
