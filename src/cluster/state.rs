//! The fold of watch events into a World.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use imbl::OrdMap;

use crate::model::{Settings, World};
use crate::object::{Kind, Object, ObjectRef};

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
    /// It cannot be left out: hidden, it is waited for.
    is_needed: bool,
    /// It has objects that nobody can read.
    is_hidden: bool,
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
    /// The state before anything was heard. Where the settings let cluster-scoped policies count as coverage, verdicts rest on
    /// them, and there is no World while they are hidden.
    pub fn new(settings: &Settings) -> Self {
        let mut state = Self::default();
        let accepts_others = !settings.coverage.accept.is_empty();
        for (feed, known) in &mut state.feeds {
            known.is_needed =
                accepts_others && Kind::other_policies().any(|kind| kind == feed.kind());
        }
        state
    }

    /// The World; `None` until every feed has been listed once or was said to be absent or hidden.
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
            Event::InitDone(feed) => {
                if self.complete(feed) {
                    self.hide(feed, false);
                }
            }
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
                self.forget(feed);
                self.hide(feed, false);
            }
            Event::Hidden(feed) => {
                let is_awaited = |known: &Known| known.is_needed && !known.is_settled;
                let is_awaited = self.feeds.get(&feed).is_some_and(is_awaited);
                self.forget(feed);
                self.hide(feed, true);
                if let Some(known) = self.feeds.get_mut(&feed) {
                    known.is_settled = !is_awaited;
                }
            }
        }
    }

    /// As an empty list would.
    fn forget(&mut self, feed: Feed) {
        self.apply(Event::Init(feed));
        self.complete(feed);
    }

    /// Notes whether the feed has objects that nobody can read; its kind does when one of its feeds has.
    fn hide(&mut self, feed: Feed, is_hidden: bool) {
        let Some(known) = self.feeds.get_mut(&feed) else { return };
        known.is_hidden = is_hidden;
        let of_kind =
            |(other, known): (&Feed, &Known)| other.kind() == feed.kind() && known.is_hidden;
        if self.feeds.iter().any(of_kind) {
            self.world.hide(feed.kind());
        } else {
            self.world.reveal(feed.kind());
        }
    }

    fn known(&mut self, reference: &ObjectRef) -> Option<&mut Known> {
        self.feeds.get_mut(&Feed::of(reference)?)
    }

    /// The list that is coming in and holds the object.
    fn list(&mut self, reference: &ObjectRef) -> Option<&mut List> {
        self.known(reference)?.list.as_mut()
    }

    /// The list that was coming in takes effect; false when none was.
    fn complete(&mut self, feed: Feed) -> bool {
        let Some(known) = self.feeds.get_mut(&feed) else { return false };
        let Some(list) = known.list.take() else { return false };
        known.is_settled = true;
        let before = mem::take(&mut known.references);
        for gone in before.iter().filter(|reference| !list.contains_key(reference)) {
            self.remove(gone);
        }
        for (reference, object) in list {
            self.put(reference, object);
        }
        true
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
