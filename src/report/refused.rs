//! What would be refused, by namespace and rule.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::model::{Finding, RuleLevel, three_of};
use crate::object::{Kind, ObjectRef};

/// The objects of which rules at level `deny` find something, by namespace and rule; `None` is what is in no namespace.
///
/// An object counts once for a rule, however much the rule finds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refused(BTreeMap<Option<String>, BTreeMap<&'static str, BTreeSet<ObjectRef>>>);

impl Refused {
    /// Those of `findings` that deny and that no exemption silences.
    pub fn of<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Self {
        let mut refused = Self::default();
        let denies =
            |it: &&Finding| it.level == RuleLevel::Deny && it.exempted.is_none() && !it.existing;
        for finding in findings.into_iter().filter(denies) {
            let home = finding.subject.as_ref().and_then(ObjectRef::home).map(str::to_owned);
            let rules = refused.0.entry(home).or_default();
            rules.entry(finding.rule.name).or_default().extend(finding.subject.clone());
        }
        refused
    }

    /// Whether nothing would be refused.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many namespaces there are in it.
    pub fn namespaces(&self) -> usize {
        self.0.keys().flatten().count()
    }

    /// One line with the first `most` namespaces: `billing: uncovered-workload 2; shop: allow-all 1; 3 more`.
    pub fn line(&self, most: usize) -> String {
        let mut parts: Vec<String> = self.0.iter().take(most).map(short).collect();
        let left = self.0.len().saturating_sub(most);
        parts.extend((left > 0).then(|| format!("{left} more")));
        parts.join("; ")
    }

    /// `2 namespaces are not ready, with 3 workloads and 1 policy that would be refused if they were created now`.
    pub(super) fn headline(&self) -> String {
        let objects: BTreeSet<&ObjectRef> =
            self.0.values().flat_map(BTreeMap::values).flatten().collect();
        let workloads = objects.iter().filter(|object| object.kind.is_workload()).count();
        let namespaces = self.namespaces();
        let others = objects.iter().filter(|object| object.kind != Kind::Namespace).count();
        let counts =
            [(workloads, "workload", "workloads"), (others - workloads, "policy", "policies")];
        let counts = counts.into_iter().filter(|(count, ..)| *count > 0);
        let counted: Vec<String> =
            counts.map(|(count, one, many)| counted(count, one, many)).collect();
        let mut line = match namespaces {
            0 => "the cluster is not ready".to_owned(),
            1 => "1 namespace is not ready".to_owned(),
            many => format!("{many} namespaces are not ready"),
        };
        if !counted.is_empty() {
            let _ = write!(
                line,
                ", with {} that would be refused if created now",
                counted.join(" and ")
            );
        }
        line
    }

    /// A paragraph for each namespace, with the rules below it and how many objects each is about.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for (namespace, rules) in &self.0 {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{}", namespace.as_deref().unwrap_or("the cluster"));
            for (rule, objects) in rules {
                let _ = writeln!(text, "  {rule}{}", told(objects));
            }
        }
        text
    }
}

fn short(
    (namespace, rules): (&Option<String>, &BTreeMap<&'static str, BTreeSet<ObjectRef>>),
) -> String {
    let rules: Vec<String> =
        rules.iter().map(|(rule, objects)| format!("{rule} {}", objects.len().max(1))).collect();
    format!("{}: {}", namespace.as_deref().unwrap_or("the cluster"), rules.join(", "))
}

/// How many there are, and the first of them; nothing where it is the namespace of the paragraph.
fn told(objects: &BTreeSet<ObjectRef>) -> String {
    let others = objects.iter().filter(|object| object.kind != Kind::Namespace);
    let names: Vec<String> =
        others.map(|object| format!("{} {}", object.kind, object.name)).collect();
    if names.is_empty() {
        return String::new();
    }
    format!(" ({}): {}", names.len(), three_of(&names))
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::Refused;
    use crate::engine::inspect;
    use crate::model::Settings;
    use crate::sample::{now, world};

    fn refused(state: &str) -> Refused {
        let settings = crate::sample::settings("labels: []\nprofile: {enforce: restricted}");
        Refused::of(&inspect(&settings, &world(state), now()))
    }

    fn namespace(name: &str) -> String {
        format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}}}}}\n---\n")
    }

    fn workload(namespace: &str, name: &str) -> String {
        format!(
            "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: {name}, namespace: {namespace}}}, \
             spec: {{template: {{metadata: {{labels: {{app: {name}}}}}, spec: {{}}}}}}}}\n---\n"
        )
    }

    #[test]
    fn an_object_counts_once_for_a_rule() {
        let state = namespace("shop") + &workload("shop", "web") + &workload("shop", "api");
        let refused = refused(&state);
        assert_eq!(refused.namespaces(), 1);
        assert_eq!(
            refused.text(),
            "shop\n  missing-default-deny\n  uncovered-workload (2): Deployment api and Deployment web\n  undeclared-namespace\n"
        );
        assert_eq!(
            refused.headline(),
            "1 namespace is not ready, with 2 workloads that would be refused if created now"
        );
        assert_eq!(
            refused.line(5),
            "shop: missing-default-deny 1, uncovered-workload 2, undeclared-namespace 1"
        );
    }

    #[test]
    fn a_line_is_bounded() {
        let refused = refused(&["a", "b", "c"].map(namespace).concat());
        assert_eq!(refused.line(1), "a: missing-default-deny 1, undeclared-namespace 1; 2 more");
        assert_eq!(refused.headline(), "3 namespaces are not ready");
    }

    #[test]
    fn exempt_objects_are_not_refused() {
        let exempt = "{apiVersion: v1, kind: Namespace, metadata: {name: shop, annotations: \
            {portcullis.dev/exempt: 'missing-default-deny, undeclared-namespace', portcullis.dev/exempt-reason: old}}}";
        assert!(refused(exempt).is_empty());
    }

    #[test]
    fn what_is_about_the_cluster_has_no_namespace() {
        let settings = crate::sample::settings(
            "rules: {policy-not-enforced: deny}\nfacts: {cni: {name: flannel, enforces: no}}",
        );
        let refused = Refused::of(&inspect(&settings, &world(""), now()));
        assert_eq!(refused.text(), "the cluster\n  policy-not-enforced\n");
        assert_eq!(refused.headline(), "the cluster is not ready");
        assert_eq!(refused.line(1), "the cluster: policy-not-enforced 1");
        assert!(Refused::of(&inspect(&Settings::default(), &world(""), now())).is_empty());
    }
}
