//! Who is exempt from what, why, and until when.

use std::fmt::Write as _;

use serde::Serialize;

use crate::model::{EXEMPT, NamespaceView, Now, World, exempt_rules, exempting, exemptions};
use crate::object::{Kind, Meta, ObjectRef};
use crate::rules::rule;

use super::{Resource, one_line};

/// One exemption of one object from one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExemptionRow {
    /// The object whose annotations say so; a Namespace exempts everything in it.
    pub resource: Resource,
    /// The rule.
    pub rule: String,
    /// Why, in the words of whoever wrote it; `None` when it does not say.
    pub reason: Option<String>,
    /// Until when; `None` for ever.
    pub until: Option<String>,
    /// Why it does not count; `None` when it counts.
    pub void: Option<String>,
}

/// The exemptions of a state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ExemptionsReport {
    /// By namespace, kind, name and rule.
    pub exemptions: Vec<ExemptionRow>,
}

impl ExemptionsReport {
    /// What the annotations in `world` say at `now`, those that do not count too.
    pub fn new(world: &World, now: Now) -> Self {
        let exemptions = world.namespaces().flat_map(|view| of_namespace(view, now)).collect();
        Self { exemptions }
    }

    /// For people: one line each, a void one with the reason below it.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for row in &self.exemptions {
            let _ = writeln!(text, "{}", row.line());
            if let Some(void) = &row.void {
                let _ = writeln!(text, "  does not count: {void}");
            }
        }
        let void = self.exemptions.iter().filter(|row| row.void.is_some()).count();
        let all = self.exemptions.len();
        let _ =
            writeln!(text, "{}{all} in all, {void} of them void", if all == 0 { "" } else { "\n" });
        text
    }
}

impl ExemptionRow {
    /// For people: who is exempt from what, until when, and why.
    pub(super) fn line(&self) -> String {
        let until = self.until.as_ref();
        let until = until.map_or_else(|| "for ever".to_owned(), |until| format!("until {until}"));
        let reason = self.reason.as_deref().unwrap_or("no reason given");
        one_line(&format!("{}: {} {until}: {reason}", self.resource, self.rule))
    }

    /// The object.
    pub(super) fn reference(&self) -> Option<ObjectRef> {
        let Resource { api_version, kind, namespace, name } = &self.resource;
        let kind = Kind::of(api_version, kind)?;
        Some(ObjectRef { kind, namespace: namespace.clone(), name: name.clone() })
    }
}

fn of_namespace(view: &NamespaceView, now: Now) -> Vec<ExemptionRow> {
    let reference = |kind, meta: &Meta| {
        let namespace = (kind != Kind::Namespace).then(|| view.name.clone());
        ObjectRef { kind, namespace, name: meta.name.clone() }
    };
    let own = view.object.iter().map(|namespace| (Kind::Namespace, &namespace.meta));
    let policies = view.policies.values().map(|policy| (Kind::NetworkPolicy, &policy.meta));
    // What a controller made is exempt with it, and its annotations are those of a template.
    let speaks = view.workloads.values().filter(|workload| {
        exempting(workload, view).is_some_and(|source| std::ptr::eq(source, workload.as_ref()))
    });
    let workloads = speaks.map(|workload| (workload.kind, &workload.meta));
    own.chain(policies)
        .chain(workloads)
        .flat_map(|(kind, meta)| of_object(&reference(kind, meta), meta, now))
        .collect()
}

fn of_object(subject: &ObjectRef, meta: &Meta, now: Now) -> Vec<ExemptionRow> {
    let Some(named) = meta.annotations.get(EXEMPT) else { return Vec::new() };
    let annotation = |key: &str| meta.annotations.get(key).cloned();
    let row = |name: &str, void| ExemptionRow {
        resource: Resource::from(subject),
        rule: name.to_owned(),
        reason: annotation(crate::model::EXEMPT_REASON),
        until: annotation(crate::model::EXEMPT_UNTIL),
        void,
    };
    match exemptions(&meta.annotations, now) {
        Ok(valid) => {
            let unknown =
                |name: &str| rule(name).is_none().then(|| "there is no such rule".to_owned());
            valid.iter().map(|valid| row(&valid.rule, unknown(&valid.rule))).collect()
        }
        Err(void) => {
            let rules: Vec<&str> = exempt_rules(named).collect();
            let rules = if rules.is_empty() { vec!["nothing"] } else { rules };
            rules.into_iter().map(|rule| row(rule, Some(void.to_string()))).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::ExemptionsReport;
    use crate::sample::{now, world};

    const STATE: &str = r#"
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  annotations: {portcullis.dev/exempt: "missing-default-deny, nonsense", portcullis.dev/exempt-reason: old, portcullis.dev/exempt-until: "2026-12-31"}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, uid: d, annotations: {portcullis.dev/exempt: uncovered-workload}}
spec: {template: {metadata: {labels: {app: web}}, spec: {}}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: web-1
  namespace: shop
  annotations: {portcullis.dev/exempt: uncovered-workload, portcullis.dev/exempt-reason: from the template}
  ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: d, controller: true}]
spec: {template: {metadata: {labels: {app: web}}, spec: {}}}
"#;

    #[test]
    fn all_are_listed_and_void_ones_say_why() {
        let report = ExemptionsReport::new(&world(STATE), now());
        let expected = "\
Namespace shop: missing-default-deny until 2026-12-31: old
Namespace shop: nonsense until 2026-12-31: old
  does not count: there is no such rule
Deployment shop/web: uncovered-workload for ever: no reason given
  does not count: it gives no reason; say why in the annotation portcullis.dev/exempt-reason

3 in all, 2 of them void
";
        assert_eq!(report.text(), expected);
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["exemptions"][0]["until"], json!("2026-12-31"));
        assert_eq!(json["exemptions"][0]["void"], json!(null));
        assert_eq!(json["exemptions"][2]["resource"]["name"], json!("web"));
    }

    #[test]
    fn nobody_is_exempt() {
        assert_eq!(ExemptionsReport::default().text(), "0 in all, 0 of them void\n");
    }
}
