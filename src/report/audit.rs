//! Judging a cluster, or the files of one: what there is, whoever wrote it.

use std::collections::BTreeMap;

use crate::engine::{audit as findings_of, judged};
use crate::manifest::{Located, ReadError};
use crate::model::{Finding, Now, Settings, World};
use crate::object::ObjectRef;

use super::{BeforeEnforcing, Report, rows};

/// What is audited.
#[derive(Clone, Copy, Debug)]
pub struct Audited<'a> {
    /// The state.
    pub world: &'a World,
    /// Where its objects are written; `None` for a cluster. What no file says (a fact, what a controller would create) is part
    /// of the state, and not judged.
    pub written: Option<&'a BTreeMap<ObjectRef, Located>>,
    /// Only these namespaces, without what is in none; all of it when there are none.
    pub namespaces: &'a [String],
}

/// The answer of an audit.
#[derive(Clone, Debug)]
pub struct Audit {
    /// What to know before anything is refused.
    pub before: BeforeEnforcing,
    /// Every finding, at the uncapped levels.
    pub report: Report,
}

/// Audits a state of which `errors` could not be read.
pub fn audit(audited: Audited<'_>, errors: Vec<ReadError>, settings: &Settings, now: Now) -> Audit {
    let mut findings = findings_of(settings, audited.world, now);
    findings.retain(|finding| audited.is_asked(finding.subject.as_ref()));
    let objects = judged(settings, audited.world, now).into_iter();
    let count = objects.filter(|object| audited.is_asked(Some(object))).count();
    let before = audited.before(&findings, settings, now);
    let (rows, exempted) =
        rows(findings, |subject| audited.written?.get(subject).map(|located| &located.document));
    Audit { before, report: Report::new(rows, errors, Vec::new(), count).with_exempted(exempted) }
}

impl Audited<'_> {
    fn before(&self, findings: &[Finding], settings: &Settings, now: Now) -> BeforeEnforcing {
        let is_asked = |subject: &ObjectRef| self.is_asked(Some(subject));
        BeforeEnforcing::new(findings, self.world, settings, now, is_asked)
    }

    /// Whether somebody asked for what is about this object; `None` is the cluster.
    fn is_asked(&self, subject: Option<&ObjectRef>) -> bool {
        let Some(subject) = subject else { return self.namespaces.is_empty() };
        let is_written = self.written.is_none_or(|written| written.contains_key(subject));
        let is_named = self.namespaces.is_empty()
            || subject.home().is_some_and(|home| self.namespaces.iter().any(|name| name == home));
        is_written && is_named
    }
}

#[cfg(test)]
mod tests {
    use super::{Audit, Audited, audit};
    use crate::manifest::{Gathered, gather, read};
    use crate::model::Settings;
    use crate::report::settled_world;
    use crate::sample::{live, now, settings};

    const STATE: &str = "{apiVersion: v1, kind: Namespace, metadata: {name: billing, labels: {name: billing}}}\n---\n\
        {apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {name: shop}}}\n";

    fn files(settings: &Settings, namespaces: &[&str]) -> Audit {
        let gathered = gather(vec![read("a.yaml", STATE.as_bytes())], "default");
        let Gathered { objects, errors, .. } = &gathered;
        let world = &settled_world(&gathered, settings);
        let namespaces: Vec<String> = namespaces.iter().map(|name| (*name).to_owned()).collect();
        let audited = Audited { world, written: Some(objects), namespaces: &namespaces };
        audit(audited, errors.clone(), settings, now())
    }

    fn found(audit: &Audit) -> Vec<String> {
        let rows = audit.report.findings.iter();
        rows.map(|row| format!("{} {}", row.rule, row.resource.as_ref().unwrap())).collect()
    }

    #[test]
    fn a_live_state_has_no_places() {
        let world = live(STATE);
        let all = Audited { world: &world, written: None, namespaces: &[] };
        let audit = audit(all, Vec::new(), &Settings::default(), now());
        let expected = [
            "missing-default-deny Namespace billing",
            "missing-default-deny Namespace shop",
            "undeclared-namespace Namespace billing",
            "undeclared-namespace Namespace shop",
        ];
        assert_eq!(found(&audit), expected);
        assert!(audit.report.findings.iter().all(|row| row.location.is_none()));
        assert_eq!((audit.report.summary.objects, audit.report.summary.deny), (2, 4));
        assert_eq!(audit.before.undeclared, ["billing", "shop"]);
    }

    #[test]
    fn one_namespace_can_be_asked_for() {
        let audit = files(&Settings::default(), &["shop"]);
        let expected =
            ["missing-default-deny Namespace shop", "undeclared-namespace Namespace shop"];
        assert_eq!(found(&audit), expected);
        let place = audit.report.findings[0].location.as_ref().unwrap().to_string();
        assert_eq!(place, "a.yaml:3:46");
        assert_eq!((audit.report.summary.objects, audit.before.refused.namespaces()), (1, 1));
        assert_eq!(audit.before.undeclared, ["shop"]);
    }

    #[test]
    fn what_no_file_says_is_not_judged() {
        let facts = settings("facts: {namespaces: [{name: old}]}");
        let audit = files(&facts, &[]);
        assert_eq!(audit.report.summary.objects, 2);
        assert_eq!(audit.before.undeclared, ["billing", "shop"]);
        assert_eq!(audit.before.refused.namespaces(), 2);
    }

    #[test]
    fn what_is_about_the_cluster_is_about_no_namespace() {
        let cluster = settings("facts: {cni: {name: flannel, enforces: no}}");
        let about_cluster = |namespaces: &[&str]| {
            let audit = files(&cluster, namespaces);
            audit.report.findings.iter().filter(|row| row.resource.is_none()).count()
        };
        assert_eq!((about_cluster(&[]), about_cluster(&["shop"])), (1, 0));
    }
}
