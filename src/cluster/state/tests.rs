//! Sequences of events as watches produce them, and every other sequence against a naive model.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use crate::model::{CoverageSettings, Grade};

use super::*;

fn object(kind: Kind, name: &str, version: u8) -> Box<Object> {
    let meta = json!({"metadata": {"name": name, "namespace": if kind.is_namespaced() { "shop" } else { "" },
        "uid": format!("{kind}/{name}"), "labels": {"version": version.to_string()}}});
    Box::new(Object::from_value(kind, &meta).unwrap())
}

fn pod(name: &str, version: u8) -> Box<Object> {
    object(Kind::Pod, name, version)
}

fn garbage(kind: Kind, name: &str) -> Unreadable {
    Unreadable { reference: object(kind, name, 0).reference(), reason: "garbage".to_owned() }
}

/// All kinds but these have been listed, and are empty.
fn synced_but(kinds: &[Kind]) -> State {
    let mut state = State::default();
    for feed in Feed::all().filter(|feed| !kinds.contains(&feed.kind())) {
        state.apply(Event::Init(feed));
        state.apply(Event::InitDone(feed));
    }
    state
}

fn after(mut state: State, events: impl IntoIterator<Item = Event>) -> State {
    events.into_iter().for_each(|event| state.apply(event));
    state
}

fn world(objects: impl IntoIterator<Item = Box<Object>>) -> World {
    let mut world = World::live();
    objects.into_iter().for_each(|object| world.put(*object));
    world
}

fn feed(kind: Kind) -> Feed {
    Feed::of_kind(kind).next().unwrap()
}

fn init() -> Event {
    Event::Init(feed(Kind::Pod))
}

fn done() -> Event {
    Event::InitDone(feed(Kind::Pod))
}

fn listed(name: &str, version: u8) -> Event {
    Event::InitApply(Ok(pod(name, version)))
}

fn applied(name: &str, version: u8) -> Event {
    Event::Apply(Ok(pod(name, version)))
}

fn deleted(name: &str) -> Event {
    Event::Delete(pod(name, 0).reference())
}

#[test]
fn there_is_no_world_before_every_feed_is_listed_or_absent() {
    let mut state = State::default();
    for (number, feed) in Feed::all().enumerate() {
        assert_eq!(state.world(), None);
        assert!(state.waiting_for().any(|waiting| waiting == feed));
        if number % 2 == 0 {
            state.apply(Event::Absent(feed));
            continue;
        }
        state.apply(Event::Init(feed));
        assert_eq!(state.world(), None);
        state.apply(Event::InitDone(feed));
    }
    assert_eq!(state.world(), Some(&World::live()));
}

#[test]
fn what_is_absent_is_forgotten_until_it_is_listed_again() {
    let gone = || Event::Absent(feed(Kind::Pod));
    check(vec![
        ("gone", vec![gone()], vec![]),
        ("gone while a list was coming in", vec![init(), listed("a", 2), gone(), done()], vec![]),
        ("back again", vec![gone(), init(), listed("b", 2), done()], vec![pod("b", 2)]),
        (
            "another kind is gone",
            vec![Event::Absent(feed(Kind::Job))],
            vec![pod("a", 1), pod("b", 1)],
        ),
    ]);
    let unreadable = [init(), Event::InitApply(Err(garbage(Kind::Pod, "a"))), done()];
    let state = after(synced_but(&[Kind::Pod]), unreadable);
    assert!(!state.unreadable().is_empty());
    assert!(after(state, [gone()]).unreadable().is_empty());
}

#[test]
fn what_is_hidden_may_exist_until_it_is_listed_or_absent() {
    let hidden = Event::Hidden(feed(Kind::Node));
    let first = [Event::Init(feed(Kind::Node)), Event::InitApply(Ok(object(Kind::Node, "a", 1)))];
    let listed = || first.clone().into_iter().chain([Event::InitDone(feed(Kind::Node))]);
    let state = after(synced_but(&[Kind::Node]), listed());
    assert!(!state.world().unwrap().hides(Kind::Node));
    let refused = after(state.clone(), [hidden.clone()]);
    let world = refused.world().unwrap();
    assert!(world.hides(Kind::Node) && world.cluster_objects(Kind::Node).next().is_none());
    assert_eq!(after(refused.clone(), listed()).world(), state.world());
    let gone = after(refused.clone(), [Event::Absent(feed(Kind::Node))]);
    assert!(!gone.world().unwrap().hides(Kind::Node));
    // The end of a list that was interrupted tells nothing.
    let interrupted = first.into_iter().chain([hidden, Event::InitDone(feed(Kind::Node))]);
    assert_eq!(after(state, interrupted).world(), refused.world());

    let mut maps = Feed::of_kind(Kind::ConfigMap);
    let (one, other) = (maps.next().unwrap(), maps.next().unwrap());
    let both = after(State::default(), [Event::Hidden(one), Event::Hidden(other)]);
    assert!(after(both.clone(), [Event::Absent(one)]).world.hides(Kind::ConfigMap));
    let none = after(both, [Event::Absent(one), Event::Absent(other)]);
    assert!(!none.world.hides(Kind::ConfigMap));
}

#[test]
fn what_coverage_rests_on_is_waited_for() {
    let kind = Kind::ClusterNetworkPolicy;
    let coverage = CoverageSettings { accept: vec![Grade::Admin], ..CoverageSettings::default() };
    let settings = Settings { coverage, ..Settings::default() };
    let hidden = || Feed::all().map(Event::Hidden);
    let all = after(State::new(&Settings::default()), hidden());
    assert!(all.world().is_some());
    let needed = after(State::new(&settings), hidden());
    let waited: BTreeSet<Kind> = needed.waiting_for().map(Feed::kind).collect();
    assert_eq!(waited, Kind::other_policies().collect());
    let absent = Kind::other_policies().map(|kind| Event::Absent(feed(kind)));
    let synced = after(needed, absent);
    assert!(synced.world().is_some());
    // Once it was there, its World stays, and what rests on it is read live.
    let later = after(synced, [Event::Hidden(feed(kind))]);
    assert!(later.world().unwrap().hides(kind));
}

#[test]
fn of_config_maps_each_is_on_its_own() {
    let named = |name: &str| object(Kind::ConfigMap, name, 1);
    let mut feeds = Feed::of_kind(Kind::ConfigMap);
    let (aws, cilium) = (feeds.next().unwrap(), feeds.next().unwrap());
    let list = |feed, name: &str| {
        [Event::Init(feed), Event::InitApply(Ok(named(name))), Event::InitDone(feed)]
    };
    let state = after(synced_but(&[Kind::ConfigMap]), list(cilium, "cilium-config"));
    assert!(state.world().is_none());
    assert!(state.waiting_for().eq([aws]));
    let both = after(state.clone(), list(aws, "amazon-vpc-cni"));
    let maps = [named("amazon-vpc-cni"), named("cilium-config")];
    assert_eq!(both.world(), Some(&world(maps)));
    let without = after(state, [Event::Absent(aws)]);
    assert_eq!(without.world(), Some(&world([named("cilium-config")])));
    // No watch reports it.
    let stray = after(without.clone(), [Event::Apply(Ok(named("passwords")))]);
    assert_eq!(stray.world(), without.world());
}

/// What is checked, the events after a first list of `a` and `b`, and the objects that exist then.
type Case = (&'static str, Vec<Event>, Vec<Box<Object>>);

fn check(cases: Vec<Case>) {
    for (name, events, expected) in cases {
        let first = [init(), listed("a", 1), listed("b", 1), done()];
        let state = after(synced_but(&[Kind::Pod]), first.into_iter().chain(events));
        assert_eq!(state.world(), Some(&world(expected)), "{name}");
    }
}

#[test]
fn a_list_takes_effect_whole_or_not_at_all() {
    check(vec![
        ("a list", vec![], vec![pod("a", 1), pod("b", 1)]),
        (
            "a list that is coming in is not served",
            vec![init(), listed("a", 2), listed("c", 1)],
            vec![pod("a", 1), pod("b", 1)],
        ),
        (
            "a list that is complete replaces the one before",
            vec![init(), listed("a", 2), listed("c", 1), done()],
            vec![pod("a", 2), pod("c", 1)],
        ),
        (
            "a list that was interrupted leaves no trace",
            vec![init(), listed("ghost", 1), init(), listed("b", 3), done()],
            vec![pod("b", 3)],
        ),
        (
            "interrupted twice",
            vec![
                init(),
                listed("ghost", 1),
                init(),
                init(),
                listed("ghost", 2),
                init(),
                listed("b", 3),
                done(),
            ],
            vec![pod("b", 3)],
        ),
        (
            "deleted while a list was interrupted",
            vec![init(), listed("a", 1), listed("b", 1), init(), listed("b", 1), done()],
            vec![pod("b", 1)],
        ),
        (
            "an interrupted list is not completed by the end of the next",
            vec![init(), listed("a", 2), init(), done()],
            vec![],
        ),
    ]);
}

#[test]
fn events_lead_to_the_objects_that_exist() {
    let policy = || object(Kind::NetworkPolicy, "deny", 1);
    check(vec![
        ("a change and a deletion", vec![applied("a", 2), deleted("b")], vec![pod("a", 2)]),
        (
            "events of another kind in between",
            vec![
                init(),
                Event::Apply(Ok(policy())),
                listed("a", 2),
                Event::Init(feed(Kind::NetworkPolicy)),
                done(),
            ],
            vec![pod("a", 2), policy()],
        ),
        (
            "a list of another kind takes nothing away",
            vec![
                Event::Init(feed(Kind::NetworkPolicy)),
                Event::InitDone(feed(Kind::NetworkPolicy)),
            ],
            vec![pod("a", 1), pod("b", 1)],
        ),
        (
            "a change during a list counts for both",
            vec![init(), listed("a", 2), applied("c", 1), deleted("a"), done()],
            vec![pod("c", 1)],
        ),
        (
            "objects outside a list",
            vec![listed("ghost", 1), done()],
            vec![pod("a", 1), pod("b", 1)],
        ),
    ]);
}

#[test]
fn an_unreadable_object_is_neither_served_as_it_was_nor_hidden() {
    let broken = || Err(garbage(Kind::Pod, "a"));
    let unreadable =
        |state: &State| state.unreadable().keys().map(ToString::to_string).collect::<Vec<_>>();
    let state = after(synced_but(&[Kind::Pod]), [init(), listed("a", 1), listed("b", 1), done()]);

    let changed = after(state.clone(), [Event::Apply(broken())]);
    assert_eq!(changed.world(), Some(&world([pod("b", 1)])));
    assert_eq!(unreadable(&changed), ["Pod shop/a"]);

    let mended = after(changed.clone(), [applied("a", 2)]);
    assert_eq!(mended.world(), Some(&world([pod("a", 2), pod("b", 1)])));
    assert!(mended.unreadable().is_empty());
    assert!(after(changed.clone(), [deleted("a")]).unreadable().is_empty());
    assert!(after(changed, [init(), listed("b", 1), done()]).unreadable().is_empty());

    let coming = after(state, [init(), Event::InitApply(broken()), listed("b", 1)]);
    assert!(coming.unreadable().is_empty());
    let done = after(coming, [done()]);
    assert_eq!(done.world(), Some(&world([pod("b", 1)])));
    assert_eq!(unreadable(&done), ["Pod shop/a"]);
}

const WATCHED: [Kind; 3] = [Kind::ClusterRoleBinding, Kind::Namespace, Kind::Pod];

fn any_object() -> impl Strategy<Value = Result<Box<Object>, Unreadable>> {
    (prop::sample::select(&WATCHED[..]), prop::sample::select(&["a", "b", "c"][..]), 0u8..4)
        .prop_map(|(kind, name, version)| match version {
            0 => Err(garbage(kind, name)),
            version => Ok(object(kind, name, version)),
        })
}

fn any_event() -> impl Strategy<Value = Event> {
    let kind = || prop::sample::select(&WATCHED[..]);
    prop_oneof![
        1 => kind().prop_map(|kind| Event::Init(feed(kind))),
        2 => kind().prop_map(|kind| Event::InitDone(feed(kind))),
        1 => kind().prop_map(|kind| Event::Absent(feed(kind))),
        4 => any_object().prop_map(Event::InitApply),
        3 => any_object().prop_map(Event::Apply),
        2 => any_object().prop_map(|object| Event::Delete(reference(&object))),
    ]
}

type Objects = BTreeMap<ObjectRef, Result<Box<Object>, Unreadable>>;

/// What exists of `kind` after `history`, looked up in the whole history: what came since the beginning of the last list
/// that was completed, or since the kind was last absent. `None` without either.
fn naive(kind: Kind, history: &[Event]) -> Option<Objects> {
    let begins = positions(history, &Event::Init(feed(kind)));
    let absent = positions(history, &Event::Absent(feed(kind)));
    let end = positions(history, &Event::InitDone(feed(kind))).into_iter().rfind(|end| {
        // It completes a list only if one began since the last end.
        let before = &history[..*end];
        let last = |event| positions(before, &event).last().copied();
        let closed = [Event::InitDone(feed(kind)), Event::Absent(feed(kind))];
        last(Event::Init(feed(kind)))
            .is_some_and(|begin| closed.into_iter().all(|event| last(event) < Some(begin)))
    });
    let absent = absent.last().copied().filter(|absent| Some(*absent) > end);
    let begin = match (end, absent) {
        (_, Some(absent)) => absent,
        (Some(end), None) => begins.into_iter().rfind(|begin| *begin < end)?,
        (None, None) => return None,
    };
    let mut objects = Objects::new();
    for (position, event) in history.iter().enumerate().skip(begin) {
        match event {
            Event::InitApply(object) if absent.is_none() && Some(position) < end => {
                objects.insert(reference(object), object.clone());
            }
            Event::Apply(object) => {
                objects.insert(reference(object), object.clone());
            }
            Event::Delete(reference) => {
                objects.remove(reference);
            }
            _ => {}
        }
    }
    objects.retain(|reference, _| reference.kind == kind);
    Some(objects)
}

fn positions(history: &[Event], wanted: &Event) -> Vec<usize> {
    let found = history.iter().enumerate().filter(|(_, event)| *event == wanted);
    found.map(|(position, _)| position).collect()
}

proptest! {
    #[test]
    fn the_fold_agrees_with_a_naive_reading_of_the_history(
        history in prop::collection::vec(any_event(), 0..60),
    ) {
        let state = after(synced_but(&WATCHED), history.clone());
        let naive: Option<Vec<Objects>> =
            WATCHED.into_iter().map(|kind| naive(kind, &history)).collect();
        match naive {
            None => prop_assert!(state.world().is_none()),
            Some(kinds) => {
                let objects: Objects = kinds.into_iter().flatten().collect();
                let readable = objects.values().filter_map(|object| object.clone().ok());
                prop_assert_eq!(state.world(), Some(&world(readable)));
                let broken = objects.iter().filter(|(_, object)| object.is_err());
                prop_assert!(state.unreadable().keys().eq(broken.map(|(reference, _)| reference)));
            }
        }
    }
}
