//! Sequences of events as watches produce them, and every other sequence against a naive model.

use proptest::prelude::*;
use serde_json::json;

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
    for kind in Kind::watched().filter(|kind| !kinds.contains(kind)) {
        state.apply(Event::Init(kind));
        state.apply(Event::InitDone(kind));
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

const INIT: Event = Event::Init(Kind::Pod);
const DONE: Event = Event::InitDone(Kind::Pod);

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
fn there_is_no_world_before_every_kind_is_listed() {
    let mut state = State::default();
    for kind in Kind::watched() {
        assert_eq!(state.world(), None);
        assert!(state.waiting_for().any(|waiting| waiting == kind));
        state.apply(Event::Init(kind));
        assert_eq!(state.world(), None);
        state.apply(Event::InitDone(kind));
    }
    assert_eq!(state.world(), Some(&World::live()));
}

/// What is checked, the events after a first list of `a` and `b`, and the objects that exist then.
type Case = (&'static str, Vec<Event>, Vec<Box<Object>>);

fn check(cases: Vec<Case>) {
    for (name, events, expected) in cases {
        let first = [INIT, listed("a", 1), listed("b", 1), DONE];
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
            vec![INIT, listed("a", 2), listed("c", 1)],
            vec![pod("a", 1), pod("b", 1)],
        ),
        (
            "a list that is complete replaces the one before",
            vec![INIT, listed("a", 2), listed("c", 1), DONE],
            vec![pod("a", 2), pod("c", 1)],
        ),
        (
            "a list that was interrupted leaves no trace",
            vec![INIT, listed("ghost", 1), INIT, listed("b", 3), DONE],
            vec![pod("b", 3)],
        ),
        (
            "interrupted twice",
            vec![
                INIT,
                listed("ghost", 1),
                INIT,
                INIT,
                listed("ghost", 2),
                INIT,
                listed("b", 3),
                DONE,
            ],
            vec![pod("b", 3)],
        ),
        (
            "deleted while a list was interrupted",
            vec![INIT, listed("a", 1), listed("b", 1), INIT, listed("b", 1), DONE],
            vec![pod("b", 1)],
        ),
        (
            "an interrupted list is not completed by the end of the next",
            vec![INIT, listed("a", 2), INIT, DONE],
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
                INIT,
                Event::Apply(Ok(policy())),
                listed("a", 2),
                Event::Init(Kind::NetworkPolicy),
                DONE,
            ],
            vec![pod("a", 2), policy()],
        ),
        (
            "a list of another kind takes nothing away",
            vec![Event::Init(Kind::NetworkPolicy), Event::InitDone(Kind::NetworkPolicy)],
            vec![pod("a", 1), pod("b", 1)],
        ),
        (
            "a change during a list counts for both",
            vec![INIT, listed("a", 2), applied("c", 1), deleted("a"), DONE],
            vec![pod("c", 1)],
        ),
        ("objects outside a list", vec![listed("ghost", 1), DONE], vec![pod("a", 1), pod("b", 1)]),
    ]);
}

#[test]
fn an_unreadable_object_is_neither_served_as_it_was_nor_hidden() {
    let broken = || Err(garbage(Kind::Pod, "a"));
    let unreadable =
        |state: &State| state.unreadable().keys().map(ToString::to_string).collect::<Vec<_>>();
    let state = after(synced_but(&[Kind::Pod]), [INIT, listed("a", 1), listed("b", 1), DONE]);

    let changed = after(state.clone(), [Event::Apply(broken())]);
    assert_eq!(changed.world(), Some(&world([pod("b", 1)])));
    assert_eq!(unreadable(&changed), ["Pod shop/a"]);

    let mended = after(changed.clone(), [applied("a", 2)]);
    assert_eq!(mended.world(), Some(&world([pod("a", 2), pod("b", 1)])));
    assert!(mended.unreadable().is_empty());
    assert!(after(changed.clone(), [deleted("a")]).unreadable().is_empty());
    assert!(after(changed, [INIT, listed("b", 1), DONE]).unreadable().is_empty());

    let coming = after(state, [INIT, Event::InitApply(broken()), listed("b", 1)]);
    assert!(coming.unreadable().is_empty());
    let done = after(coming, [DONE]);
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
        1 => kind().prop_map(Event::Init),
        2 => kind().prop_map(Event::InitDone),
        4 => any_object().prop_map(Event::InitApply),
        3 => any_object().prop_map(Event::Apply),
        2 => any_object().prop_map(|object| Event::Delete(reference(&object))),
    ]
}

type Objects = BTreeMap<ObjectRef, Result<Box<Object>, Unreadable>>;

/// What exists of `kind` after `history`, looked up in the whole history: what came since the beginning of the last list
/// that was completed. `None` without such a list.
fn naive(kind: Kind, history: &[Event]) -> Option<Objects> {
    let begins: Vec<usize> = positions(history, &Event::Init(kind));
    let end = positions(history, &Event::InitDone(kind)).into_iter().rfind(|end| {
        // It completes a list only if one began since the last end.
        let before = &history[..*end];
        let last = |event| positions(before, &event).last().copied();
        last(Event::Init(kind))
            .is_some_and(|begin| last(Event::InitDone(kind)).is_none_or(|other| other < begin))
    })?;
    let begin = begins.into_iter().rfind(|begin| *begin < end)?;
    let mut objects = Objects::new();
    for (position, event) in history.iter().enumerate().skip(begin) {
        match event {
            Event::InitApply(object) if position < end => {
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
