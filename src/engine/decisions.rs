//! The decisions, one test for each: who asks for what in which state, and what the answer is.

use crate::model::{Change, Right, Settings, World};
use crate::sample::{change, live, now, one, settings};

use super::{Verdict, evaluate};

mod calico_ground;
mod cluster_policies;
mod dns_clients;
mod effect;
mod engines;
mod exemptions;
mod managed;
mod misfortune;
mod namespaces;
mod overrides;
mod policies;
mod relabelled;
mod requests;
mod workloads;

/// The namespace `shop`, declared, under the profile `baseline`.
const DECLARED: &str = "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {portcullis.dev/default-deny: self}}}";

/// The namespace `shop` as it was before anybody asked for a declaration.
const UNDECLARED: &str = "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}";

/// One write, with everything that its verdict depends on.
struct Ask {
    settings: Settings,
    world: World,
    change: Change,
}

impl Ask {
    /// A write of somebody ordinary to a live cluster that holds `state`.
    fn new(state: &[&str], before: Option<&str>, after: Option<&str>) -> Self {
        let change = change(before.map(one), after.map(one));
        let known: Vec<&str> = state.iter().copied().chain(before).collect();
        Self { settings: Settings::default(), world: live(&known.join("\n---\n")), change }
    }

    fn create(state: &[&str], object: &str) -> Self {
        Self::new(state, None, Some(object))
    }

    fn update(state: &[&str], before: &str, after: &str) -> Self {
        Self::new(state, Some(before), Some(after))
    }

    fn delete(state: &[&str], object: &str) -> Self {
        Self::new(state, Some(object), None)
    }

    fn settings(mut self, yaml: &str) -> Self {
        self.settings = settings(yaml);
        self
    }

    fn by(mut self, name: &str) -> Self {
        self.change.requester.name = name.to_owned();
        self
    }

    fn with(mut self, field_manager: &str) -> Self {
        self.change.field_manager = field_manager.to_owned();
        self
    }

    fn on_dry_run(mut self) -> Self {
        self.change.dry_run = true;
        self
    }

    /// The API server said that the requester may loosen, or may not.
    fn right(mut self, right: Right) -> Self {
        self.change.right = right;
        self
    }

    fn verdict(&self) -> Verdict {
        evaluate(&self.settings, &self.world, &self.change, now())
    }

    /// It is refused, by these rules.
    #[track_caller]
    fn denied_by(&self, rules: &[&str]) -> Verdict {
        let verdict = self.verdict();
        let denials: Vec<&str> = verdict.denials().map(|finding| finding.rule.name).collect();
        assert_eq!(denials, rules, "{:#?}", messages(&verdict));
        verdict
    }

    /// It is admitted, with warnings by these rules.
    #[track_caller]
    fn warned_by(&self, rules: &[&str]) -> Verdict {
        let verdict = self.verdict();
        assert!(!verdict.is_denied(), "{:#?}", messages(&verdict));
        let warnings: Vec<&str> = verdict.warnings().map(|finding| finding.rule.name).collect();
        assert_eq!(warnings, rules, "{:#?}", messages(&verdict));
        verdict
    }

    /// It is admitted without a word.
    #[track_caller]
    fn admitted(&self) -> Verdict {
        let verdict = self.warned_by(&[]);
        assert_eq!(verdict.notes, [] as [String; 0]);
        verdict
    }
}

fn messages(verdict: &Verdict) -> Vec<String> {
    let shown = verdict.findings.iter();
    shown
        .map(|finding| format!("{} {}: {}", finding.level, finding.rule.name, finding.message))
        .chain(verdict.notes.iter().cloned())
        .collect()
}

/// A policy `name` of namespace `shop`.
fn policy(name: &str, spec: &str) -> String {
    format!(
        "{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: {name}, namespace: shop}}, spec: {spec}}}"
    )
}

fn default_deny() -> String {
    policy("default-deny", "{podSelector: {}, policyTypes: [Ingress]}")
}

fn allow_all() -> String {
    policy("allow-all", "{podSelector: {}, policyTypes: [Ingress], ingress: [{}]}")
}

/// A policy for the pods labelled `app: NAME`.
fn narrow(name: &str) -> String {
    let spec = format!("{{podSelector: {{matchLabels: {{app: {name}}}}}, policyTypes: [Ingress]}}");
    policy(name, &spec)
}

/// A Deployment of namespace `shop` labelled `app: NAME`.
fn deployment(name: &str) -> String {
    workload("apps/v1", "Deployment", name, "")
}

/// A workload of namespace `shop` whose pods are labelled `app: NAME`; `metadata` is more of its metadata.
fn workload(api_version: &str, kind: &str, name: &str, metadata: &str) -> String {
    let template = format!("{{metadata: {{labels: {{app: {name}}}}}}}");
    let (labels, spec) = match kind {
        "Pod" => (format!("labels: {{app: {name}}}, "), "{}".to_owned()),
        "CronJob" => {
            (String::new(), format!("{{jobTemplate: {{spec: {{template: {template}}}}}}}"))
        }
        _ => (String::new(), format!("{{template: {template}}}")),
    };
    format!(
        "{{apiVersion: {api_version}, kind: {kind}, metadata: {{name: {name}, namespace: shop, uid: {kind}-{name}, {labels}{metadata}}}, spec: {spec}}}"
    )
}
