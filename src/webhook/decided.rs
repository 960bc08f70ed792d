//! What is logged and counted about a decision: one line each, never an object's body.

use std::time::Instant;

use crate::engine::Verdict;
use crate::model::Change;
use crate::object::Kind;
use crate::review::{Answer, Envelope, Operation, Outcome};

use super::metrics::Decision;
use super::{Endpoint, Metrics};

/// What was decided about one review.
#[derive(Debug)]
pub(super) struct Decided {
    decision: &'static str,
    kind: Option<Kind>,
    /// Kind's namespace and name, as the objects give them.
    namespace: String,
    name: String,
    rules: Vec<(&'static str, &'static str)>,
    would_deny: Vec<&'static str>,
}

impl Decided {
    /// A review that could not be judged.
    pub(super) fn error() -> Self {
        Self::bare("error")
    }

    /// A review about something that is not judged.
    pub(super) fn ignored() -> Self {
        Self::bare("ignore")
    }

    fn bare(decision: &'static str) -> Self {
        let (namespace, name) = (String::new(), String::new());
        Self { decision, kind: None, namespace, name, rules: Vec::new(), would_deny: Vec::new() }
    }

    fn about(decision: &'static str, change: &Change) -> Self {
        let subject = change.subject();
        Self {
            kind: subject.as_ref().map(|subject| subject.kind),
            namespace: subject
                .as_ref()
                .and_then(|subject| subject.namespace.clone())
                .unwrap_or_default(),
            name: subject.map(|subject| subject.name).unwrap_or_default(),
            ..Self::bare(decision)
        }
    }

    /// The answer of the mutating webhook.
    pub(super) fn mutation(change: &Change, answer: &Answer) -> Self {
        let patched = matches!(answer.outcome, Outcome::Allow(Some(_)));
        Self::about(if patched { "patch" } else { "allow" }, change)
    }

    /// The answer of the validating webhook.
    pub(super) fn verdict(change: &Change, verdict: &Verdict) -> Self {
        let decision = if verdict.is_denied() {
            "deny"
        } else if verdict.warnings().next().is_some() || !verdict.notes.is_empty() {
            "warn"
        } else {
            "allow"
        };
        Self {
            rules: verdict
                .findings
                .iter()
                .map(|finding| (finding.rule.name, finding.level.name()))
                .collect(),
            would_deny: verdict.would_deny.iter().copied().collect(),
            ..Self::about(decision, change)
        }
    }

    /// Counts it, and logs one line.
    pub(super) fn record(
        &self,
        endpoint: Endpoint,
        envelope: &Envelope<'_>,
        metrics: &Metrics,
        started: Instant,
    ) {
        let operation = operation(envelope.operation);
        let kind = self.kind.map_or("other", Kind::name);
        metrics.decided(&Decision {
            endpoint: endpoint.name(),
            operation,
            kind,
            decision: self.decision,
        });
        self.rules.iter().for_each(|(rule, level)| metrics.found(rule, level));
        self.would_deny.iter().for_each(|rule| metrics.would_deny(rule));
        let rules =
            || self.rules.iter().map(|(rule, level)| format!("{rule}={level}")).collect::<Vec<_>>();
        tracing::info!(
            endpoint = endpoint.name(),
            decision = self.decision,
            operation,
            kind,
            namespace = %self.namespace,
            name = %self.name,
            user = %envelope.user.username,
            dry_run = envelope.dry_run,
            rules = %rules().join(","),
            would_deny = %self.would_deny.join(","),
            uid = %envelope.uid,
            micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
            "decided"
        );
    }
}

fn operation(operation: Operation) -> &'static str {
    match operation {
        Operation::Connect => "CONNECT",
        Operation::Create => "CREATE",
        Operation::Delete => "DELETE",
        Operation::Unknown => "UNKNOWN",
        Operation::Update => "UPDATE",
    }
}
