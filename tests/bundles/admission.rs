//! What admission says when a bundle is applied, written again and taken away, and when a fault arrives.

use std::collections::BTreeSet;

use portcullis::engine::{Verdict, evaluate};
use portcullis::manifest::{Input, object};
use portcullis::model::{Change, Check, Operation, Requester, Right, Settings, World};
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

    /// What is said on the way from `old` to `new`, step by step: what is there no more is deleted last.
    pub(crate) fn change(&mut self, old: &[Input], new: &[Input]) -> Vec<Verdict> {
        let (old, new) = (objects(old), objects(new));
        let named = |all: &'_ [Object], one: &Object| {
            all.iter().find(|other| other.reference() == one.reference()).cloned()
        };
        let mut steps: Vec<(Option<Object>, Option<Object>)> =
            new.iter().map(|after| (named(&old, after), Some(after.clone()))).collect();
        let gone = old.iter().filter(|before| named(&new, before).is_none());
        steps.extend(gone.map(|before| (Some(before.clone()), None)));
        let changes = steps.into_iter().filter(|(before, after)| before != after);
        changes.map(|(before, after)| self.write(before.as_ref(), after.as_ref())).collect()
    }
}

/// The rules that refuse some step.
pub(crate) fn refusing(steps: &[Verdict]) -> BTreeSet<String> {
    let denials = steps.iter().flat_map(Verdict::denials);
    denials.map(|finding| finding.rule.name.to_owned()).collect()
}

/// `RULE LEVEL KIND NAMESPACE/NAME`, sorted: what the rules say that judge a change and no state.
pub(crate) fn about_changes(steps: &[Verdict]) -> Vec<String> {
    let findings = steps.iter().flat_map(|verdict| &verdict.findings);
    let findings = findings.filter(|finding| matches!(finding.rule.check, Check::Change(..)));
    let mut told: Vec<String> = findings
        .map(|finding| format!("{} {} {}", finding.rule.name, finding.level, finding.about()))
        .collect();
    told.sort();
    told
}

/// The objects of some manifests, in their order.
pub(crate) fn objects(inputs: &[Input]) -> Vec<Object> {
    let documents = inputs.iter().flat_map(|input| &input.documents);
    documents.filter_map(|document| object(document, "default").unwrap()).collect()
}
