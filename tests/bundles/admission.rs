//! What admission says when a bundle is applied, written again and taken away, and when a fault arrives.

use std::collections::BTreeSet;

use portcullis::engine::{Verdict, evaluate};
use portcullis::manifest::{Input, object};
use portcullis::model::{Change, Operation, Requester, Right, Settings, World};
use portcullis::object::Object;

use super::run::today;

/// A cluster in which an administrator writes one object after the other.
pub(crate) struct Cluster<'a> {
    settings: &'a Settings,
    world: World,
}

impl<'a> Cluster<'a> {
    pub(crate) fn empty(settings: &'a Settings) -> Self {
        Self { settings, world: World::live() }
    }

    pub(crate) fn of(inputs: &[Input], settings: &'a Settings) -> Self {
        let mut cluster = Self::empty(settings);
        for object in objects(inputs) {
            cluster.world.put(object);
        }
        cluster
    }

    /// What is said about the write; it is stored, whatever that is.
    pub(crate) fn write(&mut self, before: Option<&Object>, after: Option<&Object>) -> Verdict {
        let change = Change {
            operation: match (before, after) {
                (None, _) => Operation::Create,
                (_, None) => Operation::Delete,
                _ => Operation::Update,
            },
            before: before.cloned(),
            after: after.cloned(),
            requester: Requester { name: "admin".to_owned(), ..Requester::default() },
            dry_run: false,
            field_manager: "kubectl-client-side-apply".to_owned(),
            right: Right::Granted,
        };
        let verdict = evaluate(self.settings, &self.world, &change, today());
        match (before, after) {
            (_, Some(after)) => self.world.put(after.clone()),
            (Some(before), None) => self.world.remove(&before.reference()),
            (None, None) => {}
        }
        verdict
    }

    /// The rules that refuse some step of the way from `old` to `new`: what is there no more is deleted last.
    pub(crate) fn refused(&mut self, old: &[Input], new: &[Input]) -> BTreeSet<String> {
        let (old, new) = (objects(old), objects(new));
        let named = |all: &'_ [Object], one: &Object| {
            all.iter().find(|other| other.reference() == one.reference()).cloned()
        };
        let mut steps: Vec<(Option<Object>, Option<Object>)> =
            new.iter().map(|after| (named(&old, after), Some(after.clone()))).collect();
        let gone = old.iter().filter(|before| named(&new, before).is_none());
        steps.extend(gone.map(|before| (Some(before.clone()), None)));
        let changes = steps.into_iter().filter(|(before, after)| before != after);
        let verdicts = changes.map(|(before, after)| self.write(before.as_ref(), after.as_ref()));
        let refusing = verdicts.flat_map(|verdict| {
            verdict.denials().map(|finding| finding.rule.name.to_owned()).collect::<Vec<_>>()
        });
        refusing.collect()
    }
}

/// The objects of some manifests, in their order.
pub(crate) fn objects(inputs: &[Input]) -> Vec<Object> {
    let documents = inputs.iter().flat_map(|input| &input.documents);
    documents.filter_map(|document| object(document, "default").unwrap()).collect()
}
