//! Whether the objects arrive in an order in which the API server takes them.

use std::collections::BTreeMap;

use crate::manifest::{Gathered, Located, Note};
use crate::model::{Governance, HoldAt, Levels, Mode, RuleLevel, Settings, World};
use crate::netpol::{Direction, PolicySpec, isolates};
use crate::object::Object;
use crate::rules::UNCOVERED_WORKLOAD;

/// What the first `kubectl apply` would refuse although the state that it leads to is fine: it sends objects in the order of
/// the files. Charts are left out, because Helm sorts by kind.
pub(super) fn notes(gathered: &Gathered, world: &World, settings: &Settings) -> Vec<Note> {
    let mut namespaces: BTreeMap<&str, Vec<&Located>> = BTreeMap::new();
    for (reference, located) in &gathered.objects {
        if located.document.helm_source().is_none() {
            let namespace = reference.namespace.as_deref().unwrap_or(&reference.name);
            namespaces.entry(namespace).or_default().push(located);
        }
    }
    let mut notes = Vec::new();
    for (name, mut objects) in namespaces {
        objects.sort_by_key(|located| located.order);
        notes.extend(late_namespace(name, &objects));
        if let Some(view) = world.namespace(name) {
            let governance = Governance::of(settings, name, &view.labels());
            let levels = settings.levels_of(view);
            notes.extend(late_policy(&objects, &denied(&governance, &levels, settings)));
        }
    }
    notes
}

fn late_namespace(name: &str, objects: &[&Located]) -> Option<Note> {
    let is_namespace = |located: &&&Located| matches!(located.object, Object::Namespace(_));
    let namespace = objects.iter().skip(1).find(is_namespace)?;
    let first = objects[0].object.reference();
    Some(Note {
        location: namespace.document.location("/metadata/name"),
        text: format!(
            "Namespace {name} comes behind {first}: the first `kubectl apply` refuses what comes before it; put it first"
        ),
    })
}

/// The directions in which admission refuses an uncovered workload itself.
fn denied(governance: &Governance, levels: &Levels<'_>, settings: &Settings) -> Vec<Direction> {
    let holds = levels.mode() == Mode::Enforce
        && settings.workloads.hold_at == HoldAt::Workload
        && levels.of(&UNCOVERED_WORKLOAD) == RuleLevel::Deny;
    let is_denied =
        |direction: &Direction| governance.severity(*direction) == Some(RuleLevel::Deny);
    Direction::BOTH.into_iter().filter(|direction| holds && is_denied(direction)).collect()
}

/// One note, for the first workload that comes before the policy that isolates it.
fn late_policy(objects: &[&Located], directions: &[Direction]) -> Option<Note> {
    let specs = objects.iter().filter_map(|located| match &located.object {
        Object::Policy(policy) => Some(&policy.spec),
        _ => None,
    });
    let all: Vec<&PolicySpec> = specs.collect();
    let mut seen = 0;
    for located in objects {
        match &located.object {
            Object::Policy(_) => seen += 1,
            Object::Workload(workload) if workload.is_governed() => {
                let covers = |specs: &[&PolicySpec], direction| {
                    isolates(specs, &workload.template.labels, direction)
                };
                let is_late = |direction: &&Direction| {
                    !covers(&all[..seen], **direction) && covers(&all, **direction)
                };
                if let Some(direction) = directions.iter().find(is_late) {
                    return Some(before_its_policy(located, *direction));
                }
            }
            _ => {}
        }
    }
    None
}

fn before_its_policy(located: &Located, direction: Direction) -> Note {
    let workload = located.object.reference();
    Note {
        location: located.document.location("/metadata/name"),
        text: format!(
            "{workload} comes before the policy that isolates it for {direction}: the first `kubectl apply` is refused; put \
             policies first"
        ),
    }
}
