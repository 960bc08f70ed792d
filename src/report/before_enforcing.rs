//! What to know before anything is refused: who is not ready, who is undeclared, and which exemptions will count.

use std::fmt::Write as _;

use crate::model::{Finding, Now, Scope, Settings, World};
use crate::object::ObjectRef;
use crate::rules::is_undeclared;

use super::one_line;
use super::{ExemptionRow, ExemptionsReport, Refused};

/// Above the findings of an audit, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BeforeEnforcing {
    /// What would be refused.
    pub refused: Refused,
    /// Namespaces that do not say how they get their default-deny, and need to.
    pub undeclared: Vec<String>,
    /// The exemptions that count.
    pub exemptions: Vec<ExemptionRow>,
}

impl BeforeEnforcing {
    /// What `findings` about `world` mean for those who are about to enforce; `is_asked` tells about what.
    pub fn new(
        findings: &[Finding],
        world: &World,
        settings: &Settings,
        now: Now,
        is_asked: impl Fn(&ObjectRef) -> bool,
    ) -> Self {
        let asked = world.namespaces().filter(|view| is_asked(&ObjectRef::namespace(&view.name)));
        let undeclared = asked.filter(|view| {
            view.object.is_some()
                && !view.is_terminating()
                && is_undeclared(&Scope::new(settings, world, view, now))
        });
        let exemptions = ExemptionsReport::new(world, now).exemptions.into_iter();
        let counts = |row: &ExemptionRow| {
            row.void.is_none() && row.reference().is_some_and(|it| is_asked(&it))
        };
        Self {
            refused: Refused::of(findings),
            undeclared: undeclared.map(|view| view.name.clone()).collect(),
            exemptions: exemptions.filter(counts).collect(),
        }
    }

    /// For people, in paragraphs.
    pub fn text(&self) -> String {
        let mut text = "Before you enforce: ".to_owned();
        // Writing to a String cannot fail.
        if self.refused.is_empty() {
            text.push_str("nothing would be refused\n");
        } else {
            let _ = writeln!(text, "{}\n\n{}", self.refused.headline(), self.refused.text());
            text.push_str(
                "What runs goes on running. In declared namespaces, Pods that no policy isolates are refused when they are next\n\
                 created (drain, scaling).\n",
            );
        }
        if !self.undeclared.is_empty() {
            let _ = writeln!(
                text,
                "\nUndeclared, so that the Pods of controllers are only reported there: {}",
                one_line(&self.undeclared.join(", "))
            );
        }
        if !self.exemptions.is_empty() {
            text.push_str("\nExemptions that will count:\n");
            for row in &self.exemptions {
                let _ = writeln!(text, "  {}", row.line());
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::BeforeEnforcing;
    use crate::engine::audit;
    use crate::object::ObjectRef;
    use crate::sample::{now, settings, world};

    const STATE: &str = r#"
{apiVersion: v1, kind: Namespace, metadata: {name: billing}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: kube-system}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: lab, labels: {portcullis.dev/enforce: privileged}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: old, deletionTimestamp: "2026-11-22T11:59:00Z"}}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {portcullis.dev/default-deny: self}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: default-deny, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: worker
  namespace: shop
  annotations: {portcullis.dev/exempt: uncovered-workload, portcullis.dev/exempt-reason: "nobody\u001b knows", portcullis.dev/exempt-until: "2026-12-31"}
spec: {template: {metadata: {labels: {app: worker}}, spec: {}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop, annotations: {portcullis.dev/exempt: uncovered-workload}}
spec: {template: {metadata: {labels: {app: api}}, spec: {}}}
"#;

    fn before(asked: &str, of: impl Fn(&ObjectRef) -> bool) -> BeforeEnforcing {
        let (settings, world) = (settings(asked), world(STATE));
        let findings = audit(&settings, &world, now());
        BeforeEnforcing::new(&findings, &world, &settings, now(), of)
    }

    #[test]
    fn who_is_not_ready_comes_first_then_the_undeclared_then_exemptions() {
        let expected = "\
Before you enforce: 2 namespaces are not ready, with 1 workload that would be refused if created now

billing
  missing-default-deny
  undeclared-namespace
shop
  missing-default-deny
  uncovered-workload (1): Deployment api

What runs goes on running. In declared namespaces, Pods that no policy isolates are refused when they are next
created (drain, scaling).

Undeclared, so that the Pods of controllers are only reported there: billing

Exemptions that will count:
  Deployment shop/worker: uncovered-workload until 2026-12-31: nobody  knows
";
        assert_eq!(before("labels: []", |_| true).text(), expected);
    }

    #[test]
    fn old_namespaces_are_undeclared_whatever_becomes_of_new_ones() {
        let asked = "namespaces: {undeclared: self}";
        assert_eq!(before(asked, |_| true).undeclared, ["billing"]);
        assert_eq!(before("profile: {enforce: privileged}", |_| true).undeclared, [""; 0]);
    }

    #[test]
    fn only_what_is_asked_for_is_told() {
        let lab = before("", |subject| *subject == ObjectRef::namespace("lab"));
        assert_eq!((lab.undeclared, lab.exemptions), (vec![], vec![]));
        assert_eq!(
            BeforeEnforcing::default().text(),
            "Before you enforce: nothing would be refused\n"
        );
    }
}
