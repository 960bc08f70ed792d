//! Judging files: from what was read to a report.

use std::collections::BTreeSet;

use crate::engine::inspect;
use crate::manifest::{Gathered, Input, gather};
use crate::model::{Finding, Now, RuleLevel, Settings};
use crate::object::{Kind, ObjectRef};

use super::{Report, rows, sequence, settled, unknown};

/// What the caller says about the input.
#[derive(Clone, Debug)]
pub struct Options {
    /// The namespace of objects that name none.
    pub namespace: String,
    /// There are objects that the input does not show: what others could mend is only reported.
    pub partial: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { namespace: "default".to_owned(), partial: false }
    }
}

/// Judges `inputs` as admission would see them once everything in them has arrived, whatever their order.
pub fn check(inputs: Vec<Input>, settings: &Settings, options: &Options, now: Now) -> Report {
    let mut gathered = gather(inputs, &options.namespace);
    let world = settled::world(&gathered, settings);
    let world = if options.partial { world.partial() } else { world };
    gathered.notes.extend(sequence::notes(&gathered, &world, settings));
    gathered.notes.extend(unknown::notes(&gathered, &world, settings));
    let declared = declared_namespaces(&gathered);
    let mut findings = inspect(settings, &world, now);
    // What the controller would create, and what facts tell of, is not here to mend.
    let is_here = |subject: &ObjectRef| gathered.objects.contains_key(subject);
    findings.retain(|finding| finding.subject.as_ref().is_none_or(is_here));
    if options.partial {
        findings = findings.into_iter().map(|finding| uncertain(finding, &declared)).collect();
    }
    let (rows, exempted) =
        rows(findings, |subject| gathered.objects.get(subject).map(|located| &located.document));
    let count = gathered.objects.len();
    Report::new(rows, gathered.errors, gathered.notes, count).with_exempted(exempted)
}

fn declared_namespaces(gathered: &Gathered) -> BTreeSet<String> {
    let namespaces = gathered.objects.keys().filter(|reference| reference.kind == Kind::Namespace);
    namespaces.map(|reference| reference.name.clone()).collect()
}

/// A workload of a namespace that the input does not show may well be covered there.
fn uncertain(finding: Finding, declared: &BTreeSet<String>) -> Finding {
    let is_uncertain = finding.subject.as_ref().is_some_and(|subject| {
        let namespace = subject.namespace.as_deref().unwrap_or_default();
        subject.kind.is_workload() && !declared.contains(namespace)
    });
    if is_uncertain { finding.capped(RuleLevel::Audit) } else { finding }
}
